"""The answer to GetCompositeSchedule in any version: the limits the charger will apply to a socket from now on."""

from typing import Literal

from msgspec import MsgspecError, Raw, Struct, json

from forecourt.gateway.dialects.outcomes import UNREADABLE, outcome
from forecourt.stations import MAX_PERIODS, OrderResult, Outcome

_LATEST_S, _MAX_LIMIT = 10**9, 10**9


class _Period(Struct, rename="camel"):
    start_period: int
    limit: float | None = None


class _Schedule(Struct, rename="camel"):
    """As in 1.6 and in 2.x; other fields are ignored."""

    charging_rate_unit: Literal["A", "W"]
    charging_schedule_period: list[_Period]


class _Answer(Struct, rename="camel"):
    status: str
    charging_schedule: _Schedule | None = None  # 1.6
    schedule: _Schedule | None = None  # 2.x


_ANSWER = json.Decoder(_Answer)


def read_schedule(payload: Raw) -> OrderResult:
    """detail: the unit. values: pairs of seconds from now and the limit from then on; a period without a limit is skipped."""
    try:
        answer = _ANSWER.decode(payload)
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return UNREADABLE
    schedule = answer.charging_schedule or answer.schedule
    if answer.status != "Accepted" or schedule is None:
        return outcome(answer.status) if answer.status != "Accepted" else UNREADABLE
    limits = {min(max(one.start_period, 0), _LATEST_S): one.limit for one in schedule.charging_schedule_period}
    found = [(start, min(max(limit, 0.0), _MAX_LIMIT)) for start, limit in sorted(limits.items()) if limit is not None]
    values = tuple((str(start), f"{limit:.1f}") for start, limit in found[:MAX_PERIODS])
    return OrderResult(Outcome.ACCEPTED, schedule.charging_rate_unit, values) if values else UNREADABLE
