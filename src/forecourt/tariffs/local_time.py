"""Where local clock time can change the price: day boundaries and times of day in the zone of the place, DST included."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forecourt.kernel import BadInput
from forecourt.tariffs.matching import DAY, MINUTE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


def local_us(zone: str, at_us: int) -> int:
    """Local wall time, in microseconds since 1970-01-01 local."""
    found = 0
    for start, offset in _offsets(zone, at_us // DAY):
        if start <= at_us:
            found = offset
    return at_us + found


def clock_boundaries(zone: str, start_us: int, end_us: int, day_minutes: tuple[int, ...]) -> list[int]:
    """Instants between start and end, in order, at which the local clock shows one of the minutes of the day, or is itself changed."""
    found: list[int] = []
    for day in range(start_us // DAY, -(-end_us // DAY)):
        found += [at for at in day_boundaries(zone, day, day_minutes) if start_us < at < end_us]
    return found


@lru_cache(maxsize=256)
def parse_zone(zone: str) -> ZoneInfo:
    """The IANA zone; raises BadInput for an unknown name."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput("zone", f"{zone[:60]!r} is not a time zone.", "Use an IANA name, such as Europe/Berlin.") from error


@lru_cache(maxsize=8192)
def day_boundaries(zone: str, day: int, day_minutes: tuple[int, ...]) -> tuple[int, ...]:
    """The boundaries of one UTC day, excluding its first instant and including the first of the next day."""
    end = (day + 1) * DAY
    steps = (*_offsets(zone, day), (end + 1, 0))
    found = {start for start, _ in steps[1:-1]}
    for (start, offset), (until, _) in pairwise(steps):
        for local_day in range((start + offset) // DAY, (until + offset) // DAY + 1):
            instants = (local_day * DAY + minute * MINUTE - offset for minute in day_minutes)
            found.update(at for at in instants if start < at < until)
    return tuple(sorted(found))


@lru_cache(maxsize=8192)
def _offsets(zone: str, day: int) -> tuple[tuple[int, int], ...]:
    """Each (instant, offset from UTC) at which an offset begins to apply in one UTC day, or as it ends. Changes are found by bisection."""
    info = parse_zone(zone)
    start, end = day * DAY, (day + 1) * DAY
    first = _offset(info, start)
    if _offset(info, end) == first:
        return ((start, first),)
    low, high = start, end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(info, middle) != first else (middle, high)
    return (start, first), (high, _offset(info, high))


def _offset(info: ZoneInfo, at_us: int) -> int:
    local = (_EPOCH + at_us * _MICRO).astimezone(info)
    offset = local.utcoffset()
    return 0 if offset is None else offset // _MICRO
