"""The device model of a simulated 2.0.1 charger: the variables needed for smart charging, metering and billing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecourt.simulation.charger.card_list import AT_ONCE
from forecourt.simulation.charger.display import Display
from forecourt.simulation.charger.limits import REACHED
from forecourt.simulation.charger.settings import OCPP21, EvseSpec

if TYPE_CHECKING:
    from forecourt.simulation.charger.link import Payload
    from forecourt.simulation.charger.machine import SimulatedCharger

MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Current.Offered,SoC"
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Variable:
    read: Callable[[], str]
    write: Callable[[str], None] | None = None
    kind: str = "integer"
    most: int | None = None

    @property
    def characteristics(self) -> "Payload":
        limit = {} if self.most is None else {"maxLimit": self.most}
        return {"dataType": self.kind, "supportsMonitoring": False, **limit}


class Variables:
    """Component/Variable by name; reads and writes the charger's own settings."""

    def __init__(self, charger: "SimulatedCharger", display: Display) -> None:
        self._display = display
        self._texts = {
            ("SampledDataCtrlr", "TxStartedMeasurands"): MEASURANDS,
            ("SampledDataCtrlr", "TxUpdatedMeasurands"): MEASURANDS,
            ("SampledDataCtrlr", "TxEndedMeasurands"): MEASURANDS,
        }
        c = self._charger = charger
        self._all: dict[Name, Variable] = {
            ("OCPPCommCtrlr", "HeartbeatInterval"): Variable(lambda: f"{c.heartbeat_s:.0f}", lambda v: c.set_heartbeat(float(v))),
            ("OCPPCommCtrlr", "MessageAttempts"): Variable(
                lambda: str(c.message_attempts), lambda v: setattr(c, "message_attempts", int(v))
            ),
            ("OCPPCommCtrlr", "MessageAttemptInterval"): Variable(
                lambda: f"{c.retry_interval_s:.0f}", lambda v: setattr(c, "retry_interval_s", float(v))
            ),
            ("SampledDataCtrlr", "TxUpdatedInterval"): Variable(
                lambda: f"{c.meter_interval_s:.0f}", lambda v: c.set_meter_interval(float(v))
            ),
            ("TxCtrlr", "EVConnectionTimeOut"): Variable(
                lambda: f"{c.plug_timeout_s:.0f}", lambda v: setattr(c, "plug_timeout_s", float(v))
            ),
            ("TxCtrlr", "StopTxOnInvalidId"): Variable(
                lambda: _text(c.stop_on_invalid), lambda v: setattr(c, "stop_on_invalid", v.lower() == "true"), "boolean"
            ),
            ("TxCtrlr", "TxStartPoint"): Variable(lambda: "EVConnected" if c.starts_with_cable else "PowerPathClosed", kind="MemberList"),
            ("TxCtrlr", "TxStopPoint"): Variable(lambda: "EVConnected,Authorized", kind="MemberList"),
            ("AuthCtrlr", "OfflineTxForUnknownIdEnabled"): Variable(
                lambda: _text(c.cards.unknown_may_charge), lambda v: setattr(c.cards, "unknown_may_charge", v.lower() == "true"), "boolean"
            ),
            ("LocalAuthListCtrlr", "Enabled"): Variable(
                lambda: _text(c.cards.used), lambda v: setattr(c.cards, "used", v.lower() == "true"), "boolean"
            ),
            ("LocalAuthListCtrlr", "Entries"): Variable(lambda: str(len(c.cards.cards)), most=c.cards.most),
            ("LocalAuthListCtrlr", "ItemsPerMessage"): Variable(lambda: str(AT_ONCE)),
            ("AuthCtrlr", "AuthorizeRemoteStart"): Variable(lambda: "false", kind="boolean"),
            ("SmartChargingCtrlr", "Enabled"): Variable(lambda: "true", kind="boolean"),
            ("SmartChargingCtrlr", "ProfileStackLevel"): Variable(lambda: str(c.profiles.max_stack)),
            ("SmartChargingCtrlr", "PeriodsPerSchedule"): Variable(lambda: str(c.profiles.max_periods)),
            ("SmartChargingCtrlr", "Entries"): Variable(lambda: str(len(c.profiles))),
            ("SmartChargingCtrlr", "RateUnit"): Variable(lambda: "A,W", kind="MemberList"),
            ("ClockCtrlr", "TimeZone"): Variable(lambda: c.spec.zone, kind="string"),
            ("ReservationCtrlr", "Enabled"): Variable(lambda: "true", kind="boolean"),
            ("ReservationCtrlr", "NonEvseSpecific"): Variable(lambda: "true", kind="boolean"),
            ("SecurityCtrlr", "SecurityProfile"): Variable(lambda: "1"),
            ("SecurityCtrlr", "BasicAuthPassword"): Variable(lambda: "", c.take_password, "string"),
            ("SecurityCtrlr", "Identity"): Variable(lambda: c.spec.identity, kind="string"),
            ("DeviceDataCtrlr", "ItemsPerMessage"): Variable(lambda: "50"),
        }
        if c.spec.protocol == OCPP21:
            self._all["TariffCostCtrlr", "Enabled/Tariff"] = Variable(lambda: "true", kind="boolean")
            self._all["TariffCostCtrlr", "Enabled/Cost"] = Variable(lambda: "true", kind="boolean")
            self._all["TxCtrlr", "SupportedLimits"] = Variable(lambda: ",".join(REACHED), kind="MemberList")
            self._all |= {("WebPaymentsCtrlr", name): self._shown(name) for name in display.settings}
        for name in self._texts:
            self._all[name] = self._list(name)

    @property
    def started(self) -> tuple[str, ...]:
        return self._members("TxStartedMeasurands")

    @property
    def updated(self) -> tuple[str, ...]:
        return self._members("TxUpdatedMeasurands")

    @property
    def ended(self) -> tuple[str, ...]:
        return self._members("TxEndedMeasurands")

    def read(self, wanted: "Payload") -> "Payload":
        """One entry of a GetVariables answer."""
        name, answer = _name(wanted), {"component": wanted["component"], "variable": wanted["variable"]}
        if wanted.get("attributeType", "Actual") != "Actual":
            return {"attributeStatus": "NotSupportedAttributeType", **answer}
        if name not in self._all:
            return {"attributeStatus": self._unknown(name), **answer}
        return {"attributeStatus": "Accepted", "attributeValue": self._all[name].read(), **answer}

    def write(self, wanted: "Payload") -> "Payload":
        """One entry of a SetVariables answer."""
        name, answer = _name(wanted), {"component": wanted["component"], "variable": wanted["variable"]}
        if name not in self._all:
            return {"attributeStatus": self._unknown(name), **answer}
        write = self._all[name].write
        if write is None:
            return {"attributeStatus": "Rejected", **answer}
        write(wanted["attributeValue"])
        return {"attributeStatus": "Accepted", **answer}

    def report(self, request: int, at: str) -> "list[Payload]":
        """The full report, in two pages: its settings, and its sockets."""
        settings = [
            {
                "component": {"name": component},
                "variable": {"name": variable},
                "variableAttribute": [{"type": "Actual", "value": v.read(), "mutability": "ReadWrite" if v.write else "ReadOnly"}],
                "variableCharacteristics": v.characteristics,
            }
            for (component, variable), v in self._all.items()
        ]
        sockets = [part for bay in self._charger.bays.values() for part in _socket(bay.number, bay.evse.spec)]
        page = {"requestId": request, "generatedAt": at}
        return [
            {**page, "seqNo": 0, "tbc": True, "reportData": settings},
            {**page, "seqNo": 1, "tbc": False, "reportData": sockets},
        ]

    def _members(self, variable: str) -> tuple[str, ...]:
        return tuple(m.strip() for m in self._texts["SampledDataCtrlr", variable].split(",") if m.strip())

    def _shown(self, name: str) -> Variable:
        """Variables of its display. The secret can never be read."""
        shown = self._display.settings
        return Variable(lambda: "" if name == "SharedSecret" else shown[name], lambda v: shown.__setitem__(name, v), "string")

    def _list(self, name: Name) -> Variable:
        return Variable(lambda: self._texts[name], lambda v: self._texts.__setitem__(name, v), "MemberList")

    def _unknown(self, name: Name) -> str:
        return "UnknownVariable" if any(component == name[0] for component, _ in self._all) else "UnknownComponent"


def _name(wanted: "Payload") -> Name:
    variable = wanted["variable"]
    return wanted["component"]["name"], "/".join(part for part in (variable["name"], variable.get("instance")) if part)


def _socket(number: int, spec: EvseSpec) -> "list[Payload]":
    most_w = spec.power_per_amp_w * spec.max_a
    return [
        {
            "component": {"name": "EVSE", "evse": {"id": number}},
            "variable": {"name": "Power"},
            "variableAttribute": [{"value": "0", "mutability": "ReadOnly"}],
            "variableCharacteristics": {"dataType": "decimal", "unit": "W", "maxLimit": most_w, "supportsMonitoring": False},
        },
        {
            "component": {"name": "EVSE", "evse": {"id": number}},
            "variable": {"name": "SupplyPhases"},
            "variableAttribute": [{"value": str(spec.phases), "mutability": "ReadOnly"}],
        },
    ]


def _text(flag: bool) -> str:
    return str(flag).lower()
