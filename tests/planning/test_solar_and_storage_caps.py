"""The cost cap of a site with solar and storage, its schedule, and the request document: costs never override limits."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.planning import (
    EvseLimits,
    Node,
    PlanSession,
    PriceStep,
    Problem,
    Row,
    ScheduledCar,
    Solar,
    Solver,
    Stay,
    Storage,
    SunStep,
    Supply,
    V2gBattery,
    capped,
    maximize_profit,
    parse_planning_request,
    planning_result_json,
    schedule,
    site_cap,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVSES = tuple(EvseLimits(f"e{n}", 32) for n in range(4))
LIMITS = (Node("site", limit_w=12_000, evses=("e0", "e1", "e2", "e3")), Row("wire", 40, (("e0", 1.0), ("e1", 1.0))))


def at(hour: float) -> datetime:
    return NOON + timedelta(hours=hour)


def sun(*watts: float) -> Solar:
    return Solar(tuple(SunStep(at(n), one) for n, one in enumerate(watts)))


def supply(*prices: float, **more: object) -> Supply:
    return Supply(tuple(PriceStep(at(2 * n), price) for n, price in enumerate(prices)), 0.3, **more)  # type: ignore[arg-type]


def car(n: int, until_h: float, need_wh: float, **more: object) -> PlanSession:
    return PlanSession(f"s{n}", f"e{n}", NOON, departure=at(until_h), need_wh=need_wh, **more)  # type: ignore[arg-type]


def problem(*cars: PlanSession, **more: object) -> Problem:
    return Problem(NOON, 300, EVSES, LIMITS, cars, **more)  # type: ignore[arg-type]


def test_solar_power_raises_the_cost_cap_and_no_electrical_limit() -> None:
    """At a prohibitive demand charge, the cap is the solar power; at noon in June it is the electrical limit."""
    asked, hour_costs = problem(car(0, 4, 20_000), car(1, 4, 20_000), car(2, 4, 20_000)), {"demand_per_kw": 99.0}
    assert site_cap(asked, supply(0.1, **hour_costs), 0.0).now_w == pytest.approx(0, abs=100)
    assert site_cap(asked, supply(0.1, solar=sun(5000, 5000, 5000, 5000), **hour_costs), 0.0).now_w == pytest.approx(5000, abs=2)
    cap = site_cap(asked, supply(0.1, solar=sun(90_000, 90_000, 90_000, 90_000), **hour_costs), 0.0)
    plan = Solver().plan(capped(asked, cap.now_w))
    assert cap.now_w <= 12_000 * 1.001
    assert sum(plan.amps.values()) * 230 <= 12_000 and plan.amps["e0"] + plan.amps["e1"] <= 40


def test_storage_raises_the_cap_in_expensive_hours_and_minimum_currents_fit_under_solar_power() -> None:
    asked = problem(car(0, 1.5, 9000))
    assert site_cap(asked, supply(0.31), 0.0).now_w == pytest.approx(0, abs=1)
    stored = supply(0.31, 0.05, storage=Storage(20_000, 20_000, 4000, 4000))
    assert site_cap(asked, stored, 0.0).now_w == pytest.approx(4000, abs=2)
    charging = problem(car(0, 8, 5000, charging_since=NOON))
    shining = supply(0.29, 0.01, solar=sun(1500, 0))
    assert site_cap(charging, shining, 0.0).now_w == pytest.approx(max(1500, 6 * 230), abs=2)


def test_a_car_uses_solar_power_at_once_where_the_grid_is_too_expensive() -> None:
    cap = site_cap(problem(car(0, 8, 5000)), supply(0.6, solar=sun(4000, 4000, 4000, 4000)), 0.0)
    assert cap.now_w == pytest.approx(4000, abs=2)


cars = st.lists(st.tuples(st.floats(0.5, 8), st.integers(0, 20_000)), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(cars, st.lists(st.integers(0, 9000), min_size=8, max_size=8), st.floats(0, 1), st.floats(0, 0.3), st.integers(0, 20))
def test_every_step_balances_within_the_limits_and_the_peak(given_cars, watts, level, demand, held_a) -> None:
    battery = Storage(10_000, 10_000 * level, 4000, 4000)
    asked = problem(*(car(n, *one) for n, one in enumerate(given_cars[:3])), counted_a={"e3": float(held_a)})
    cap = site_cap(asked, supply(0.2, 0.1, 0.25, solar=sun(*watts), storage=battery, demand_per_kw=demand), 2000.0)
    assert cap is not None
    for step in cap.steps:
        assert step.total_w + step.mix.storage_w == pytest.approx(step.mix.grid_w + step.mix.sun_w, abs=2)
        assert step.total_w <= 12_000 * 1.004 and step.mix.grid_w <= max(2000.0, cap.peak_w) * 1.001 + 2
        drawn = dict(step.watts)
        assert drawn.get("s0", 0) + drawn.get("s1", 0) <= 40 * 230 * 1.004
        assert 0 <= step.mix.level_wh <= 10_001


@settings(max_examples=30, deadline=None)
@given(cars, st.floats(0, 0.4), st.integers(0, 5000))
def test_a_solar_plant_without_output_changes_no_profit(given_cars, demand, paid_w) -> None:
    """Without solar output both programs are the same."""
    stays = [Stay(NOON, at(hours), float(need), 7360.0) for hours, need in given_cars]
    plain, nothing = supply(0.2, 0.1, 0.25, demand_per_kw=demand), Solar(())
    assert maximize_profit(stays, replace(plain, solar=nothing), paid_w).profit == pytest.approx(
        maximize_profit(stays, plain, paid_w).profit, abs=1e-4
    )


def lending(**more: object) -> PlanSession:
    return car(0, 4, 2000, v2g=V2gBattery(5000, 30_000, 60_000, 20_000, 0.01), **more)


def test_vehicle_to_grid_is_never_ordered_from_a_car() -> None:
    """The plan, its cap and its orders equal those of the same car without vehicle-to-grid."""
    hour_costs, other = supply(0.29, 0.05, demand_per_kw=0.1), car(1, 2, 6000)
    with_it, without = problem(lending(), other), problem(replace(lending(), v2g=None), other)
    assert site_cap(with_it, hour_costs, 0.0) == site_cap(without, hour_costs, 0.0)
    assert Solver().plan(with_it) == Solver().plan(without)


def test_the_schedule_shows_vehicle_to_grid_power_within_the_limits() -> None:
    stay = Stay(NOON, at(4), 2000, 7360, v2g=lending().v2g)
    other = ScheduledCar("s1", "e1", Stay(NOON, at(2), 6000, 7360))
    steps = schedule(problem(), supply(0.29, 0.05), [ScheduledCar("s0", "e0", stay), other])
    wh = {
        name: sum(dict(step.watts).get(name, 0) * (step.end - step.start).total_seconds() / 3600 for step in steps) for name in ("s0", "s1")
    }
    assert wh == {"s0": pytest.approx(2000, rel=0.01), "s1": pytest.approx(6000, rel=0.01)}
    assert sum(dict(step.watts)["s0"] for step in steps if step.start < at(2)) < -1000
    assert all(step.mix.grid_w == pytest.approx(0, abs=2) for step in steps if step.start < at(2))


DOCUMENT = {
    "now": "2026-11-23T12:00:00Z",
    "limits": {"kind": "tree", "nodes": [{"name": "site", "limit_w": 22000, "evses": ["A", "B"]}]},
    "evses": [{"id": name, "phases": ["L1"], "min_a": 6, "max_a": 32} for name in "AB"],
    "sessions": [
        {
            "id": "1",
            "evse": "A",
            "arrival": "2026-11-23T11:00:00Z",
            "departure": "2026-11-23T16:00:00Z",
            "need_wh": 9000,
            "most_back_w": 5000,
            "level_wh": 30000,
            "capacity_wh": 60000,
            "least_wh": 25000,
            "back_per_kwh": 0.05,
        },
        {"id": "2", "evse": "B", "arrival": "2026-11-23T11:50:00Z", "departure": "2026-11-23T14:00:00Z", "need_wh": 9000},
    ],
    "prices": [{"start": "2026-11-23T12:00:00Z", "per_kwh": 0.45}, {"start": "2026-11-23T14:00:00Z", "per_kwh": 0.1}],
    "earns_per_kwh": 0.5,
    "solar": {
        "steps": [{"start": "2026-11-23T12:00:00Z", "watts": 3000}, {"start": "2026-11-23T13:00:00Z", "watts": 1000}],
        "feed_in_per_kwh": 0.08,
    },
    "storage": {"capacity_wh": 10000, "level_wh": 5000, "most_charge_w": 4000, "most_discharge_w": 1000},
}


def test_a_document_with_solar_storage_and_vehicle_to_grid_is_answered_with_all_of_them() -> None:
    written = planning_result_json(parse_planning_request(DOCUMENT).solve(Solver()))
    first = written["schedule"][0]
    json.dumps(written)
    assert first["sun_w"] == 3000 and first["storage_w"] == -1000 and first["fed_in_w"] == 0
    assert first["power_w"] == first["grid_w"] + 4000
    assert first["sessions"][0]["power_w"] < 0 and all(one["amps"] >= 0 for one in written["setpoints"])


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("solar", "steps", 1, "start"), "2026-11-23T12:00:00Z", "solar.steps[1].start"),
        (("solar", "steps", 0, "watts"), -1, "solar.steps[0].watts"),
        (("solar", "feed_in_per_kwh"), -0.1, "solar.feed_in_per_kwh"),
        (("storage", "level_wh"), 10001, "storage.level_wh"),
        (("storage", "efficiency"), 0, "storage.efficiency"),
        (("storage", "efficiency"), 1.2, "storage.efficiency"),
        (("storage", "reserve_wh"), 10001, "storage.reserve_wh"),
        (("storage", "most_charge_w"), None, "storage.most_charge_w"),
        (("sessions", 0, "level_wh"), 60001, "sessions[0].level_wh"),
        (("sessions", 0, "capacity_wh"), None, "sessions[0].capacity_wh"),
        (("sessions", 0, "least_wh"), 60001, "sessions[0].least_wh"),
        (("prices",), [], "prices"),
        (("prices",), None, "prices"),
    ],
)
def test_an_invalid_field_is_named_by_its_path(path, value, said) -> None:
    document: dict[str, object] = deepcopy(DOCUMENT)
    inner: object = document
    for step in path[:-1]:
        inner = inner[step]  # type: ignore[index]
    inner[path[-1]] = value  # type: ignore[index]
    with pytest.raises(BadInput) as refused:
        parse_planning_request(document)
    assert said in str(refused.value.text)
