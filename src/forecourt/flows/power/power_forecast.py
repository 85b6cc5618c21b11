"""The hours ahead at a site as its plans would fill them: for display, and for what-if questions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.flows.ports.store import Store
from forecourt.flows.power.hour_costs import with_hour_costs
from forecourt.flows.power.site_power import SiteState, load_site_state, problem_of
from forecourt.kernel import EvseId, SessionId, SiteId
from forecourt.planning import (
    EvseLimits,
    Node,
    PlanSession,
    PriceStep,
    Problem,
    Row,
    ScheduledCar,
    ScheduleStep,
    Stay,
    Supply,
    max_power_now_w,
    present_cars,
    schedule,
)
from forecourt.reservations import Booking, Bound

AHEAD = timedelta(hours=24)
_NEW = "new {}"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """limit_percent: of every limit. more: chargers added, wired like the first, each with a usual car. full: a car in every free bay."""

    limit_percent: int = 100
    more: int = 0
    full: bool = False


@dataclass(frozen=True, slots=True)
class CarForecast:
    """A car that is there (session_id) or may come. missing_wh: what it needs from now on; gets_wh: how much of that until it leaves.

    ready_at: when it has all of it; None = it leaves before.
    """

    id: str
    evse: str
    session_id: SessionId | None
    start: datetime
    leaves_at: datetime
    missing_wh: float
    gets_wh: float
    ready_at: datetime | None


@dataclass(frozen=True, slots=True)
class PowerForecast:
    """The hours ahead if only booked cars come. fixed_w: sockets that cannot be steered, counted at their maximum."""

    at: datetime
    steps: tuple[ScheduleStep, ...]
    cars: tuple[CarForecast, ...]
    fixed_w: float

    @property
    def missing_wh(self) -> float:
        return sum(car.missing_wh for car in self.cars)

    @property
    def gets_wh(self) -> float:
        return sum(car.gets_wh for car in self.cars)

    def car_of(self, session_id: SessionId) -> CarForecast | None:
        return next((car for car in self.cars if car.session_id == session_id), None)


@dataclass(frozen=True, slots=True)
class PowerNow:
    """Power flowing at a site now, in watts. drawn_w: by meters; allotted_w: by the newest plan; waiting_w: the part of it that is sent
    only once meters have shown that others went down; could_w: the most that could flow within every limit, whoever got it,
    including what is kept free for sockets that cannot be steered or relied on."""

    drawn_w: int
    allotted_w: int
    waiting_w: int
    could_w: int

    @property
    def later_w(self) -> int:
        """How much less is given than could flow: because of floors and turns, or saved for cars that need the lines for hours."""
        return max(0, self.could_w - self.allotted_w)


def power_now(store: Store, site_id: SiteId, at: datetime) -> PowerNow | None:
    """None while no car is part of a plan."""
    latest_plan, view = store.plans.latest(site_id), load_site_state(store, site_id, at)
    watts = {evse.id: evse.max_power_w / evse.max_a for evse in view.evses}
    limits_a = {one.evse_id: one.limit_a for one in latest_plan.setpoints if one.evse_id in view.sessions} if latest_plan else {}
    if not limits_a:
        return None
    needs = store.drivers.needs(site_id)
    return PowerNow(
        drawn_w=sum(session.power_w or 0 for session in view.sessions.values()),
        allotted_w=round(sum(amps * watts[evse_id] for evse_id, amps in limits_a.items())),
        waiting_w=round(sum(max(0, amps - (view.grants[evse_id].sent_a or 0)) * watts[evse_id] for evse_id, amps in limits_a.items())),
        could_w=round(max_power_now_w(with_hour_costs(store, view, needs, problem_of(view, needs, 1, at)))),
    )


def forecast_power(store: Store, site_id: SiteId, at: datetime, what_if: WhatIf = WhatIf()) -> PowerForecast:
    """The hours ahead; stores nothing and notifies nobody."""
    view = load_site_state(store, site_id, at)
    needs = store.drivers.needs(site_id)
    problem = _wired(with_hour_costs(store, view, needs, problem_of(view, needs, 1, at, trusting=True)), what_if)
    cars = [*present_cars(problem), *_booked(store, view, problem, at), *_imagined(problem, what_if)]
    # Here energy costs the same at all hours: each car charges as soon as others leave room, or in its driver's preferred hours.
    steps = tuple(
        _until(step, at + AHEAD) for step in schedule(problem, Supply((PriceStep(at, 0.0),), 1.0), cars) if step.start < at + AHEAD
    )
    by_label = {evse.label: evse.id for evse in view.evses}
    watts = {evse.id: evse.watts_per_amp for evse in problem.evses}
    fixed_w = sum(amps * watts[evse] for evse, amps in problem.counted_a.items())
    return PowerForecast(at, steps, tuple(_car(one, steps, view, by_label) for one in cars), fixed_w)


def _until(step: ScheduleStep, end: datetime) -> ScheduleStep:
    return replace(step, end=min(step.end, end))


def _wired(problem: Problem, what_if: WhatIf) -> Problem:
    factor = what_if.limit_percent / 100
    template = problem.evses[0] if problem.evses else None
    added = [replace(template, id=_NEW.format(n)) for n in range(1, what_if.more + 1)] if template else []
    limits = tuple(_at(limit, factor, template, added) for limit in problem.limits)
    return replace(problem, limits=limits, evses=(*problem.evses, *added))


def _at(limit: Row | Node, factor: float, template: EvseLimits | None, added: Sequence[EvseLimits]) -> Row | Node:
    if isinstance(limit, Row):
        return replace(limit, limit_a=limit.limit_a * factor, weights=_with(limit, template, added))
    watts = None if limit.limit_w is None else limit.limit_w * factor
    return replace(limit, limit_w=watts, evses=(*limit.evses, *(one.id for one in added)))


def _with(row: Row, template: EvseLimits | None, added: Sequence[EvseLimits]) -> tuple[tuple[str, float], ...]:
    weight = dict(row.weights).get(template.id) if template else None
    return row.weights if weight is None else (*row.weights, *((one.id, weight) for one in added))


def _booked(store: Store, view: SiteState, problem: Problem, at: datetime) -> list[ScheduledCar]:
    """Bookings that begin within the hours ahead, each at its socket or at one of its kind that has no car now."""
    by_id = {evse.id: evse for evse in problem.evses}
    found: list[ScheduledCar] = []
    for booking in store.bookings.live_at(view.site.id):
        evse = _socket_of(view, booking, {one.evse for one in found})
        if evse is not None and at < booking.window.start < at + AHEAD:
            limits = by_id[evse]
            stay = Stay(booking.window.start, booking.window.end, problem.policy.default_need_wh, limits.max_a * limits.watts_per_amp)
            found.append(ScheduledCar(str(booking.id), evse, stay))
    return found


def _socket_of(view: SiteState, booking: Booking, occupied: set[str]) -> str | None:
    if isinstance(booking.state, Bound):
        bound = booking.state.evse_id
        return next((evse.label for evse in view.evses if evse.id == bound), None)
    free = (evse.label for evse in view.evses if evse.kind == booking.kind and evse.id not in view.sessions)
    return next((label for label in free if label not in occupied), None)


def _imagined(problem: Problem, what_if: WhatIf) -> list[ScheduledCar]:
    """A usual car, now, at each additional charger; also in every free bay if the site is to be full."""
    occupied = {session.evse for session in problem.sessions} | set(problem.counted_a)
    chosen = [evse for evse in problem.evses if evse.id not in occupied and (what_if.full or evse.id.startswith(_NEW.format("")))]
    policy = problem.policy
    end = problem.now + timedelta(seconds=policy.default_stay_s)
    return [
        ScheduledCar(evse.id, evse.id, Stay(problem.now, end, policy.default_need_wh, evse.max_a * evse.watts_per_amp)) for evse in chosen
    ]


def _car(car: ScheduledCar, steps: Sequence[ScheduleStep], view: SiteState, by_label: dict[str, EvseId]) -> CarForecast:
    need_wh, got_wh, ready = car.stay.need_wh, 0.0, None
    for step in steps:
        watts = dict(step.watts).get(car.id, 0.0)
        gain = watts * (step.end - step.start).total_seconds() / 3600
        if ready is None and watts and got_wh + gain >= need_wh - 1:
            ready = step.start + timedelta(hours=max(0.0, need_wh - got_wh) / watts)
        got_wh += gain
    session = view.sessions.get(by_label[car.evse]) if car.evse in by_label else None
    session_id = session.id if session is not None and str(session.id) == car.id else None
    ready = car.stay.start if need_wh <= 0 else ready
    return CarForecast(car.id, car.evse, session_id, car.stay.start, car.stay.end, need_wh, min(got_wh, need_wh), ready)


def ready_time_range(store: Store, site_id: SiteId, session_id: SessionId, at: datetime) -> tuple[datetime | None, datetime | None]:
    """When a car has all it needs: if only booked cars come, and if every free bay is taken by a usual car now.

    None if it leaves before. Equally good schedules may serve cars in different order: the earlier of the two is returned first.
    """
    cars = (forecast_power(store, site_id, at).car_of(session_id), forecast_power(store, site_id, at, WhatIf(full=True)).car_of(session_id))
    first, last = (car.ready_at if car else None for car in cars)
    return (last, first) if first and last and last < first else (first, last)


def fair_share(sessions: Sequence[PlanSession], evses: Sequence[EvseLimits], at: datetime, usual_wh: float) -> dict[str, float]:
    """By session id: energy so far as a share of what was asked, or of what its bay alone could have given by now, if that is less."""
    watts = {evse.id: evse.max_a * evse.watts_per_amp for evse in evses}
    shares = {}
    for one in sessions:
        alone_wh = watts[one.evse] * (at - one.arrival).total_seconds() / 3600
        asked_wh = usual_wh if one.need_wh is None else one.need_wh
        if (possible := min(asked_wh, alone_wh)) > 0:
            shares[one.id] = min(1.0, one.delivered_wh / possible)
    return shares
