"""A planning request as a JSON document: a problem plus bookings due and energy costs; the result includes the schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from forecourt.planning.caps import capped, schedule_with_v2g, site_cap
from forecourt.planning.documents import parse_problem, parse_solar, parse_storage, plan_json
from forecourt.planning.fields import Field
from forecourt.planning.model import EvseLimits, Plan, Problem
from forecourt.planning.scheduling import ScheduledCar, ScheduleStep, StepMix, present_cars, schedule, without_v2g
from forecourt.planning.solver import Solver
from forecourt.planning.supply import PriceStep, Stay, Supply


@dataclass(frozen=True, slots=True)
class PlanningResult:
    """steps: the hours ahead if only booked cars come; cars that can give energy back are scheduled as if they could be ordered to.
    The plan's orders are limits from 0 A up, which cannot order a car to give back."""

    plan: Plan
    steps: tuple[ScheduleStep, ...]


@dataclass(frozen=True, slots=True)
class PlanningRequest:
    """supply None: energy costs the same at all hours. paid_w: peaks up to this cost nothing extra."""

    problem: Problem
    supply: Supply | None = None
    paid_w: float = 0.0
    booked_cars: tuple[ScheduledCar, ...] = ()

    def solve(self, solver: Solver) -> PlanningResult:
        problem = self.problem
        cap = site_cap(problem, self.supply, self.paid_w, self.booked_cars) if self.supply else None
        plan = solver.plan(capped(problem, cap.now_w) if cap else problem)
        if cap is not None and self.supply is not None:
            lent = any(one.v2g for one in problem.sessions)
            return PlanningResult(
                plan, (schedule_with_v2g(problem, self.supply, self.paid_w, self.booked_cars) if lent else ()) or cap.steps
            )
        flat = self.supply or Supply((PriceStep(problem.now, 0.0),), 1.0)
        return PlanningResult(plan, schedule(problem, flat, [*without_v2g(present_cars(problem)), *self.booked_cars]))


def parse_planning_request(document: object) -> PlanningRequest:
    """Parse a decoded JSON document; BadInput names the path of the wrong field.

    Besides what `parse_problem` reads: bookings of start, end?, id?, evse?, need_wh?, max_a?; prices of start and per_kwh; earns_per_kwh?
    (default: energy is always worth buying); demand? of per_kw and paid_kw?; solar? and storage? as in `parse_solar` and `parse_storage`.
    """
    top, problem = Field(document), parse_problem(document)
    prices, demand = top.get("prices"), top.get("demand")
    supply = None
    steps = tuple(PriceStep(one["start"].instant(), one["per_kwh"].number(-1000, 1000)) for one in prices.items()) if prices else ()
    for name, label in (("demand", "a demand charge"), ("solar", "a solar plant"), ("storage", "a storage")):
        if top.get(name) is not None and not steps:
            raise (prices or top["prices"]).refuse(f"a list of start and per_kwh, where there is {label}")
    if steps:
        earns = top.get("earns_per_kwh")
        feed_in_value = earns.number(0, 1000) if earns else 10 * max(1.0, *(abs(step.per_kwh) for step in steps))
        solar, storage = top.get("solar"), top.get("storage")
        supply = Supply(
            steps,
            feed_in_value,
            demand["per_kw"].number(0, 1e6) if demand else 0.0,
            solar=parse_solar(solar) if solar else None,
            storage=parse_storage(storage) if storage else None,
        )
    paid = demand.get("paid_kw") if demand else None
    paid_w = paid.number(0, 1e6) * 1000 if paid else 0.0
    return PlanningRequest(problem, supply, paid_w, _bookings(top.get("bookings"), problem))


def planning_result_json(result: PlanningResult) -> dict[str, object]:
    """`plan_json` plus "schedule": [{"start", "end", "power_w", "sessions": [{"id", "power_w"}]}]; if not all power comes from the grid,
    also "grid_w", "sun_w", "fed_in_w", "storage_w" and "storage_wh"."""
    written = [
        {
            "start": step.start.isoformat().replace("+00:00", "Z"),
            "end": step.end.isoformat().replace("+00:00", "Z"),
            "power_w": round(step.total_w),
            "sessions": [{"id": name, "power_w": round(watts)} for name, watts in step.watts],
            **_mix_json(step.mix),
        }
        for step in result.steps
    ]
    return {**plan_json(result.plan), "schedule": written}


def _mix_json(mix: StepMix | None) -> dict[str, int]:
    if mix is None:
        return {}
    names = {"grid_w": mix.grid_w, "sun_w": mix.sun_w, "fed_in_w": mix.fed_w, "storage_w": mix.storage_w, "storage_wh": mix.level_wh}
    return {name: round(value) for name, value in names.items()}


def _bookings(listed: Field | None, problem: Problem) -> tuple[ScheduledCar, ...]:
    """Booked cars that are still to come, each at its EVSE or at one that is free now. Bookings that have begun are left out."""
    by_id = {evse.id: evse for evse in problem.evses}
    occupied = {session.evse for session in problem.sessions}
    free = [evse for evse in problem.evses if evse.id not in occupied and evse.id not in problem.counted_a]
    read = [_booking(entry, place, by_id, free, problem) for place, entry in enumerate(listed.items())] if listed else []
    return tuple(one for one in read if one is not None)


def _booking(entry: Field, index: int, by_id: dict[str, EvseLimits], free: Sequence[EvseLimits], problem: Problem) -> ScheduledCar | None:
    start, end, need, most = entry["start"].instant(), entry.get("end"), entry.get("need_wh"), entry.get("max_a")
    name, at = entry.get("id"), entry.get("evse")
    if at is not None and at.text() not in by_id:
        raise at.refuse("one of the EVSEs")
    evse = by_id[at.text()] if at is not None else free[index % len(free)] if free else None
    until = end.instant() if end else start + timedelta(seconds=problem.policy.default_stay_s)
    if until <= start:
        raise entry["end"].refuse("after its start")
    need_wh = need.number() if need else problem.policy.default_need_wh
    most_a = min(evse.max_a, most.whole(0, 1000)) if evse and most else evse.max_a if evse else 0
    if evse is None or start <= problem.now:
        return None
    return ScheduledCar(name.text() if name else f"booking {index + 1}", evse.id, Stay(start, until, need_wh, most_a * evse.watts_per_amp))
