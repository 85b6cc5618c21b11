"""What a charger reports about itself: its sockets, their plugs, phases and power, and how much fits into one request."""

from dataclasses import dataclass, replace

# The parts of the report that are stored, by component and variable.
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
# Upper bounds, however much it reports.
MAX_PARTS, MAX_VALUE_CHARS = 120, 100
SOCKETS_16 = "NumberOfConnectors"


@dataclass(frozen=True, slots=True)
class InventoryPart:
    """name: in OCPP's words, Component/Variable, possibly followed by an instance. evse, connector: 0 = the whole charger.

    The value of EVSE/Power is its maximum power in watts; that of LocalAuthListCtrlr/Entries the number of cards it can store.
    """

    name: str
    value: str
    evse: int = 0
    connector: int = 0


@dataclass(frozen=True, slots=True)
class Inventory:
    """number: identifies its pages. firmware: the version when it was requested. whole: its last page has arrived."""

    number: int
    firmware: str
    parts: tuple[InventoryPart, ...] = ()
    whole: bool = False

    def with_page(self, parts: tuple[InventoryPart, ...], last: bool) -> "Inventory":
        """The inventory with one more page. Pages may come in any order, and twice."""
        known = {(one.name, one.evse, one.connector): one for one in (*self.parts, *parts)}
        ordered = sorted(known.values(), key=lambda one: (one.evse, one.connector, one.name))
        return replace(self, parts=tuple(ordered[:MAX_PARTS]), whole=self.whole or last)

    def numbers(self, name: str) -> dict[int, int]:
        """Whole numbers by EVSE; other values are left out. With several connectors, the greatest."""
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
        """How many settings can be read or written in one request; None: the charger has not said."""
        return self.numbers(f"DeviceDataCtrlr/ItemsPerMessage/{what}").get(0)
