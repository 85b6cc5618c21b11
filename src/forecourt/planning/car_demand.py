"""How much each car would take now, and how urgent it is: laxity times the share it still misses."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from math import gamma
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from forecourt.planning.ceilings import ceilings_of
from forecourt.planning.hour_preferences import preferences
from forecourt.planning.model import PlanSession, Problem
from forecourt.planning.sockets import Bools, Floats, Ints, Sockets

# A car that draws this much less than it is offered has reached its own limit; RAMP_A is kept free for it to ramp up.
SHORT_A = 0.9
RAMP_A = 1.0
NOTHING_A = 0.5
# A car past its stated end is still here: as urgent as a car with this long to go.
_LAST_S = 900.0
# Stays about which nothing is known: eight equally likely ends by Weibull's distribution, with a shape between leaving at any time (1)
# and all leaving at the mean; and its mean for a scale of 1.
_SHAPE = 1.5
_MEAN = gamma(1 + 1 / _SHAPE)
_STILL_HERE = -np.log1p(-(np.arange(8) + 0.5) / 8)
_NOT_HUNGRY = 1e-4

# A car that has had nothing waits this part of its stay before it gets its turn; "nothing" means that it misses this part of its need.
PATIENCE = 0.4
_NOTHING = 0.95
# It is let in while its floor can still bring this part of its need, slightly more than a twentieth.
_MIN_SHARE = 0.07
# Meters count whole watt hours: a car that misses less than one has what it needs.
MIN_WH = 1.0
_ROUNDING = 1e-9  # from watts to pilots: a power that a pilot just reaches needs no higher pilot
SOON = 0.3  # if the departure is uncertain, a car is as urgent as if it left when three of ten like it have left

LAXITY_SCALE_H = 2.0
SHARE_BASE = 1.0


@dataclass(frozen=True, slots=True)
class CarDemand:
    """The demand of all cars that the plan can steer, (cars,) each.

    places: of their EVSEs in the grid. worth: weight of each session among all; weight: worth of one amp now, in the one-step program.
    running: it has a turn now. locked: it must have its floor, since its turn may not be ended by choice. preemptible: that turn may be
    ended for a car that would leave with nothing. no_pauses_left: once begun, its turn may not be ended any more.
    unserved: it has no turn and has had next to nothing; min_service_s: how long it would need its floor to change that.
    last_chance: it is unserved, with no more time left than that. barred: its turn would last too long for the unserved cars. For
    last_chance and barred see also `reserve_min_service`. needs_energy: its need is not met yet.
    floor_a, cap_a: minimum and maximum it can be set to, both pilots; 0 = nothing helps it. spare_a: the most that is of use if
    nobody else needs it, at least cap_a. ended: its driver's limit is reached. most_a: what cable and socket can carry.
    ceiling_starts_s, ceiling_a: the limits of its profile, as in `Ceilings`. mean_max_a: the mean of what it can have until it leaves.
    limited_by_profile: its profile keeps it below what it could use now.
    promised: its floor is a promise, and comes before all turns.
    leaves_s: (cars, n) seconds until n equally likely departures, learned: from past stays; left_s: until one of the earlier (SOON).
    previous_a: what the previous plan gave it, -1 = unknown; keepable_a: how much of that it may keep.
    preference_starts_s: (cars, n) the starts of n stretches of time; preference: how much its driver prefers each, from 1 (best of the
    stay) to 0 (dearest), n = 1 if nobody has preferences. patient: now is not the best time, and nothing was promised.
    """

    places: Ints
    worth: Floats
    weight: Floats
    running: Bools
    locked: Bools
    preemptible: Bools
    no_pauses_left: Bools
    unserved: Bools
    min_service_s: Floats
    last_chance: Bools
    barred: Bools
    needs_energy: Bools
    pauses: Floats
    waited_s: Floats
    left_s: Floats
    leaves_s: Floats
    learned: Bools
    need_wh: Floats
    missing_wh: Floats
    watts_per_amp: Floats
    most_a: Floats
    ceiling_starts_s: Floats
    ceiling_a: Floats
    mean_max_a: Floats
    limited_by_profile: Bools
    floor_a: Ints
    cap_a: Ints
    spare_a: Ints
    ended: Bools
    previous_a: Ints
    keepable_a: Ints
    promised: Bools
    preference_starts_s: Floats
    preference: Floats
    patient: Bools

    def __len__(self) -> int:
        return len(self.places)

    def only(self, mask: Bools) -> "CarDemand":
        return self if mask.all() else CarDemand(*(getattr(self, one.name)[mask] for one in fields(self)))

    @property
    def least_a(self) -> Ints:
        """(cars,) what each must be given: its floor if its turn is locked."""
        return np.where(self.locked, self.floor_a, 0)

    @property
    def later(self) -> Bools:
        """(cars,) those whose profile allows too little now and more later."""
        return np.asarray(self.needs_energy & ~self.barred & (self.cap_a == 0) & (self.mean_max_a > self.ceiling_a[:, 0]))


def demand_of_cars(problem: Problem, sessions: Sequence[PlanSession], sockets: Sockets) -> CarDemand:
    """One entry for each of these sessions, in their order."""
    policy, stated = problem.policy, _stated_values(sessions, problem.now)
    places = np.array([sockets.index[one.evse] for one in sessions], dtype=np.int64)
    watts, least_a = sockets.watts_per_amp[places], sockets.floor_a[places]
    need_wh, missing_wh = _needs(policy.default_need_wh, stated, guaranteed := _guaranteed_values(problem, sessions))
    most_a = np.fmin(stated.max_a, sockets.max_a[places])
    leaves_s = _leaves_s(sessions, problem.now, stated, learned := _learned(sessions), policy.default_stay_s)
    ceilings = ceilings_of(sessions, problem.now, watts, most_a, left_s := _soon(leaves_s))
    ended, is_full = (left_wh := _left_wh(stated)) < MIN_WH, (stated.drawing_a < NOTHING_A) & (stated.offered_a >= sockets.min_a[places])
    needs_energy = (missing_wh >= MIN_WH) & ~is_full
    amp_wh, most_useful_a = watts * problem.step_s / 3600, sockets.at_most(places, ceilings.now_a)
    useful_a = np.minimum(most_useful_a, sockets.at_least(places, _enough_a(stated, missing_wh / amp_wh)))
    cap_a = np.where(needs_energy, useful_a, least_a * (least_a <= ceilings.now_a) * ~ended)
    more_a = np.minimum(most_useful_a, sockets.at_least(places, _enough_a(stated, left_wh / amp_wh)))
    floor_a, promised = _floors(np.where(cap_a > 0, least_a, 0), cap_a, needs_energy, guaranteed, places, sockets)
    running, no_pauses_left = ~np.isnan(stated.turn_s), stated.pauses >= policy.pause_budget
    waited_s = np.where(running, 0.0, np.where(np.isnan(stated.wait_s), stated.gone_s, stated.wait_s))
    unserved = needs_energy & ~running & (floor_a > 0) & (missing_wh >= _NOTHING * need_wh)
    min_service_s = np.maximum(policy.min_dwell_s, _min_service_s(need_wh, floor_a * watts))
    weight = np.where(needs_energy, stated.weight * _pressure(left_s, missing_wh, need_wh, ceilings.mean_max_a * watts), _NOT_HUNGRY)
    preference_starts_s, preference = preferences(sessions, problem.now, leaves_s[:, -1])
    previous_a = np.array([problem.previous.get(one.evse, -1) for one in sessions], dtype=np.int64)
    return CarDemand(
        places=places,
        worth=stated.weight,
        weight=weight * watts / 230.0,
        running=running,
        locked=(running & needs_energy & (no_pauses_left | (stated.turn_s < policy.min_dwell_s))) | promised,
        preemptible=running & ~no_pauses_left & (stated.turn_s >= policy.min_dwell_s / 2),
        no_pauses_left=no_pauses_left,
        unserved=unserved,
        min_service_s=min_service_s,
        last_chance=unserved & (left_s < min_service_s) & (waited_s >= PATIENCE * (waited_s + left_s)),
        barred=np.zeros(len(places), dtype=np.bool_),
        needs_energy=needs_energy,
        pauses=stated.pauses,
        waited_s=waited_s,
        left_s=left_s,
        leaves_s=leaves_s,
        learned=learned,
        need_wh=need_wh,
        missing_wh=missing_wh,
        watts_per_amp=watts,
        most_a=most_a,
        ceiling_starts_s=ceilings.starts_s,
        ceiling_a=ceilings.most_a,
        mean_max_a=ceilings.mean_max_a,
        limited_by_profile=(most_useful_a < sockets.at_most(places, most_a)) & (cap_a == most_useful_a),
        floor_a=floor_a,
        cap_a=cap_a,
        spare_a=np.where(is_full | ended, cap_a, np.maximum(more_a, cap_a)),
        ended=ended,
        previous_a=previous_a,
        keepable_a=np.where(running, np.minimum(cap_a, np.where(previous_a < 0, floor_a, previous_a)), 0),
        promised=promised,
        preference_starts_s=preference_starts_s,
        preference=preference,
        patient=~promised & (preference[:, 0] < 1),
    )


def _left_wh(stated: "_Stated") -> Floats:
    """(cars,) watt hours until the limit that each driver has set; inf without one."""
    return np.where(np.isnan(stated.limit_wh), np.inf, stated.limit_wh - stated.delivered_wh)


def _needs(usual_wh: float, stated: "_Stated", guaranteed: "_Guaranteed | None") -> tuple[Floats, Floats]:
    """(cars,) each: the need in total, and how much of it is missing."""
    need_wh = np.where(np.isnan(stated.need_wh), usual_wh, stated.need_wh)
    need_wh = np.fmin(need_wh if guaranteed is None else np.maximum(need_wh, guaranteed.energy_wh), stated.limit_wh)
    return need_wh, np.maximum(need_wh - stated.delivered_wh, 0.0)


class _Guaranteed(NamedTuple):
    """Promises, (cars,) each: the energy in total, and the power to give now for it."""

    energy_wh: Floats
    power_w: Floats


def _guaranteed_values(problem: Problem, sessions: Sequence[PlanSession]) -> _Guaranteed | None:
    """None if nobody was promised anything."""
    if not any(one.guarantee for one in sessions):
        return None
    found = [
        (one.guarantee.energy_wh, one.guarantee.required_w(one.delivered_wh, problem.now)) if one.guarantee else (0.0, 0.0)
        for one in sessions
    ]
    return _Guaranteed(*_columns(found, 2))


def _floors(
    least_a: Ints, cap_a: Ints, needs_energy: Bools, guaranteed: _Guaranteed | None, places: Ints, sockets: Sockets
) -> tuple[Ints, Bools]:
    """(cars,) the floor of each, and whether it is a promise; least_a: the smallest pilot, or 0 if nothing helps."""
    if guaranteed is None:
        return least_a, np.zeros(len(places), dtype=np.bool_)
    promised = needs_energy & (cap_a > 0) & (guaranteed.power_w > 0)
    guaranteed_a = np.minimum(sockets.at_least(places, guaranteed.power_w / sockets.watts_per_amp[places] - _ROUNDING), cap_a)
    return np.where(promised, np.maximum(least_a, guaranteed_a), least_a), promised


def _learned(sessions: Sequence[PlanSession]) -> Bools:
    return np.array([bool(one.leaves) for one in sessions], dtype=np.bool_)


def _leaves_s(sessions: Sequence[PlanSession], now: datetime, stated: "_Stated", learned: Bools, stay_s: float) -> Floats:
    """(cars, n) seconds until n equally likely departures, the earliest first; a car that has outstayed all of them, or its driver's
    statement, counts as still here. learned: (cars,) whose past stays are known; stay_s: the mean stay of the others.

    A car about which nothing was stated or learned leaves at random: the longer it has been there, the sooner.
    """
    here_s = np.where(stated.over_s < 0, -stated.over_s, _LAST_S)[:, None]
    silent = np.isnan(stated.over_s) & ~learned
    ahead = [
        (car, sorted((at - now).total_seconds() for at in sessions[car].leaves if at > now)) for car in np.flatnonzero(learned).tolist()
    ]
    width = max([len(_STILL_HERE) if silent.any() else 1, *(len(instants) for _, instants in ahead)])
    found = np.repeat(here_s, width, axis=1)
    for car, instants in ahead:
        if instants:
            found[car] = np.array(instants)[_spread(len(instants), width)]
    if silent.any():
        found[silent] = _by_chance_s(stated.gone_s[silent, None], stay_s / _MEAN)[:, _spread(len(_STILL_HERE), width)]
    return found


def _spread(count: int, width: int) -> Ints:
    """(width,) indices that stretch `count` values to `width` places, repeating some."""
    return np.arange(width) * count // width


def _by_chance_s(gone_s: Floats, scale_s: float) -> Floats:
    """(cars, 8) seconds until each of eight equally likely ends of stays, given only how long they have lasted. gone_s:
    (cars, 1)."""
    gone_s = np.maximum(gone_s, 0.0)
    return np.asarray(scale_s * ((gone_s / scale_s) ** _SHAPE + _STILL_HERE) ** (1 / _SHAPE) - gone_s)


def _soon(leaves_s: Floats) -> Floats:
    """(cars,) the quantile SOON of each row (rows rise), interpolated."""
    place = SOON * (leaves_s.shape[1] - 1)
    if not place:
        return leaves_s[:, 0]
    before = leaves_s[:, int(place)]
    return np.asarray(before + (leaves_s[:, int(place) + 1] - before) * (place % 1))


class _Stated(NamedTuple):
    """What is known about the cars, (cars,) each, NaN = unknown: as in PlanSession, instants as seconds elapsed since
    (over_s: since the departure, so mostly negative)."""

    weight: Floats
    delivered_wh: Floats
    need_wh: Floats
    limit_wh: Floats
    max_a: Floats
    drawing_a: Floats
    offered_a: Floats
    pauses: Floats
    gone_s: Floats
    over_s: Floats
    turn_s: Floats
    wait_s: Floats


_NUMBERS = attrgetter("weight", "delivered_wh", "need_wh", "limit_wh", "max_a", "drawing_a", "offered_a", "pauses")
_INSTANTS = attrgetter("arrival", "departure", "charging_since", "waiting_since")


def _min_service_s(need_wh: Floats, floor_w: Floats) -> Floats:
    """(cars,) how long the floor takes to bring the least share of the need."""
    return 3600 * _MIN_SHARE * need_wh / np.maximum(floor_w, 1.0)


def _stated_values(sessions: Sequence[PlanSession], now: datetime) -> _Stated:
    since = [[None if at is None else (now - at).total_seconds() for at in _INSTANTS(one)] for one in sessions]
    return _Stated(*_columns(list(map(_NUMBERS, sessions)), 8), *_columns(since, 4))


def _columns(rows: Sequence[Sequence[float | None]], count: int) -> Floats:
    """(count, cars) from one row per car; NaN for None."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), count).T


def _enough_a(stated: _Stated, filling_a: Floats) -> Floats:
    """The current that fills the need within the step, but no more than the car has shown to take."""
    return np.where(stated.drawing_a < stated.offered_a - SHORT_A, np.minimum(filling_a, stated.drawing_a + RAMP_A), filling_a)


def laxity_h(left_s: Floats, missing_wh: Floats, power_w: Floats) -> Floats:
    """Hours to spare before a car must draw all it can."""
    return np.asarray(left_s / 3600 - missing_wh / np.maximum(power_w, 1.0))


def _pressure(left_s: Floats, missing_wh: Floats, need_wh: Floats, power_w: Floats) -> Floats:
    """Laxity x missing share: 1 to 20 by how little time is to spare, up to doubled by how little was delivered."""
    urgency = 1.0 / (1.0 + np.exp(np.minimum(laxity_h(left_s, missing_wh, power_w) / LAXITY_SCALE_H, 40.0)))
    return np.asarray((0.05 + urgency) * (SHARE_BASE + missing_wh / np.maximum(need_wh, 1.0)))
