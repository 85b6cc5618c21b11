"""Orders about current: charging profiles."""

from datetime import datetime

from msgspec import json

from forecourt.gateway.dialects import schedules
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v201.types_schema import (
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearChargingProfile,
    ClearChargingProfileRequest,
    GetCompositeScheduleRequest,
    SetChargingProfileRequest,
)
from forecourt.kernel import instant_text
from forecourt.stations import LIMIT_SPAN, ClearLimits, OrderResult, Outcome, ReadSchedule, SetFallback, SetLimit

_FALLBACK_PROFILE = 1
_FIRST_PROFILE = 100  # plus the EVSE: a new limit replaces the old one
_MAX_TRANSACTION_CHARS = 36
_SET = status_reader()
_CLEARED = status_reader(done=("Unknown",))


def set_limit(order: SetLimit) -> OutgoingCall | OrderResult:
    """A limit without an end is relative, so the charger's clock does not matter."""
    if len(order.transaction) > _MAX_TRANSACTION_CHARS:
        return OrderResult(Outcome.REJECTED, "no such transaction")
    profile_id = _FIRST_PROFILE + order.evse_number
    profile = ChargingProfile(
        id=profile_id,
        stack_level=0,
        charging_profile_purpose="TxProfile",
        charging_profile_kind="Absolute" if order.until else "Relative",
        charging_schedule=_schedule(profile_id, order, order.until),
        transaction_id=order.transaction,
    )
    return OutgoingCall("SetChargingProfile", json.encode(SetChargingProfileRequest(order.evse_number, profile)), _SET)


def set_fallback(order: SetFallback) -> OutgoingCall:
    profile = ChargingProfile(
        id=_FALLBACK_PROFILE,
        stack_level=0,
        charging_profile_purpose="TxDefaultProfile",
        charging_profile_kind="Relative",
        charging_schedule=_schedule(_FALLBACK_PROFILE, order),
    )
    return OutgoingCall("SetChargingProfile", json.encode(SetChargingProfileRequest(0, profile)), _SET)


def clear_limits(order: ClearLimits) -> OutgoingCall:
    """The fallback profile stays."""
    which = ClearChargingProfile(evse_id=order.evse_number, charging_profile_purpose="TxProfile")
    return OutgoingCall("ClearChargingProfile", json.encode(ClearChargingProfileRequest(charging_profile_criteria=which)), _CLEARED)


def read_schedule(order: ReadSchedule) -> OutgoingCall:
    request = GetCompositeScheduleRequest(order.seconds, order.evse_number, charging_rate_unit=order.unit)
    return OutgoingCall("GetCompositeSchedule", json.encode(request), schedules.read_schedule)


def _schedule(schedule_id: int, order: SetLimit | SetFallback, until: datetime | None = None) -> list[ChargingSchedule]:
    periods = [ChargingSchedulePeriod(start_period=start_s, limit=limit) for start_s, limit in order.steps]
    schedule = ChargingSchedule(schedule_id, order.as_sent[0], periods)
    if until is not None:
        schedule.start_schedule = instant_text(until - LIMIT_SPAN)
        schedule.duration = round(LIMIT_SPAN.total_seconds())
    return [schedule]
