"""NotifyChargingLimit and ClearedChargingLimit: limits set on the charger by others. The same in 2.1, which has limits per phase.

The lowest of all schedules counts: others can reduce the power, never add to it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from forecourt.gateway.dialects.dedupe_keys import arrival_key
from forecourt.gateway.dialects.flags import add_flag
from forecourt.gateway.dialects.metering import small_number
from forecourt.gateway.dialects.model import EMPTY, CallContext, CallHandler, Reply, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.unreadable import UnreadableError
from forecourt.gateway.dialects.v201.types_schema import (
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearedChargingLimitRequest,
    NotifyChargingLimitRequest,
)
from forecourt.gateway.wire import Fault
from forecourt.stations import Acknowledgement, ExternalLimit, ExternalLimitLifted, ExternalLimitSet, ExternalLimitStep

# Our own limits, and what local solar or storage provides besides the grid, are not limits set by others.
_OURS = "CSO"
_NOT_OURS_TO_KEEP = Reply(EMPTY, "charging_limit")
_MAX_SCHEDULES, _MAX_STEPS = 8, 100
_MAX_DISTANCE = timedelta(days=3650)
_NO_LIMIT = 10**7  # amps or watts: a value this high is no limit


class _Run(Struct, frozen=True):
    """One schedule: the start of each period, and its limit in thousandths of an amp or in watts; None = no limit."""

    unit: str
    starts: list[datetime]
    values: list[int | None]

    def at(self, unit: str, at: datetime) -> int | None:
        place = bisect_right(self.starts, at) - 1
        return self.values[place] if unit == self.unit and place >= 0 else None


def limit_set_handler(kind: type[NotifyChargingLimitRequest]) -> CallHandler:
    reader = PayloadReader(kind)

    def handle(payload: str, context: CallContext) -> Report | Reply:
        message, flags = reader.read(payload, context.message)
        limit = message.charging_limit
        if limit.charging_limit_source == _OURS or getattr(limit, "is_local_generation", None):
            return _NOT_OURS_TO_KEEP
        if len(message.charging_schedule or ()) > _MAX_SCHEDULES:
            raise UnreadableError(Fault.OCCURRENCE, "chargingSchedule")
        now, schedules = context.received_at, message.charging_schedule or ()
        steps = _least([_run(one, _begins(one.start_schedule, context, flags)) for one in schedules], now)
        from_now = _least([_run(one, now) for one in schedules], now)
        number = small_number(message.evse_id or 0, flags)
        external_limit = ExternalLimit(number, limit.charging_limit_source, now, steps, bool(limit.is_grid_critical))
        fact = ExternalLimitSet(now, external_limit, () if from_now == steps else from_now)
        return Report(fact, arrival_key("limit", context), tuple(flags), _answer, transactional=False)

    return handle


def limit_cleared_handler(kind: type[ClearedChargingLimitRequest]) -> CallHandler:
    reader = PayloadReader(kind)

    def handle(payload: str, context: CallContext) -> Report:
        message, flags = reader.read(payload, context.message)
        fact = ExternalLimitLifted(context.received_at, small_number(message.evse_id or 0, flags), message.charging_limit_source)
        return Report(fact, arrival_key("limit_lifted", context), tuple(flags), _answer, transactional=False)

    return handle


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY


def _run(schedule: ChargingSchedule, start: datetime) -> _Run:
    limits, unit = dict[datetime, int | None](), schedule.charging_rate_unit
    for period in schedule.charging_schedule_period:
        begins, value = start + _seconds(period.start_period), _limit(period, unit)
        limits[begins] = _lower(limits.get(begins), value)
    if schedule.duration is not None:
        end = start + _seconds(schedule.duration)
        limits = {one: value for one, value in limits.items() if one < end} | {end: None}
    return _Run(unit, sorted(limits), [limits[one] for one in sorted(limits)])


def _begins(text: str | None, context: CallContext, flags: list[str]) -> datetime:
    """If the start is missing or impossible, it begins now."""
    if text is None:
        return context.received_at
    try:
        instant = datetime.fromisoformat(text)
        instant = (instant if instant.tzinfo else instant.replace(tzinfo=context.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        instant = None
    if instant is not None and abs(instant - context.received_at) <= _MAX_DISTANCE:
        return instant
    add_flag(flags, "clock")
    return context.received_at


def _seconds(number: int) -> timedelta:
    return timedelta(seconds=min(max(number, 0), _MAX_DISTANCE.total_seconds()))


def _limit(period: ChargingSchedulePeriod, unit: str) -> int | None:
    """In thousandths of an amp per phase, or in watts for all phases. A setpoint (2.1) acts as a limit as well."""
    found: int | None = None
    for name in ("limit", "setpoint"):
        values = (getattr(period, one, None) for one in (name, f"{name}_l2", f"{name}_l3"))
        phases = [min(max(one, 0.0), _NO_LIMIT) for one in values if one is not None]
        if phases:
            found = _lower(found, int(min(phases) * 1000) if unit == "A" else int(sum(phases)))
    return found


def _lower(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _least(runs: Sequence[_Run], now: datetime) -> tuple[ExternalLimitStep, ...]:
    """The lowest limit from now on; beyond a large number of steps, the rest becomes one step at their lowest."""
    instants = sorted({now, *(start for run in runs for start in run.starts if start > now)}) if runs else []
    steps = list[ExternalLimitStep]()
    for at in instants:
        by_unit = {unit: _least_at(runs, unit, at) for unit in ("A", "W")}
        step = ExternalLimitStep(at, by_unit["A"], by_unit["W"])
        if len(steps) >= _MAX_STEPS:
            last = steps[-1]
            steps[-1] = ExternalLimitStep(last.start, _lower(last.current_ma, step.current_ma), _lower(last.power_w, step.power_w))
        elif not steps or (steps[-1].current_ma, steps[-1].power_w) != (step.current_ma, step.power_w):
            steps.append(step)
    return tuple(steps)


def _least_at(runs: Sequence[_Run], unit: str, at: datetime) -> int | None:
    return min((value for run in runs if (value := run.at(unit, at)) is not None), default=None)
