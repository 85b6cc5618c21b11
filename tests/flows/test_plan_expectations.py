"""What plans expect of cars: needs stated by drivers, or observed stays where these have predicted better."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from forecourt.drivers import ChargingNeed
from forecourt.flows.power import PlannerMemory, learn_stays, plan_power
from forecourt.kernel import SessionId
from forecourt.planning import Plan, PlanSession, Problem, Solver
from power_world import NOON, at, safe_fallback

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Listening:
    """A real solver that stores the last problem it was given."""

    took_ms: float | None = None

    def __init__(self) -> None:
        self._solver = Solver()

    def plan(self, problem: Problem) -> Plan:
        self.asked = problem
        return self._solver.plan(problem)


def teach(forecourt, *, says_h: float, stays_h: float, takes_wh: int) -> None:
    """Ninety days on which drivers stated one need at noon and had another."""
    transaction = forecourt.starts("CP1", -100 * 24 * 60).transaction
    forecourt.stops("CP1", transaction, -100 * 24 * 60 + 60, 5000)
    with forecourt.transactions.begin() as store:
        (record,) = store.sessions.records(forecourt.site_id)
        for day in range(1, 91):
            begins = NOON - DAY * day
            ends = begins + HOUR * stays_h
            phases = (replace(record.phases[0], start=begins, end=ends, energy_wh=takes_wh),)
            names = {"session_id": SessionId(forecourt.ids.new(begins)), "transaction": f"T{day}", "phases": phases, "energy_wh": takes_wh}
            words = {"stated_departure": begins + HOUR * says_h, "stated_wh": 20_000}
            store.sessions.end(replace(record, started_at=begins, ended_at=ends, meter_stop_wh=None, **names, **words))
        learn_stays(store, forecourt.site_id, NOON)


def heard(forecourt, minute: float, memory: PlannerMemory | None) -> PlanSession:
    safe_fallback(forecourt)
    solver = Listening()
    with forecourt.transactions.begin() as store:
        need = ChargingNeed(forecourt.operator_id, forecourt.site_id, forecourt.card_driver, 20_000, at(120), at(0))
        store.drivers.put_need(need)
        plan_power(store, forecourt.site_id, at(minute), forecourt.ids, solver, memory)
    (session,) = solver.asked.sessions
    return session


def middle(leaves: tuple[datetime, ...]) -> datetime:
    return leaves[len(leaves) // 2]


def test_plans_use_observed_stays_where_they_predict_better_than_stated_departures(forecourt) -> None:
    teach(forecourt, says_h=2.0, stays_h=7.0, takes_wh=8000)
    forecourt.starts("CP1", 0)
    expected = heard(forecourt, 1, PlannerMemory())
    assert (middle(expected.leaves), expected.need_wh) == (at(7 * 60), 8000.0)
    assert heard(forecourt, 2, None).leaves == ()


def test_a_plan_expects_arrivals_as_on_the_days_before(forecourt) -> None:
    teach(forecourt, says_h=2.0, stays_h=7.0, takes_wh=8000)
    forecourt.starts("CP1", -60)
    memory, solver = PlannerMemory(), Listening()
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        plan_power(store, forecourt.site_id, at(-30), forecourt.ids, solver, memory)
    assert {(one.start, one.end, one.need_wh) for one in solver.asked.expected_stays} == {(NOON, NOON + HOUR * 7, 8000.0)}
    assert sum(one.times for one in solver.asked.expected_stays) == pytest.approx(1.0)


def test_plans_use_stated_needs_where_drivers_have_kept_to_them(forecourt) -> None:
    teach(forecourt, says_h=2.0, stays_h=2.0, takes_wh=20_000)
    forecourt.starts("CP1", 0)
    expected = heard(forecourt, 1, PlannerMemory())
    assert (expected.leaves, expected.departure, expected.need_wh) == ((), at(120), 20_000.0)


def test_a_running_planner_reloads_what_was_learned_at_night(forecourt) -> None:
    forecourt.starts("CP2", 0)
    memory = PlannerMemory()
    assert heard(forecourt, 1, memory).leaves == ()
    teach(forecourt, says_h=2.0, stays_h=7.0, takes_wh=8000)
    assert heard(forecourt, 2, memory).leaves == ()
    assert middle(heard(forecourt, 70, memory).leaves) == at(7 * 60)


@pytest.mark.parametrize("minute", [500, 3000])
def test_a_car_that_stays_longer_than_any_before_is_planned_by_its_stated_departure(forecourt, minute: int) -> None:
    teach(forecourt, says_h=2.0, stays_h=7.0, takes_wh=8000)
    forecourt.starts("CP1", 0)
    expected = heard(forecourt, minute, PlannerMemory())
    assert (expected.leaves, expected.departure) == ((), None)
