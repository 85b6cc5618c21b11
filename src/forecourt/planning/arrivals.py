"""Unannounced cars: how many to expect, from similar days, and how a plan reserves power for them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from forecourt.planning.sockets import Floats, Ints, Sockets
from forecourt.planning.stay_prediction import PastVisit
from forecourt.planning.supply import Stay
from forecourt.planning.wiring import Grid

AHEAD = timedelta(hours=10)  # later ones are too uncertain, and most cars here now will be gone by then
DAYS = 10  # of the same kind: working days or weekends
MAX_WAVES = 4  # the arrivals ahead are split into so many equal parts of AHEAD


class Arrivals:
    """Past visits to a site; queried for each plan, computed once a day."""

    def __init__(self, past: Sequence[PastVisit], zone: str) -> None:
        self._zone, self._by_day = ZoneInfo(zone), dict[date, list[PastVisit]]()
        for one in past:
            self._by_day.setdefault(self._local(one.visit.start).date(), []).append(one)
        self._today: date | None = None
        self._stays: tuple[Stay, ...] = ()
        self._starts: list[datetime] = []

    def after(self, now: datetime) -> tuple[Stay, ...]:
        """The stays to expect within AHEAD, by start; each counts as one in DAYS days. No power limit is known beyond the socket's."""
        if (today := self._local(now).date()) != self._today:
            found = [stay for ahead in (0, 1) for stay in self._moved_to(today, today + timedelta(days=ahead))]
            self._today, self._stays = today, tuple(sorted(found, key=lambda stay: stay.start))
            self._starts = [stay.start for stay in self._stays]
        return self._stays[bisect_right(self._starts, now) : bisect_left(self._starts, now + AHEAD)]

    def _moved_to(self, today: date, day: date) -> list[Stay]:
        """Finished stays on the latest days of the same kind before today, moved to the same local time on `day`."""
        first_day = min(self._by_day, default=today)
        before = [today - timedelta(days=back) for back in range(1, min((today - first_day).days, 4 * DAYS) + 1)]
        similar_days = [one for one in before if (one.weekday() >= 5) == (day.weekday() >= 5)][:DAYS]
        ended = [one for past in similar_days for one in self._by_day.get(past, ()) if self._local(one.end).date() < today]
        return [self._moved(one, day, 1 / len(similar_days)) for one in ended]

    def _moved(self, one: PastVisit, day: date, times: float) -> Stay:
        start = datetime.combine(day, self._local(one.visit.start).time(), self._zone).astimezone(UTC)
        return Stay(start, start + (one.end - one.visit.start), one.energy_wh, float("inf"), times)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self._zone)


class Lot:
    """The sockets as places for expected cars. A wave at a group of sockets has a seat in the program; group, watts_per_amp: (seats,)."""

    def __init__(self, grid: Grid, sockets: Sockets) -> None:
        self._groups, self._count = grid.groups, grid.columns.shape[1]
        self._waves = max(1, min(MAX_WAVES, len(grid.ids) // max(1, self._count)))  # no more seats than sockets: keeps the program small
        self._max_a = self._mean(sockets.max_a)
        self.group = np.repeat(np.arange(self._count), self._waves)
        self.watts_per_amp = self._mean(sockets.watts_per_amp)[self.group]

    def _mean(self, values: Floats | Ints) -> Floats:
        return np.asarray(np.bincount(self._groups, values, self._count) / np.bincount(self._groups, minlength=self._count))

    def waves(self, coming: Sequence[Stay], now: datetime, edges_s: Floats, free: Floats) -> tuple[Floats, Floats]:
        """(seats, periods) mean maximum amps, and (seats,) watt hours. free: (EVSEs,) 1 where a car could park, all equally likely."""
        rows = [((one.start - now).total_seconds(), (one.end - now).total_seconds(), one.need_wh, one.times) for one in coming]
        start_s, end_s, need_wh, times = np.array(rows, dtype=np.float64).reshape(len(rows), 4).T
        there_s = np.maximum(np.minimum(end_s[:, None], edges_s[1:]) - np.maximum(start_s[:, None], edges_s[:-1]), 0.0)
        wave = np.minimum(np.maximum(start_s * self._waves / AHEAD.total_seconds(), 0), self._waves - 1).astype(np.int64)
        times_in = (wave == np.arange(self._waves)[:, None]) * times
        cars, needs_wh = times_in @ there_s / np.diff(edges_s), times_in @ need_wh
        parking = free if free.any() else np.ones(len(free))
        share = np.asarray(np.bincount(self._groups, parking, self._count) / parking.sum(), dtype=np.float64)
        most_a = (share * self._max_a)[:, None, None] * cars
        return most_a.reshape(len(self.group), -1), np.asarray(share[:, None] * needs_wh, dtype=np.float64).ravel()
