"""Looking ahead: a linear program over the stays of the cars here decides who should draw now and who can wait."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from forecourt.planning.arrivals import Lot
from forecourt.planning.car_demand import PATIENCE, CarDemand, laxity_h
from forecourt.planning.hour_preferences import DISLIKED, edges_of, mean_between
from forecourt.planning.model import Problem
from forecourt.planning.profiles import Profile
from forecourt.planning.sockets import Bools, Floats, Ints, Sockets
from forecourt.planning.timeline import Precision, Timeline, TimelineModel
from forecourt.planning.wiring import Grid

# Fine now, coarse later, in minutes; the last edge is only used if there are long stays.
_EDGES_MIN = np.array([0, 5, 15, 30, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 4320], dtype=np.float64)
_MAX_CARS = 200  # with more, only the one-step program can plan within milliseconds
_MAX_CUTS = 1500
_ENOUGH = Precision(gap=1e-3, later_gap=3e-3, rounds=8)

# Tuned on recorded days against the bound; see docs/planning.md. All are fractions of the worth of a watt hour.
FADE_H = 36.0  # energy sooner is worth a little more: more cars will come
FIRST_SHARE = 0.6  # the first part of each need ...
FIRST_WORTH = 0.3  # ... is worth this much more, now or later
STICKY = 0.05  # amps a car already has are worth more than amps moved to it without need
TASTE = 0.06  # a car that has had less than this part of its need after a part of its stay (PATIENCE) ...
HUNGER = 0.02  # ... is worth this much more now
NEEDY = 0.06  # a watt hour now is worth up to this much more, by the share of its need a car still misses: later may be taken
NEEDY_UNSURE = 0.2  # the same for a car whose departure past stays predict only roughly: for it, later may really be too late
URGENT = 0.3  # energy now is worth half of this more for a car with no time to spare: newcomers may claim its later turn ...
URGENT_H = 2.0  # ... and less, the more hours it has to spare
CHOOSY = 10.0  # for a driver who chooses hours, the preference for sooner is weaker by this factor
# A watt hour is a larger share of a small need. If the departure is known, a worth by shares is scaled by this need over the car's.
MIDDLE_WH = 9_000.0
MIN_SIZE, MAX_SIZE = 0.4, 2.5
_NEVER_FULL_WH = 1e9  # for a seat without a car, or for a load


@dataclass(frozen=True, slots=True)
class _Frame:
    """The part of the program that depends only on the edges of the periods and the number of seats. A seat is a car in the program:
    first one per EVSE, then those of cars that may come. Each has a cell for its present amps, one for additional ones, and one per later
    period.

    edges_s: (periods + 1,). when, fading: (cells of a seat,) each cell's period, and the worth of energy in it relative to now; cell_who,
    cell_when, amp_wh: (all cells,), and group: (seats,), as in Timeline.
    """

    edges_s: Floats
    when: Ints
    fading: Floats
    group: Ints
    cell_who: Ints
    cell_when: Ints
    amp_wh: Floats

    @classmethod
    def of(cls, edges_s: Floats, group: Ints, watts_per_amp: Floats) -> "_Frame":
        periods = np.concatenate([[0], np.arange(len(edges_s) - 1)])
        amp_wh = watts_per_amp[:, None] * np.diff(edges_s)[periods] / 3600
        cars, periods_by_car = np.repeat(np.arange(len(group)), len(periods)), np.tile(periods, len(group))
        return cls(edges_s, periods, _fading(edges_s[periods]), group, cars, periods_by_car, amp_wh.ravel())


class _Seats:
    """Empty seats to be filled in. low_a, high_a, worth: (seats, cells); need_wh, first_wh, first_worth: (seats,), as in Timeline."""

    def __init__(self, frame: _Frame) -> None:
        shape = (len(frame.group), len(frame.when))
        self.low_a, self.high_a, self.worth = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.need_wh, self.first_wh, self.first_worth = np.full(shape[0], _NEVER_FULL_WH), np.zeros(shape[0]), np.zeros(shape[0])

    def line(self, frame: _Frame) -> Timeline:
        return Timeline(
            periods=len(frame.edges_s) - 1,
            who=frame.cell_who,
            when=frame.cell_when,
            low_a=self.low_a.ravel(),
            high_a=self.high_a.ravel(),
            amp_wh=frame.amp_wh,
            worth=self.worth.ravel(),
            group=frame.group,
            need_wh=self.need_wh,
            first_wh=self.first_wh,
            first_worth=self.first_worth,
        )


class Horizon:
    """A site's program over the stays of its cars, kept alive between plans."""

    def __init__(self, grid: Grid, sockets: Sockets) -> None:
        self._grid, self._sockets, self._lot = grid, sockets, Lot(grid, sockets)
        self._places = np.arange(len(grid.ids)) if len(grid.ids) <= _MAX_CARS else np.zeros(0, np.int64)
        self._frame: _Frame | None = None
        self._table: TimelineModel | None = None

    def currents(self, problem: Problem, fixed_a: Floats, demand: CarDemand) -> Floats | None:
        """(EVSEs,) currents for now, or None without an answer. Loads that cannot be steered are assumed to stay as they are."""
        cars = demand.only(demand.needs_energy & ((demand.cap_a > 0) | demand.later))
        if not len(cars):
            return fixed_a.copy()
        if len(cars) > _MAX_CARS:
            return None
        self._seat(cars.places, fixed_a)
        expected = problem.expected_stays if len(self._lot.group) <= _MAX_CARS else ()
        frame = self._framed(edges_of(_edges_s(problem, cars), cars.preference_starts_s, cars.leaves_s[:, -1]), bool(expected))
        seats = _Seats(frame)
        self._fill(seats, frame, problem, fixed_a, cars)
        if expected:
            self._fill_coming(seats, frame, problem)
        line = seats.line(frame)
        if problem.allowance is not None:
            line = replace(line, most_wh=self._allowed_wh(problem.allowance, problem.now, frame.edges_s))
        if self._table is None or self._table.cuts > _MAX_CUTS or not self._table.fits(line):
            self._table = TimelineModel(line, self._grid, _ENOUGH)
        amps = self._table.solve(line)
        if amps is None:
            self._table = None
            return None
        currents = np.zeros(len(fixed_a))
        currents[self._places] = amps.reshape(len(frame.group), -1)[: len(self._places), :2].sum(axis=1)
        return currents

    def _seat(self, places: Ints, fixed_a: Floats) -> None:
        """Choose the EVSEs with a column: those with a car or a load; at a small site all of them, so that the program can be reused."""
        if len(self._places) == len(fixed_a):
            return
        needed = np.union1d(places, np.flatnonzero(fixed_a))
        if not np.all(np.isin(needed, self._places)):
            self._places, self._frame = needed, None

    def _framed(self, edges_s: Floats, may_come: bool) -> _Frame:
        """The frame for these edges, reused if unchanged; a new frame needs a new program."""
        known, seats = self._frame, len(self._places) + (len(self._lot.group) if may_come else 0)
        if known is not None and len(known.group) == seats and np.array_equal(known.edges_s, edges_s):
            return known
        group, watts = self._grid.groups[self._places], self._sockets.watts_per_amp[self._places]
        if may_come:
            group, watts = np.concatenate([group, self._lot.group]), np.concatenate([watts, self._lot.watts_per_amp])
        self._frame, self._table = _Frame.of(edges_s, group, watts), None
        return self._frame

    def _allowed_wh(self, allowance: Profile, now: datetime, edges_s: Floats) -> Floats:
        """(periods,) energy the site is allowed: in the first period at the power orders may give, later at the mean of the allowance."""
        all_w = float(self._sockets.max_a @ self._sockets.watts_per_amp)
        edges = [now + timedelta(seconds=edge_s) for edge_s in edges_s.tolist()]
        means_w = [allowance.mean_w(all_w, start, end) for start, end in pairwise(edges)]
        return np.array([min(means_w[0], allowance.site_order_limit_w(now)), *means_w[1:]]) * np.diff(edges_s) / 3600

    def _fill(self, seats: _Seats, frame: _Frame, problem: Problem, fixed_a: Floats, car: CarDemand) -> None:
        """Fill in the cars that are here, and the loads."""
        count, when = len(self._places), frame.when
        if fixed_a.any():
            seats.low_a[:count] = seats.high_a[:count] = fixed_a[self._places][:, None]
            seats.low_a[:count, 1] = seats.high_a[:count, 1] = 0.0
        seat = np.searchsorted(self._places, car.places)
        seats.low_a[seat] = 0.0
        seats.low_a[seat, 0], seats.low_a[seat, 1] = np.minimum(car.least_a, car.keepable_a), np.maximum(car.least_a - car.keepable_a, 0)
        presence, part = _presence(car.leaves_s, frame.edges_s)
        high_a = (_most_a(car, frame) * part)[:, when]
        high_a[:, 0], high_a[:, 1] = car.keepable_a, car.cap_a - car.keepable_a
        worth = car.worth[:, None] * _liked(car, frame) * presence[:, when]
        worth[:, 0] *= (now_worth := _now_worth(car, problem)) + np.where(car.patient, 0.0, STICKY)
        worth[:, 1] *= now_worth
        seats.high_a[seat], seats.worth[seat] = high_a, worth
        # A locked floor may exceed the need: the car then stops by itself.
        seats.need_wh[seat] = np.maximum(car.missing_wh, car.least_a * car.watts_per_amp * problem.step_s / 3600)
        seats.first_wh[seat] = np.maximum(car.missing_wh - (1 - FIRST_SHARE) * car.need_wh, 0.0)
        seats.first_worth[seat] = car.worth * FIRST_WORTH * _small(car) ** (problem.policy.fairness / 2)

    def _fill_coming(self, seats: _Seats, frame: _Frame, problem: Problem) -> None:
        """Fill in cars that may come: nothing now, and later what any car is worth."""
        free, count = np.ones(len(self._grid.ids)), len(self._places)
        free[[self._grid.index[one.evse] for one in problem.sessions]] = 0.0
        most_a, need_wh = self._lot.waves(problem.expected_stays, problem.now, frame.edges_s, free)
        seats.high_a[count:, 2:] = most_a[:, 1:]
        seats.worth[count:] = frame.fading
        seats.need_wh[count:], seats.first_wh[count:], seats.first_worth[count:] = need_wh, FIRST_SHARE * need_wh, FIRST_WORTH


def _edges_s(problem: Problem, cars: CarDemand) -> Floats:
    edges_s = _EDGES_MIN * 60 * problem.step_s / 300
    return np.asarray(edges_s if cars.leaves_s[:, -1].max() > edges_s[-2] else edges_s[:-1])


def _fading(ahead_s: Floats) -> Floats:
    return np.asarray(np.exp(-ahead_s / 3600 / FADE_H))


def _presence(leaves_s: Floats, edges_s: Floats) -> tuple[Floats, Floats]:
    """(cars, periods) each: the chance that a car is still there when a period begins, and the mean fraction of the period it stays."""
    left_s, count = leaves_s[:, :, None] - edges_s[:-1], leaves_s.shape[1]
    share = np.minimum(np.maximum(left_s / np.diff(edges_s), 0.0), 1.0)
    return (left_s > 0).sum(axis=1) / count, share.sum(axis=1) / count


def _most_a(car: CarDemand, frame: _Frame) -> Floats:
    """(cars, periods) the mean maximum of each; (cars, 1) if nobody has a profile."""
    most_a = car.most_a[:, None]
    return most_a if car.ceiling_a.shape[1] == 1 else mean_between(car.ceiling_starts_s, np.minimum(car.ceiling_a, most_a), frame.edges_s)


def _now_worth(car: CarDemand, problem: Problem) -> Floats:
    """(cars,) the worth of a watt hour now, relative to 1 for later."""
    need_weight = np.where(_unsure(car) & car.learned, NEEDY_UNSURE, NEEDY)
    fair = HUNGER * _hunger(car, problem.policy.starved_after_s) + need_weight * car.missing_wh / car.need_wh
    soon = problem.policy.fairness * fair + URGENT * _urgency(car)
    return 1 + np.where(car.patient, 0.0, soon)


def _liked(car: CarDemand, frame: _Frame) -> Floats:
    """(cars, cells) the worth of energy by its hour: slightly more sooner, or as each car's driver prefers; (cells,) if nobody has
    preferences."""
    if car.preference.shape[1] == 1:
        return frame.fading
    has_preference = np.any(car.preference < 1, axis=1, keepdims=True)
    liked = 1 - DISLIKED * (1 - mean_between(car.preference_starts_s, car.preference, frame.edges_s)[:, frame.when])
    return np.where(has_preference, liked * frame.fading ** (1 / CHOOSY), frame.fading)


def _small(car: CarDemand) -> Floats:
    """(cars,) 1 for a car of medium need, more for smaller needs; 1 if its departure is uncertain."""
    return np.where(_unsure(car), 1.0, np.minimum(np.maximum(MIDDLE_WH / car.need_wh, MIN_SIZE), MAX_SIZE))


def _unsure(car: CarDemand) -> Bools:
    return np.asarray(car.leaves_s[:, 0] < car.leaves_s[:, -1])


def _urgency(car: CarDemand) -> Floats:
    """0.5 for a car with no time to spare (or too little), falling towards 0 with more."""
    spare_h = laxity_h(car.left_s, car.missing_wh, car.mean_max_a * car.watts_per_amp)
    return np.asarray(1 / (1 + np.exp(np.minimum(np.maximum(spare_h / URGENT_H, 0.0), 40.0))))


def _hunger(car: CarDemand, starved_after_s: float) -> Floats:
    """0 to 2, by how little a car has had, once its patience is used up; a car that has its turn counts until it has had a taste."""
    empty = np.maximum(car.missing_wh / car.need_wh - 1 + TASTE, 0.0) / TASTE
    patience_s = np.minimum(starved_after_s, PATIENCE * (car.waited_s + car.left_s))
    waited = np.where(car.running, 1.0, car.waited_s / np.maximum(patience_s, 1.0))
    return np.where(waited >= 1, empty * (1 + 0.1 * np.minimum(waited, 10.0)), 0.0)
