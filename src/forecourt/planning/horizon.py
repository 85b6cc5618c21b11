"""Looking ahead: the linear program over the stays of the cars that are here says who should draw now, who can wait."""

from dataclasses import dataclass, fields

import numpy as np

from forecourt.planning.arrivals import Lot
from forecourt.planning.likes import DISLIKED, edges_of, mean_liking
from forecourt.planning.model import Problem
from forecourt.planning.sockets import Bools, Floats, Ints, Sockets
from forecourt.planning.timeline import Precision, Timeline, Timetable
from forecourt.planning.wants import PATIENCE, Wants, laxity_h
from forecourt.planning.wiring import Grid

# Fine now, coarse later, in minutes; the last edge covers long stays.
_EDGES_MIN = np.array([0, 5, 15, 30, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 4320], dtype=np.float64)
_MOST_CARS = 200  # beyond, the one-step program alone keeps a plan within milliseconds
_MOST_CUTS = 1500
_ENOUGH = Precision(gap=1e-3, later_gap=3e-3, rounds=8)

# Tuned on recorded days against the bound; see docs/planning.md. All are shares of one watt hour's worth.
FADE_H = 36.0  # energy sooner is worth a little more: more cars will come
FIRST_SHARE = 0.6  # the first part of each need ...
FIRST_WORTH = 0.3  # ... is worth this much more, now or later
STICKY = 0.05  # amps a car has already are worth more than amps moved to it for nothing
TASTE = 0.06  # a car that has had less than this part of its need for a part of its stay (PATIENCE) ...
HUNGER = 0.02  # ... is worth this much more now
NEEDY = 0.06  # so much more is a watt hour now worth to a car that still misses all, in step with the share it misses: later may be taken
NEEDY_UNSURE = 0.2  # the same for a car of which nobody knows when it leaves: later may not be
URGENT = 0.3  # energy now for a car with no time to spare is worth half of this more: who comes next may take its later turn ...
URGENT_H = 2.0  # ... and ever less with more hours to spare
CHOOSY = 10.0  # sooner is worth so much less to a driver who chooses hours
# A watt hour is a larger share of a small need. Where a departure is known, what is worth more by shares is so by this need over the car's.
MIDDLE_WH = 9_000.0
LEAST_SIZE, MOST_SIZE = 0.4, 2.5


@dataclass(frozen=True, slots=True)
class _Seats:
    """Cars in the program. low_a, high_a, worth: (seats, cells), a cell for the amps a car has now, one for more, then one for each
    later period; all others (seats,), as in Timeline."""

    group: Ints
    watts_per_amp: Floats
    low_a: Floats
    high_a: Floats
    worth: Floats
    need_wh: Floats
    first_wh: Floats
    first_worth: Floats


class Horizon:
    """One site's program over the stays of its cars, kept alive between plans."""

    def __init__(self, grid: Grid, sockets: Sockets) -> None:
        self._grid, self._sockets, self._lot = grid, sockets, Lot(grid, sockets)
        self._places = np.arange(len(grid.ids)) if len(grid.ids) <= _MOST_CARS else np.zeros(0, np.int64)
        self._table: Timetable | None = None
        self._made_for: object = None

    def currents(self, problem: Problem, fixed_a: Floats, asked: Wants) -> Floats | None:
        """(EVSEs,) currents for now, or None when there is no answer. Loads that cannot be steered are taken to stay."""
        cars = asked.only(asked.hungry & (asked.cap_a > 0))
        if not len(cars):
            return fixed_a.copy()
        if len(cars) > _MOST_CARS:
            return None
        self._seat(cars.places, fixed_a)
        edges_s = edges_of(_EDGES_MIN * 60 * problem.step_s / 300, cars.likes_s, cars.leaves_s[:, -1])
        line = self._line(problem, fixed_a, cars, edges_s)
        shape = (edges_s.tobytes(), len(line.group))
        if self._table is None or self._made_for != shape or self._table.cuts > _MOST_CUTS:
            self._table, self._made_for = Timetable(line, self._grid, _ENOUGH), shape
        amps = self._table.solve(line)
        if amps is None:
            self._table = None
            return None
        currents = np.zeros(len(fixed_a))
        currents[self._places] = amps.reshape(len(line.group), -1)[: len(self._places), :2].sum(axis=1)
        return currents

    def _seat(self, places: Ints, fixed_a: Floats) -> None:
        """A column for every EVSE that has a car or a load; at a small site for all of them, so that the program stays."""
        if len(self._places) == len(fixed_a):
            return
        needed = np.union1d(places, np.flatnonzero(fixed_a))
        if not np.all(np.isin(needed, self._places)):
            self._places, self._table = needed, None

    def _line(self, problem: Problem, fixed_a: Floats, car: Wants, edges_s: Floats) -> Timeline:
        seats = self._here(problem, fixed_a, car, edges_s)
        if problem.coming and len(self._lot.group) <= _MOST_CARS:
            seats = _both(seats, self._coming(problem, edges_s))
        spans_s, periods = np.diff(edges_s), len(edges_s) - 1
        when = _when(periods)
        return Timeline(
            periods=periods,
            who=np.repeat(np.arange(len(seats.group)), len(when)),
            when=np.tile(when, len(seats.group)),
            low_a=seats.low_a.ravel(),
            high_a=seats.high_a.ravel(),
            amp_wh=(seats.watts_per_amp[:, None] * spans_s[when] / 3600).ravel(),
            worth=seats.worth.ravel(),
            group=seats.group,
            need_wh=seats.need_wh,
            first_wh=seats.first_wh,
            first_worth=seats.first_worth,
        )

    def _here(self, problem: Problem, fixed_a: Floats, car: Wants, edges_s: Floats) -> _Seats:
        """The cars that are here, at their places; loads at theirs."""
        seat = np.searchsorted(self._places, car.places)
        when = _when(len(edges_s) - 1)
        shape = (len(self._places), len(when))
        low_a, high_a, worth = np.tile(fixed_a[self._places][:, None], shape[1]), np.zeros(shape), np.zeros(shape)
        low_a[:, 1] = 0.0
        high_a[:] = low_a
        need_wh, first_wh, first_worth = np.full(shape[0], 1e9), np.zeros(shape[0]), np.zeros(shape[0])
        low_a[seat] = 0.0
        low_a[seat, 0], low_a[seat, 1] = np.minimum(car.least_a, car.kept_a), np.maximum(car.least_a - car.kept_a, 0)
        there, part = _there(car.leaves_s, edges_s)
        high_a[seat] = car.most_a[:, None] * part[:, when]
        high_a[seat, 0], high_a[seat, 1] = car.kept_a, car.cap_a - car.kept_a
        worth[seat] = car.worth[:, None] * _liked(car, edges_s)[:, when] * there[:, when]
        worth[seat, 0] *= (now_worth := _now_worth(car, problem)) + np.where(car.patient, 0.0, STICKY)
        worth[seat, 1] *= now_worth
        # A locked floor may be more than the need: the car then stops by itself.
        need_wh[seat] = np.maximum(car.missing_wh, car.least_a * car.watts_per_amp * problem.step_s / 3600)
        first_wh[seat] = np.maximum(car.missing_wh - (1 - FIRST_SHARE) * car.need_wh, 0.0)
        first_worth[seat] = car.worth * FIRST_WORTH * _small(car) ** (problem.policy.fairness / 2)
        watts = self._sockets.watts_per_amp[self._places]
        return _Seats(self._grid.groups[self._places], watts, low_a, high_a, worth, need_wh, first_wh, first_worth)

    def _coming(self, problem: Problem, edges_s: Floats) -> _Seats:
        """Cars that may come, with nothing now and what a car is worth later."""
        free, lot, when = np.ones(len(self._grid.ids)), self._lot, _when(len(edges_s) - 1)
        free[[self._grid.index[one.evse] for one in problem.sessions]] = 0.0
        most_a, need_wh = lot.waves(problem.coming, problem.now, edges_s, free)
        high_a = most_a[:, when]
        high_a[:, :2] = 0.0
        worth = np.tile(_fading(edges_s[when]), (len(need_wh), 1))
        first_worth = np.full(len(need_wh), FIRST_WORTH)
        return _Seats(lot.group, lot.watts_per_amp, np.zeros(high_a.shape), high_a, worth, need_wh, FIRST_SHARE * need_wh, first_worth)


def _both(seats: _Seats, more: _Seats) -> _Seats:
    return _Seats(*(np.concatenate([getattr(seats, one.name), getattr(more, one.name)]) for one in fields(_Seats)))


def _when(periods: int) -> Ints:
    """(cells,) the period of each cell of a seat."""
    return np.concatenate([[0], np.arange(periods)])


def _fading(ahead_s: Floats) -> Floats:
    return np.asarray(np.exp(-ahead_s / 3600 / FADE_H))


def _there(leaves_s: Floats, edges_s: Floats) -> tuple[Floats, Floats]:
    """(cars, periods) each: the chance that a car is still there when a period begins, and the mean part of it that it is there for."""
    left_s = leaves_s[:, :, None] - edges_s[:-1]
    return (left_s > 0).mean(axis=1), np.clip(left_s / np.diff(edges_s), 0.0, 1.0).mean(axis=1)


def _now_worth(car: Wants, problem: Problem) -> Floats:
    """(cars,) of a watt hour now, beside 1 for later."""
    needy = np.where(_unsure(car), NEEDY_UNSURE, NEEDY)
    fair = HUNGER * _hunger(car, problem.policy.starved_after_s) + needy * car.missing_wh / car.need_wh
    soon = problem.policy.fairness * fair + URGENT * _urgency(car)
    return 1 + np.where(car.patient, 0.0, soon)


def _liked(car: Wants, edges_s: Floats) -> Floats:
    """(cars, periods) what energy is worth by the hour it comes in: a little more sooner, or what each car's driver likes."""
    fading = np.tile(_fading(edges_s[:-1]), (len(car), 1))
    if car.likes.shape[1] == 1:
        return fading
    choosy = np.any(car.likes < 1, axis=1, keepdims=True)
    liked = 1 - DISLIKED * (1 - mean_liking(car.likes_s, car.likes, edges_s))
    return np.where(choosy, liked * fading ** (1 / CHOOSY), fading)


def _small(car: Wants) -> Floats:
    """(cars,) 1 for a car of middling need, more for one that needs less; 1 where nobody knows when it leaves."""
    return np.where(_unsure(car), 1.0, np.clip(MIDDLE_WH / car.need_wh, LEAST_SIZE, MOST_SIZE))


def _unsure(car: Wants) -> Bools:
    return np.asarray(car.leaves_s[:, 0] < car.leaves_s[:, -1])


def _urgency(car: Wants) -> Floats:
    """Half for a car with no time to spare (or too little), towards 0 with more."""
    spare_h = laxity_h(car.left_s, car.missing_wh, car.most_a * car.watts_per_amp)
    return np.asarray(1 / (1 + np.exp(np.clip(spare_h / URGENT_H, 0.0, 40.0))))


def _hunger(car: Wants, starved_after_s: float) -> Floats:
    """0 to 2: nothing had so far, and how much of its patience is used up; a car in its turn keeps it until it has had a taste."""
    empty = np.maximum(car.missing_wh / car.need_wh - 1 + TASTE, 0.0) / TASTE
    patience_s = np.minimum(starved_after_s, PATIENCE * (car.waited_s + car.left_s))
    waited = np.where(car.running, 1.0, car.waited_s / np.maximum(patience_s, 1.0))
    return np.where(waited >= 1, empty * (1 + 0.1 * np.minimum(waited, 10.0)), 0.0)
