"""The tariffs a simulated 2.1 charger received, and the cost of a charge by them: unconditional prices per kWh, and fees."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecourt.simulation.charger.bay import Bay, Transaction
    from forecourt.simulation.charger.link import Payload
    from forecourt.simulation.charger.machine import SimulatedCharger


class Tariffs:
    """kept: by EVSE. A transaction keeps the tariff it began with, unless it receives another."""

    def __init__(self, charger: "SimulatedCharger") -> None:
        self._charger = charger
        self.kept: dict[int, dict[str, Any]] = {}
        self._of: dict[str, dict[str, Any]] = {}  # by transaction

    def handle(self, action: str, payload: "Payload") -> "Payload":
        match action:
            case "SetDefaultTariff":
                return {"status": self._set(payload["evseId"], payload["tariff"])}
            case "ChangeTransactionTariff":
                if self._charger.find(payload["transactionId"]) is None:
                    return {"status": "TxNotFound"}
                self._of[payload["transactionId"]] = payload["tariff"]
                return {"status": "Accepted"}
            case _:
                cleared = self.kept.pop(payload["evseId"], None)
                return {"clearTariffsResult": [{"status": "Accepted" if cleared else "NoTariff"}]}

    def began(self, bay: "Bay", tx: "Transaction") -> None:
        if bay.number in self.kept:
            self._of[tx.key] = self.kept[bay.number]

    def cost(self, bay: "Bay", tx: "Transaction") -> "Payload | None":
        """CostDetails at the end; None without a tariff."""
        tariff = self._of.pop(tx.key, None)
        if tariff is None:
            return None
        used_wh = bay.evse.register_wh - tx.meter_start_wh
        parts = ((tariff.get("energy"), "priceKwh", Decimal(used_wh) / 1000), (tariff.get("fixedFee"), "priceFixed", Decimal(1)))
        net = gross = Decimal(0)
        for part, price, amount in parts:
            if part is not None:
                cost = Decimal(str(part["prices"][0][price])) * amount
                net += cost
                gross += cost * (1 + sum((Decimal(str(one["tax"])) for one in part.get("taxRates", ())), Decimal(0)) / 100)
        total = {"exclTax": float(net), "inclTax": float(gross)}
        return {
            "totalCost": {"currency": tariff["currency"], "typeOfCost": "NormalCost", "total": total},
            "totalUsage": {"energy": used_wh / 1000, "chargingTime": 0, "idleTime": 0},
        }

    def wh_for(self, tx: "Transaction", cost: float) -> float | None:
        """How much energy a cost pays for, with tax; None without a tariff."""
        tariff = self._of.get(tx.key)
        if tariff is None:
            return None
        fee, price = (_gross(tariff.get(part), name) for part, name in (("fixedFee", "priceFixed"), ("energy", "priceKwh")))
        return (cost - fee) / price * 1000 if price > 0 else (float("inf") if cost > fee else 0.0)

    def _set(self, evse: int, tariff: dict[str, Any]) -> str:
        if any(one["tariffId"] == tariff["tariffId"] for one in self.kept.values()):
            return "DuplicateTariffId"
        for bay in self._charger.bays.values():
            if evse in (0, bay.number):
                self.kept[bay.number] = tariff
        return "Accepted"


def _gross(part: dict[str, Any] | None, price: str) -> float:
    if part is None:
        return 0.0
    return float(part["prices"][0][price]) * (1 + sum(float(one["tax"]) for one in part.get("taxRates", ())) / 100)
