"""Energy prices and a demand charge: the schedule, the cap it sets, and the forecast of the month's peak."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from forecourt.kernel import BadInput
from forecourt.planning import (
    CAP_NAME,
    EvseLimits,
    Node,
    PlanSession,
    PriceStep,
    Problem,
    Solver,
    Stay,
    Supply,
    capped,
    maximize_profit,
    peak_forecast_w,
    site_cap,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
EVSES = tuple(EvseLimits(f"e{n}", 32) for n in range(4))
LIMITS = (Node("site", limit_w=30_000, evses=("e0", "e1", "e2", "e3")),)


def at(hour: float) -> datetime:
    return NOON + timedelta(hours=hour)


def supply(*prices: tuple[float, float], demand: float = 0.0, earns: float = 0.3) -> Supply:
    return Supply(tuple(PriceStep(at(hour), price) for hour, price in prices), earns, demand)


def car(n: int, until_h: float, need_wh: float, **more: object) -> PlanSession:
    return PlanSession(f"s{n}", f"e{n}", NOON, departure=at(until_h), need_wh=need_wh, **more)  # type: ignore[arg-type]


def problem(*cars: PlanSession, **more: object) -> Problem:
    return Problem(NOON, 300, EVSES, LIMITS, cars, **more)  # type: ignore[arg-type]


def test_energy_is_bought_in_the_cheapest_hours_of_the_stay() -> None:
    found = maximize_profit([Stay(NOON, at(3), 4000, 2000)], supply((0, 0.2), (2, 0.1)))
    assert found is not None
    assert found.total_w == pytest.approx([1000, 2000])
    assert found.profit == pytest.approx(2 * 0.1 + 2 * 0.2)


def test_energy_that_costs_more_than_its_selling_price_is_not_bought() -> None:
    found = maximize_profit([Stay(NOON, at(2), 9000, 5000)], supply((0, 0.4), (1, 0.2)))
    assert found is not None
    assert found.total_w == pytest.approx([0, 5000])


def test_a_demand_charge_spreads_the_load_and_an_already_paid_peak_costs_nothing() -> None:
    stays = [Stay(NOON, at(4), 8000, 8000), Stay(NOON, at(2), 2000, 8000)]
    assert maximize_profit(stays, supply((0, 0.1), demand=0.3)).peak_w == pytest.approx(2500)  # type: ignore[union-attr]
    assert maximize_profit(stays, supply((0, 0.1), demand=99.0)).peak_w == pytest.approx(0)  # type: ignore[union-attr]
    paid = maximize_profit(stays, supply((0, 0.1), demand=99.0), paid_w=2000)
    assert paid is not None
    assert (paid.peak_w, paid.profit) == pytest.approx((2000, 8 * 0.2))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(0, 9000)), min_size=1, max_size=4),
    st.lists(st.floats(0, 0.5), min_size=8, max_size=8),
    st.floats(0, 1),
    st.integers(0, 6000),
)
def test_a_second_solver_finds_the_same_profit_on_whole_hours(stays, prices, demand, paid_w) -> None:
    cars = [Stay(at(start), at(start + hours), need, 3000) for start, hours, need in stays]
    ours = maximize_profit(cars, supply(*enumerate(prices), demand=demand), paid_w)
    here = np.array([[start <= hour < start + hours for hour in range(8)] for start, hours, _ in stays])
    cost = np.append(np.tile(np.array(prices) - 0.3, len(stays)), demand)
    need_rows = [np.append((np.arange(len(stays)) == n).repeat(8), 0) for n in range(len(stays))]
    hour_rows = [np.append(np.tile(np.arange(8) == hour, len(stays)), -1) for hour in range(8)]
    high = [need / 1000 for _, _, need in stays] + [paid_w / 1000] * 8
    bounds = [(0, 3.0 * there) for there in here.ravel()] + [(0, None)]
    best = linprog(cost, np.array(need_rows + hour_rows, dtype=float), high, bounds=bounds)
    assert ours is not None
    assert ours.profit == pytest.approx(-best.fun, abs=1e-6)


def test_at_a_constant_price_the_cap_is_all_that_the_cars_can_use() -> None:
    cap = site_cap(problem(car(0, 2, 20_000), car(1, 2, 300)), supply((0, 0.1)), 0.0)
    assert cap is not None
    assert cap.now_w == pytest.approx(32 * 230 + 300 * 12)


def test_the_cap_waits_for_cheap_energy_without_switching_off_a_charging_car() -> None:
    """Its minimum current fits as far as the peak is already paid for."""
    hour_costs = supply((0, 0.29), (2, 0.1))
    waiting = site_cap(problem(car(0, 8, 5000)), hour_costs, 5000)
    charging = site_cap(problem(car(0, 8, 5000, charging_since=NOON)), hour_costs, 5000)
    assert waiting is not None
    assert charging is not None
    assert (waiting.now_w, charging.now_w) == (pytest.approx(0, abs=1), 6 * 230)
    assert [step.total_w for step in waiting.steps if step.start < at(2)] == [pytest.approx(0, abs=1)]
    assert max(step.total_w for step in waiting.steps) > 1000


def test_uncontrollable_loads_count_under_the_cap_and_do_not_stop_the_others() -> None:
    asked = problem(car(0, 1, 3000), counted_a={"e3": 10.0})
    cap = site_cap(asked, supply((0, 0.1), demand=50.0), 4000)
    assert cap is not None
    assert cap.now_w == pytest.approx(4000)
    plan = Solver().plan(capped(asked, cap.now_w))
    assert (plan.amps["e0"], plan.binding) == (7, (CAP_NAME,))


@settings(max_examples=30, deadline=None)
@given(st.floats(1500, 20_000))
def test_repeated_capping_does_not_raise_the_months_peak(paid_w: float) -> None:
    """The month's peak is what was drawn: rounded up, it would rise from step to step."""
    asked, peak_w = problem(*(car(n, 8, 90_000) for n in range(3))), paid_w
    for _ in range(3):
        cap = site_cap(asked, supply((0, 0.1), demand=500.0), peak_w)
        assert cap is not None
        peak_w = max(peak_w, capped(asked, cap.now_w).limits[-1].limit_w or 0.0)
    assert peak_w <= paid_w + 1


def test_without_cars_there_is_no_cap() -> None:
    assert site_cap(problem(), supply((0, 0.1)), 0.0) is None


def test_the_forecast_peak_is_the_best_choice_for_the_days_of_the_history() -> None:
    """Two equal working days: 20 kWh in five hours need 4 kW, and each kilowatt sells 5 kWh a day."""
    history = [Stay(at(24 * day), at(24 * day + 5), 20_000, 11_000) for day in (0, 1)]
    seen, coming = [date(2026, 11, 23), date(2026, 11, 24)], [date(2026, 12, day) for day in range(1, 31)]
    forecast = peak_forecast_w(history, seen, coming, supply((0, 0.1), demand=15.0), 0.0, "UTC")
    assert forecast == pytest.approx(4000)
    assert peak_forecast_w(history, seen, coming[-2:], supply((0, 0.1), demand=15.0), 0.0, "UTC") == 0, "two days do not pay for it"
    assert peak_forecast_w(history, seen, coming, supply((0, 0.1), demand=15.0), 9000.0, "UTC") == 9000, "what was had stays paid"


def test_weekends_are_forecast_from_weekends() -> None:
    saturday = [Stay(at(24 * 5), at(24 * 5 + 5), 20_000, 11_000)]
    working, weekend = [date(2026, 11, 30)] * 20, [date(2026, 12, 5)] * 20
    rates = supply((0, 0.1), demand=15.0)
    assert peak_forecast_w(saturday, [date(2026, 11, 28)], working, rates, 0.0, "UTC") == 0
    assert peak_forecast_w(saturday, [date(2026, 11, 28)], weekend, rates, 0.0, "UTC") == pytest.approx(4000)


def test_a_supply_without_prices_or_out_of_order_is_refused() -> None:
    with pytest.raises(BadInput, match="no price"):
        Supply((), 0.3)
    with pytest.raises(BadInput, match="order"):
        supply((1, 0.1), (0, 0.1))
    with pytest.raises(BadInput, match="ends before"):
        Stay(at(1), NOON, 1, 1)
