"""Where local clock time can change the price: day boundaries and times of day in the zone of the place, DST included."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forecourt.kernel import BadInput
from forecourt.tariffs.matching import DAY, MINUTE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


class LocalTime:
    """The offsets of a zone over a stretch of time, as steps: exact also on the nights when the clock changes."""

    def __init__(self, zone: str, start_us: int, end_us: int) -> None:
        self._starts, self._offsets = _steps(zone, start_us, end_us)
        self._end_us = end_us

    def local(self, at_us: int) -> int:
        """Local wall time, in microseconds since 1970-01-01 local."""
        return at_us + self._offsets[max(0, bisect_right(self._starts, at_us) - 1)]

    def cuts(self, day_minutes: Sequence[int]) -> set[int]:
        """Instants at which the local clock shows one of the minutes of the day, and those at which the clock is changed."""
        found: set[int] = set(self._starts[1:])
        for index, start in enumerate(self._starts):
            offset = self._offsets[index]
            end = self._starts[index + 1] if index + 1 < len(self._starts) else self._end_us
            for day in range((start + offset) // DAY, (end + offset) // DAY + 1):
                for minute in day_minutes:
                    at = day * DAY + minute * MINUTE - offset
                    if start < at < end:
                        found.add(at)
        return found


@lru_cache(maxsize=256)
def zone_named(zone: str) -> ZoneInfo:
    """The IANA zone; BadInput for a name nobody knows."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput("zone", f"{zone[:60]!r} is not a time zone.", "Use an IANA name, such as Europe/Berlin.") from error


def _steps(zone: str, start_us: int, end_us: int) -> tuple[list[int], list[int]]:
    """Instants from which an offset holds, and the offsets. Looks once a day, then halves down to the second of a change."""
    info = zone_named(zone)
    starts, offsets = [start_us], [_offset(info, start_us)]
    at = start_us
    while at < end_us:
        after = min(at + DAY, end_us)
        offset = _offset(info, after)
        if offset != offsets[-1]:
            low, high = at, after
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if _offset(info, middle) != offsets[-1] else (middle, high)
            starts.append(high)
            offsets.append(offset)
        at = after
    return starts, offsets


def _offset(info: ZoneInfo, at_us: int) -> int:
    local = (_EPOCH + at_us * _MICRO).astimezone(info)
    offset = local.utcoffset()
    return 0 if offset is None else offset // _MICRO
