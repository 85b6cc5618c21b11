"""What a charger says of itself: its sockets, their plugs, phases and power, and how much it can be asked at once."""

from dataclasses import dataclass, replace

# Of all that a charger tells of itself this is kept, by component and variable.
KEPT = frozenset(
    (
        "ChargingStation/SupplyPhases",
        "Connector/ConnectorType",
        "Connector/SupplyPhases",
        "DeviceDataCtrlr/BytesPerMessage",
        "DeviceDataCtrlr/ItemsPerMessage",
        "EVSE/EvseId",
        "EVSE/ISO15118EvseId",
        "EVSE/Power",
        "EVSE/SupplyPhases",
        "LocalAuthListCtrlr/Enabled",
        "LocalAuthListCtrlr/Entries",
        "LocalAuthListCtrlr/ItemsPerMessage",
        "PaymentCtrlr/Enabled",
        "SmartChargingCtrlr/ACPhaseSwitchingSupported",
        "SmartChargingCtrlr/Enabled",
        "SmartChargingCtrlr/LimitChangeSignificance",
        "SmartChargingCtrlr/Phases3to1",
        "SmartChargingCtrlr/RateUnit",
        "TxCtrlr/SupportedLimits",
    )
)
# However much it tells.
MOST_PARTS, LONGEST_VALUE = 120, 100
SOCKETS_16 = "NumberOfConnectors"


@dataclass(frozen=True, slots=True)
class InventoryPart:
    """name: in OCPP's words, Component/Variable or with an instance behind it. evse, connector: 0 = of the whole charger.

    The value of EVSE/Power is the most it can give, in watts; that of LocalAuthListCtrlr/Entries how many cards it has room for.
    """

    name: str
    value: str
    evse: int = 0
    connector: int = 0


@dataclass(frozen=True, slots=True)
class Inventory:
    """number: by which its pages name it. firmware: that it was asked at. whole: its last page has come."""

    number: int
    firmware: str
    parts: tuple[InventoryPart, ...] = ()
    whole: bool = False

    def with_page(self, parts: tuple[InventoryPart, ...], last: bool) -> "Inventory":
        """Pages may come in any order, and twice."""
        known = {(one.name, one.evse, one.connector): one for one in (*self.parts, *parts)}
        ordered = sorted(known.values(), key=lambda one: (one.evse, one.connector, one.name))
        return replace(self, parts=tuple(ordered[:MOST_PARTS]), whole=self.whole or last)

    def numbers(self, name: str) -> dict[int, int]:
        """Whole numbers by EVSE; what is none is left out. Of several connectors the greatest."""
        found: dict[int, int] = {}
        for one in self.parts:
            if one.name == name and one.value.isdecimal() and len(one.value) < 10:
                found[one.evse] = max(int(one.value), found.get(one.evse, 0))
        return found

    def plugs(self) -> dict[int, set[str]]:
        """OCPP's names of the plugs, by EVSE."""
        found: dict[int, set[str]] = {}
        for one in self.parts:
            if one.name == "Connector/ConnectorType" and one.evse:
                found.setdefault(one.evse, set()).add(one.value)
        return found

    def at_once(self, what: str) -> int | None:
        """How many settings it can be asked for, or told, at once; None: it has not said so."""
        return self.numbers(f"DeviceDataCtrlr/ItemsPerMessage/{what}").get(0)
