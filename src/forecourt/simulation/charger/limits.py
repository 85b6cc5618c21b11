"""Limits on a charge at a simulated 2.1 charger (E16): as received in an answer, or as requested at its display."""

from typing import TYPE_CHECKING

from forecourt.simulation.car import SECONDS_PER_HOUR
from forecourt.simulation.charger.evse import UNLIMITED_A

if TYPE_CHECKING:
    from forecourt.simulation.charger.bay import Bay, Transaction
    from forecourt.simulation.charger.tariffs import Tariffs

Limit = dict[str, float]
# The limits it supports, and how it reports that one was reached: the trigger of the message, and the reason the transaction ended.
REACHED = {
    "maxCost": ("CostLimitReached", "LocalOutOfCredit"),
    "maxEnergy": ("EnergyLimitReached", "EnergyLimitReached"),
    "maxTime": ("TimeLimitReached", "TimeLimitReached"),
    "maxSoC": ("SoCLimitReached", "SOCLimitReached"),
}
_NOTHING_WH = 1e-6


class Limits:
    """told: the limits received, by transaction; wished: those of the person charging, at most as high. costs: as received."""

    def __init__(self, tariffs: "Tariffs") -> None:
        self._tariffs = tariffs
        self._received: dict[str, Limit] = {}
        self._requested: dict[str, Limit] = {}
        self._costs: dict[str, float] = {}

    def received(self, tx: "Transaction", limit: Limit) -> Limit:
        """The supported ones among the limits received."""
        known = {kind: figure for kind, figure in limit.items() if kind in REACHED}
        self._received[tx.key] = self._received.get(tx.key, {}) | known
        return known

    def requested(self, tx: "Transaction", limit: Limit) -> Limit:
        """As they apply: capped by the limits received."""
        most = self._received.get(tx.key, {})
        self._requested[tx.key] = {kind: min(figure, most.get(kind, figure)) for kind, figure in limit.items()}
        return self._requested[tx.key]

    def cost_received(self, tx: "Transaction", cost: float) -> None:
        self._costs[tx.key] = cost

    def reached(self, bay: "Bay", tx: "Transaction", at: float) -> str:
        """The kind of limit that stops the flow; empty: none."""
        return next((kind for kind in self._of(tx) if self._left_s(bay, tx, kind, at) <= 0), "")

    def due(self, bay: "Bay", tx: "Transaction", at: float) -> float:
        """When a limit is reached if the current stays as it is."""
        return at + min((self._left_s(bay, tx, kind, at) for kind in self._of(tx)), default=UNLIMITED_A)

    def _of(self, tx: "Transaction") -> Limit:
        received, requested = self._received.get(tx.key, {}), self._requested.get(tx.key, {})
        return {kind: min(one[kind] for one in (received, requested) if kind in one) for kind in received | requested}

    def _left_s(self, bay: "Bay", tx: "Transaction", kind: str, at: float) -> float:
        figure = self._of(tx)[kind]
        if kind == "maxTime":
            return tx.started_at + figure - at
        left_wh = self._left_wh(bay, tx, kind, figure)
        if left_wh <= _NOTHING_WH:
            return 0.0
        return left_wh / bay.evse.power_w * SECONDS_PER_HOUR if bay.evse.power_w > 0 else UNLIMITED_A

    def _left_wh(self, bay: "Bay", tx: "Transaction", kind: str, figure: float) -> float:
        used_wh, car = bay.evse.counted_wh - tx.meter_start_wh, bay.evse.car
        if kind == "maxEnergy":
            return figure - used_wh
        if kind == "maxSoC":
            return car.wh_to_level(figure) if car is not None else UNLIMITED_A
        by_itself = self._tariffs.wh_for(tx, figure)
        if by_itself is not None:
            return by_itself - used_wh
        return 0.0 if self._costs.get(tx.key, 0.0) >= figure else UNLIMITED_A
