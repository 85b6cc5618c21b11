"""Orders to read and write variables of the device model, named "Component/Variable" or "Component/Variable/Instance"."""

from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct, json

from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import UNREADABLE, outcome
from forecourt.gateway.dialects.v201.types_schema import (
    EVSE,
    Component,
    GetVariableData,
    GetVariablesRequest,
    SetVariableData,
    SetVariablesRequest,
    Variable,
)
from forecourt.stations import OrderResult, Outcome, ReadSettings, WriteSetting

# The variables needed for smart charging and metering.
_USUAL = (
    "SmartChargingCtrlr/ProfileStackLevel",
    "SmartChargingCtrlr/RateUnit",
    "SmartChargingCtrlr/PeriodsPerSchedule",
    "SmartChargingCtrlr/Entries/ChargingProfiles",
    "SampledDataCtrlr/TxUpdatedMeasurands",
    "SampledDataCtrlr/TxStartedMeasurands",
    "SampledDataCtrlr/TxEndedMeasurands",
    "SampledDataCtrlr/TxUpdatedInterval",
    "AlignedDataCtrlr/Interval",
    "TariffCostCtrlr/Enabled/Cost",
    "TariffCostCtrlr/Enabled/Tariff",
    "ClockCtrlr/TimeZone",
    "TxCtrlr/SupportedLimits",
    "PaymentCtrlr/AuthorizeDirectPayment",
    "PaymentCtrlr/SettlementByCSMS",
)


class _Result(Struct, rename="camel"):
    """The part of an answer about a variable that matters, in any 2.x version."""

    attribute_status: str
    component: Component
    variable: Variable
    attribute_value: str | None = None


class _Values(Struct, rename="camel"):
    get_variable_result: list[_Result]


class _Written(Struct, rename="camel"):
    set_variable_result: Annotated[list[_Result], Meta(min_length=1)]


_VALUES = json.Decoder(_Values)
_WRITTEN = json.Decoder(_Written)


def read_settings(order: ReadSettings) -> OutgoingCall:
    wanted = [GetVariableData(*_place(name)) for name in order.names or _USUAL]
    return OutgoingCall("GetVariables", json.encode(GetVariablesRequest(wanted)), _read)


def write_setting(order: WriteSetting) -> OutgoingCall:
    change = SetVariableData(order.value, *_place(order.name, order.evse_number))
    return OutgoingCall("SetVariables", json.encode(SetVariablesRequest([change])), _wrote)


def _place(name: str, evse_number: int = 0) -> tuple[Component, Variable]:
    component, _, rest = name.partition("/")
    variable, _, instance = rest.partition("/")
    return Component(component, evse=EVSE(evse_number) if evse_number else None), Variable(variable, instance=instance or None)


def _read(payload: Raw) -> OrderResult:
    """The variables that have a value; the detail lists the names of the others."""
    try:
        results = _VALUES.decode(payload).get_variable_result
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return UNREADABLE
    results_by_name = [(_name(result.component, result.variable), result) for result in results]
    values = tuple((name, result.attribute_value or "") for name, result in results_by_name if result.attribute_status == "Accepted")
    unknown = ", ".join(name for name, result in results_by_name if result.attribute_status != "Accepted")
    return OrderResult(Outcome.ACCEPTED, unknown, values)


def _wrote(payload: Raw) -> OrderResult:
    try:
        results = _WRITTEN.decode(payload).set_variable_result
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return UNREADABLE
    return outcome(results[0].attribute_status)


def _name(component: Component, variable: Variable) -> str:
    return "/".join(part for part in (component.name, variable.name, variable.instance) if part)
