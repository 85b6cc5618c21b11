"""A site's history by local day and hour, calculated from its charges."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from forecourt.kernel import BadInput, Span

Floats = NDArray[np.float64]
DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class History:
    """A figure for every local hour of days in a row: hours[day][hour].

    An hour that the clock skips has the figure of the hour before; a repeated one has the mean of both.
    """

    first_day: date
    hours: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if any(len(day) != DAY_HOURS for day in self.hours):
            raise BadInput("history", "A day of history has 24 hours.")

    def until(self, day: date) -> "History":
        """The days before that one."""
        return History(self.first_day, self.hours[: max(0, (day - self.first_day).days)])


class Days:
    """Local days in a row, into which instants and spans are sorted."""

    def __init__(self, first_day: date, days: int, zone: str) -> None:
        self.first_day, self.days, self.zone = first_day, days, ZoneInfo(zone)
        start = datetime.combine(first_day, datetime.min.time(), self.zone)
        end = datetime.combine(first_day + timedelta(days=days), datetime.min.time(), self.zone)
        self._start_s, self._end_s = start.timestamp(), end.timestamp()
        # Each elapsed hour belongs to one local hour; a clock that jumps leaves one without and another with two.
        hours = round((self._end_s - self._start_s) / 3600)
        locals_ = [datetime.fromtimestamp(self._start_s + 3600 * hour + 1, self.zone) for hour in range(hours)]
        self._cell = np.array([(at.date() - first_day).days * DAY_HOURS + at.hour for at in locals_], dtype=np.intp)

    def counted(self, instants: Iterable[datetime]) -> History:
        """How many fall into each hour."""
        counts = np.zeros(len(self._cell))
        for instant in instants:
            hour = int((instant.timestamp() - self._start_s) // 3600)
            if 0 <= hour < len(counts):
                counts[hour] += 1
        return self._local(counts)

    def spread(self, spans: Iterable[tuple[Span, float]]) -> History:
        """Amounts, each spread evenly over its span: with minutes as amounts, socket-minutes; with Wh, energy."""
        sums = np.zeros(len(self._cell))
        for span, amount in spans:
            start, end = span.start.timestamp() - self._start_s, span.end.timestamp() - self._start_s
            if end <= start:
                continue
            for hour in range(max(0, int(start // 3600)), min(len(sums), int(-(-end // 3600)))):
                inside = min(end, 3600 * hour + 3600) - max(start, 3600 * hour)
                sums[hour] += amount * max(0.0, inside) / (end - start)
        return self._local(sums)

    def _local(self, elapsed: Floats) -> History:
        sums, counts = np.zeros(self.days * DAY_HOURS), np.zeros(self.days * DAY_HOURS)
        np.add.at(sums, self._cell, elapsed)
        np.add.at(counts, self._cell, 1)
        values = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
        for cell in np.flatnonzero(counts == 0):
            values[cell] = values[cell - 1]
        return History(self.first_day, tuple(tuple(map(float, day)) for day in values.reshape(self.days, DAY_HOURS)))
