"""NotifyEVChargingNeeds: what a car reports about itself over its cable (ISO 15118). The same in 2.1, which has more fields."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, json

from forecourt.gateway.dialects.dedupe_keys import arrival_key
from forecourt.gateway.dialects.flags import add_flag
from forecourt.gateway.dialects.metering import small_number
from forecourt.gateway.dialects.model import CallContext, CallHandler, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v201.types_schema import NotifyEVChargingNeedsRequest
from forecourt.stations import CarNeedsReported

_MAX_WH = 300_000
_MAX_STAY = timedelta(days=14)


def charging_needs_handler(kind: type[NotifyEVChargingNeedsRequest], answer: Struct) -> CallHandler:
    """answer: a refusal, because no schedule is made for the car alone. The reported needs still count when the socket's limits are
    planned."""
    reader, answered = PayloadReader(kind, lenient=True), json.encode(answer)

    def handle(payload: str, context: CallContext) -> Report:
        message, flags = reader.read(payload, context.message)
        needs = message.charging_needs
        wanted, battery = _of(needs, "energy_amount", "ev_target_energy_request"), _of(needs, "ev_energy_capacity")
        fact = CarNeedsReported(
            at=context.received_at,
            evse_number=small_number(message.evse_id, flags),
            energy_wh=_possible(wanted, _MAX_WH, flags),
            departure=_departure(needs.departure_time, context.received_at, flags),
            capacity_wh=_possible(battery, _MAX_WH, flags),
            level_percent=_of(needs, "state_of_charge"),
            target_percent=_possible(_of(needs, "target_so_c", "full_so_c"), 100, flags),
        )
        return Report(fact, arrival_key("needs", context), tuple(flags), lambda _: answered, transactional=False)

    return handle


def _of(needs: Any, *names: str) -> int | None:
    """The first of these values that the car reported, whichever way it charges."""
    parts = ("ac_charging_parameters", "dc_charging_parameters", "v2x_charging_parameters")
    values = (getattr(getattr(needs, part, None), name, None) for name in names for part in parts)
    found = next((one for one in values if one is not None), None)
    return None if found is None else int(found)


def _possible(value: int | None, maximum: int, flags: list[str]) -> int | None:
    """None for a missing or an impossible value; the latter is flagged."""
    if value is None or value == 0:
        return None
    if 0 < value <= maximum:
        return value
    add_flag(flags, "number")
    return None


def _departure(text: str | None, received_at: datetime, flags: list[str]) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        instant = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        instant = received_at
    if received_at < instant <= received_at + _MAX_STAY:
        return instant
    add_flag(flags, "clock")
    return None
