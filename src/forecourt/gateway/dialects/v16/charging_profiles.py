"""Orders about current: charging profiles."""

from datetime import datetime

from msgspec import json

from forecourt.gateway.dialects import schedules
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v16.types_schema import (
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearChargingProfileRequest,
    GetCompositeScheduleRequest,
    SetChargingProfileRequest,
)
from forecourt.kernel import instant_text
from forecourt.stations import LIMIT_SPAN, ClearLimits, OrderResult, Outcome, ReadSchedule, SetFallback, SetLimit

_FALLBACK_PROFILE = 1
_FIRST_PROFILE = 100  # plus the connector: a new limit replaces the old one
_SET = status_reader()
_CLEARED = status_reader(done=("Unknown",))


def set_limit(order: SetLimit) -> OutgoingCall | OrderResult:
    """A limit without an end is relative, so the charger's clock does not matter."""
    if not order.transaction.isdecimal():
        return OrderResult(Outcome.REJECTED, "no such transaction")
    profile = ChargingProfile(
        charging_profile_id=_FIRST_PROFILE + order.evse_number,
        stack_level=0,
        charging_profile_purpose="TxProfile",
        charging_profile_kind="Absolute" if order.until else "Relative",
        charging_schedule=_schedule(order, order.until),
        transaction_id=int(order.transaction),
    )
    return OutgoingCall("SetChargingProfile", json.encode(SetChargingProfileRequest(order.evse_number, profile)), _SET)


def set_fallback(order: SetFallback) -> OutgoingCall:
    profile = ChargingProfile(
        charging_profile_id=_FALLBACK_PROFILE,
        stack_level=0,
        charging_profile_purpose="TxDefaultProfile",
        charging_profile_kind="Relative",
        charging_schedule=_schedule(order),
    )
    return OutgoingCall("SetChargingProfile", json.encode(SetChargingProfileRequest(0, profile)), _SET)


def clear_limits(order: ClearLimits) -> OutgoingCall:
    """The fallback profile stays."""
    request = ClearChargingProfileRequest(connector_id=order.evse_number, charging_profile_purpose="TxProfile")
    return OutgoingCall("ClearChargingProfile", json.encode(request), _CLEARED)


def read_schedule(order: ReadSchedule) -> OutgoingCall:
    request = GetCompositeScheduleRequest(order.evse_number, order.seconds, order.unit)
    return OutgoingCall("GetCompositeSchedule", json.encode(request), schedules.read_schedule)


def _schedule(order: SetLimit | SetFallback, until: datetime | None = None) -> ChargingSchedule:
    periods = [ChargingSchedulePeriod(start_period=start_s, limit=limit) for start_s, limit in order.steps]
    schedule = ChargingSchedule(order.as_sent[0], periods)
    if until is not None:
        schedule.start_schedule = instant_text(until - LIMIT_SPAN)
        schedule.duration = round(LIMIT_SPAN.total_seconds())
    return schedule
