"""Solar, storage and vehicle-to-grid: the schedule is as profitable as that of a second solver and stays within its limits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import clarabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from forecourt.kernel import BadInput
from forecourt.planning import PriceStep, ProfitSchedule, Solar, Stay, Storage, SunStep, Supply, V2gBattery, maximize_profit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOURS = 8


def at(hour: float) -> datetime:
    return NOON + timedelta(hours=hour)


def supply(*prices: float, sun: tuple[float, ...] = (), feed_in: float = 0.0, **more: object) -> Supply:
    solar = Solar(tuple(SunStep(at(n), watts) for n, watts in enumerate(sun)), feed_in) if sun else None
    return Supply(tuple(PriceStep(at(n), price) for n, price in enumerate(prices)), 0.3, solar=solar, **more)  # type: ignore[arg-type]


def found(stays: list[Stay], asked: Supply, paid_w: float = 0.0, hours: int = HOURS) -> ProfitSchedule:
    got = maximize_profit(stays, asked, paid_w, [at(hour) for hour in range(hours + 1)])
    assert got is not None
    return got


def referee(stays: list[Stay], asked: Supply, paid_w: float, hours: int = HOURS) -> float:
    """The same profit by interior points, on whole hours. Levels are sums of flows, what is fed in is a flow of its own, needs are hard."""
    price = np.array([asked.per_kwh(at(n)) for n in range(hours)])
    sun = np.array([step.watts for step in asked.solar.steps[:hours]]) / 1000 if asked.solar else np.zeros(hours)
    feed_in, battery = asked.solar.feed_in_per_kwh if asked.solar else 0.0, asked.storage or Storage(0, 0, 0, 0, 1.0)
    inside = battery.efficiency**0.5
    left = max(0.0, price.mean() - battery.wear_per_kwh) * inside
    cars, h = len(stays), hours
    names = [*(f"in{n}" for n in range(cars)), *(f"out{n}" for n in range(cars)), "used", "fed", "charge", "discharge"]
    place = {name: slice(n * h, (n + 1) * h) for n, name in enumerate(names)}
    width = len(names) * h + 1
    gain, high, rows, limits = np.zeros(width), np.full(width, 1e3), [], []

    def hold(limit: float, **terms: np.ndarray) -> None:
        row = np.zeros(width)
        for name, term in terms.items():
            row[-1 if name == "peak" else place[name]] += term
        rows.append(row)
        limits.append(limit)

    one, every = np.ones(h), np.eye(h)
    for n, stay in enumerate(stays):
        back = stay.v2g
        there = np.array([stay.start <= at(hour) and at(hour + 1) <= stay.end for hour in range(h)])
        high[place[f"in{n}"]], high[place[f"out{n}"]] = there * stay.most_w / 1000, there * (back.most_w / 1000 if back else 0)
        gain[place[f"in{n}"]], gain[place[f"out{n}"]] = asked.earns_per_kwh, -asked.earns_per_kwh - (back.per_kwh if back else 0)
        hold(stay.need_wh / 1000, **{f"in{n}": one, f"out{n}": -one})
        if back:
            hold(-stay.need_wh / 1000, **{f"in{n}": -one, f"out{n}": one})
            for hour in range(h):
                upto = (np.arange(h) <= hour).astype(float)
                hold((back.capacity_wh - back.level_wh) / 1000, **{f"in{n}": upto, f"out{n}": -upto})
                hold((back.level_wh - back.least_wh) / 1000, **{f"in{n}": -upto, f"out{n}": upto})
    high[place["charge"]], high[place["discharge"]] = battery.most_charge_w / 1000, battery.most_discharge_w / 1000
    gain[place["fed"]], gain[place["discharge"]], gain[-1] = feed_in, -battery.wear_per_kwh, -asked.demand_per_kw
    gain[place["charge"]] += left * inside - np.maximum(-price, 0)  # filling it is free at most, and never paid for
    gain[place["discharge"]] -= left / inside
    least = min(battery.reserve_wh, battery.level_wh)
    for hour in range(h):
        upto = (np.arange(h) <= hour).astype(float)
        hold((battery.capacity_wh - battery.level_wh) / 1000, charge=upto * inside, discharge=-upto / inside)
        hold((battery.level_wh - least) / 1000, charge=-upto * inside, discharge=upto / inside)
        hold(sun[hour], used=every[hour], fed=every[hour])
        drawn = {f"in{n}": every[hour] for n in range(cars)} | {f"out{n}": -every[hour] for n in range(cars)}
        grid = {**drawn, "charge": every[hour], "used": -every[hour], "discharge": -every[hour]}
        hold(0.0, **{name: -term for name, term in grid.items()})
        hold(paid_w / 1000, **grid, peak=np.array(-1.0))
        for name, term in grid.items():
            gain[place[name]] -= term * price[hour]
    matrix = sparse.csc_matrix(np.vstack([*rows, -np.eye(width), np.eye(width)]))
    offsets = np.concatenate([limits, np.zeros(width), high])
    quiet = clarabel.DefaultSettings()
    quiet.verbose = False
    zero, cones = sparse.csc_matrix((width, width)), [clarabel.NonnegativeConeT(len(offsets))]
    return -clarabel.DefaultSolver(zero, -gain, matrix, offsets, cones, quiet).solve().obj_val


cars = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(0, 9000)), min_size=1, max_size=4)
suns = st.lists(st.integers(0, 9000), min_size=HOURS, max_size=HOURS)
prices = st.lists(st.floats(-0.1, 0.5), min_size=HOURS, max_size=HOURS)
batteries = st.builds(
    lambda capacity, level, power, efficiency, reserve, wear: Storage(capacity, level * capacity, power, power, efficiency, reserve, wear),
    st.integers(5000, 20_000),
    st.floats(0, 1),
    st.integers(500, 8000),
    st.floats(0.6, 1),
    st.integers(0, 5000),
    st.floats(0, 0.05),
)


def stays_of(given_cars) -> list[Stay]:
    return [Stay(at(start), at(start + hours), need, 3000) for start, hours, need in given_cars]


@settings(max_examples=80, deadline=None)
@given(cars, prices, suns, batteries, st.floats(0, 0.08), st.floats(0, 1), st.integers(0, 6000))
def test_a_second_solver_finds_the_same_profit_with_solar_and_storage(given_cars, price, sun, battery, feed_in, demand, paid_w) -> None:
    asked = supply(*price, sun=tuple(sun), feed_in=feed_in, storage=battery, demand_per_kw=demand)
    ours = found(stays_of(given_cars), asked, paid_w)
    paid_for = np.maximum(-np.array(price), 0) @ np.maximum(ours.mix.storage_w, 0) / 1000
    assert ours.profit - paid_for == pytest.approx(referee(stays_of(given_cars), asked, paid_w), rel=1e-3, abs=2e-3)


@settings(max_examples=60, deadline=None)
@given(cars, prices, suns, st.data())
def test_a_second_solver_finds_the_same_profit_with_vehicle_to_grid(given_cars, price, sun, data) -> None:
    stays = []
    for stay in stays_of(given_cars):
        most_wh = 3000 * (stay.end - stay.start).total_seconds() / 3600
        level, wear = data.draw(st.integers(0, 20_000)), data.draw(st.floats(0, 0.1))
        back = V2gBattery(data.draw(st.integers(0, 3000)), level, 30_000, data.draw(st.integers(0, level)), wear)
        stays.append(replace(stay, need_wh=min(stay.need_wh, most_wh), v2g=back))
    asked = supply(*price, sun=tuple(sun), demand_per_kw=0.2)
    assert found(stays, asked).profit == pytest.approx(referee(stays, asked, 0.0), rel=1e-3, abs=2e-3)


@settings(max_examples=60, deadline=None)
@given(cars, prices, suns, batteries, st.floats(0, 0.08))
def test_power_flows_balance_and_storage_never_charges_and_discharges_at_once(given_cars, price, sun, battery, feed_in) -> None:
    asked = supply(*price, sun=tuple(sun), feed_in=feed_in, storage=battery)
    mix, ours = found(stays_of(given_cars), asked).mix, found(stays_of(given_cars), asked)
    assert mix.grid_w + mix.sun_w == pytest.approx(ours.total_w + mix.storage_w, abs=0.1)
    assert mix.sun_w + mix.fed_w == pytest.approx(sun, abs=0.1)
    assert min(mix.grid_w.min(), mix.sun_w.min(), mix.fed_w.min()) > -0.1
    inside = battery.efficiency**0.5
    steps = np.where(mix.storage_w > 0, mix.storage_w * inside, mix.storage_w / inside)
    assert mix.level_wh == pytest.approx(battery.level_wh + np.cumsum(steps), abs=1), "or else something went in and out in the same hour"
    assert mix.level_wh.min() >= min(battery.reserve_wh, battery.level_wh) - 0.1


@settings(max_examples=40, deadline=None)
@given(cars, prices.map(lambda found: [max(0.0, price) for price in found]), suns, batteries, st.integers(1, 5000), st.floats(0, 1))
def test_more_solar_power_never_reduces_profit(given_cars, price, sun, battery, more_w, demand) -> None:
    asked = supply(*price, sun=tuple(sun), storage=battery, demand_per_kw=demand)
    sunnier = supply(*price, sun=tuple(watts + more_w for watts in sun), storage=battery, demand_per_kw=demand)
    assert found(stays_of(given_cars), sunnier).profit >= found(stays_of(given_cars), asked).profit - 1e-4


@settings(max_examples=40, deadline=None)
@given(cars, st.floats(0, 0.29), st.integers(0, 9000))
def test_lossless_storage_brings_no_profit_at_a_constant_price(given_cars, price, level_wh) -> None:
    stays, battery = stays_of(given_cars), Storage(9000, level_wh, 5000, 5000, 1.0)
    assert found(stays, supply(price, storage=battery)).profit == pytest.approx(found(stays, supply(price)).profit, abs=1e-3)


def test_storage_charges_at_low_and_discharges_at_high_prices() -> None:
    """Two hours at 0.10 and two at 0.30: of 4 kWh needed at 0.30, 2 kWh come from the storage. 90 % of what goes in comes out."""
    car, hour_costs = [Stay(at(2), at(4), 4000, 4000)], supply(0.1, 0.1, 0.29, 0.29)
    ideal, real = Storage(2000, 0, 5000, 5000, 1.0), Storage(2000, 0, 5000, 5000, 0.81)
    alone = found(car, hour_costs, hours=4).profit
    assert alone == pytest.approx(4 * 0.01)
    assert found(car, replace(hour_costs, storage=ideal), hours=4).profit - alone == pytest.approx(2 * 0.19, abs=1e-3)
    assert found(car, replace(hour_costs, storage=real), hours=4).profit - alone == pytest.approx(1.8 * 0.29 - 2 / 0.9 * 0.1, abs=1e-3)


def test_the_final_storage_level_is_valued_at_the_mean_price() -> None:
    """Without cars, at a mean price of 0.20: it fills at 0.10 and not at 0.30, and no energy is discarded."""
    cheap = found([], supply(0.1, 0.3, storage=Storage(9000, 4000, 5000, 5000)), hours=2).mix
    assert cheap.storage_w == pytest.approx([5000, 0], abs=1)
    flat = found([], supply(0.2, storage=Storage(9000, 4000, 5000, 5000)), hours=2).mix
    assert flat.level_wh == pytest.approx([4000, 4000], abs=1)


def test_solar_power_is_used_before_grid_power_and_the_surplus_is_fed_in() -> None:
    ours = found([Stay(at(0), at(1), 3000, 3000)], supply(0.1, sun=(5000.0, 2000.0), feed_in=0.05), hours=2)
    assert (list(ours.mix.grid_w), ours.profit) == (pytest.approx([0, 0]), pytest.approx(3 * 0.3 + 4 * 0.05))
    assert ours.mix.fed_w == pytest.approx([2000, 2000])


def test_the_demand_charge_counts_only_the_highest_grid_power() -> None:
    """4 kWh in two hours with 1.5 kW of sun: half a kilowatt from the grid is worth its charge, three are not."""
    ours = found([Stay(at(0), at(2), 4000, 9000)], supply(0.1, sun=(1500.0, 1500.0), demand_per_kw=0.3), hours=2)
    assert (ours.peak_w, ours.profit) == (pytest.approx(500), pytest.approx(4 * 0.3 - 1 * 0.1 - 0.5 * 0.3))


def test_sockets_draw_no_more_than_their_limit_with_any_solar_power() -> None:
    ours = found([Stay(at(0), at(2), 40_000, 20_000)], supply(0.1, sun=(9000.0, 9000.0), most_w=5000), hours=2)
    assert ours.total_w == pytest.approx([5000, 5000])


def test_vehicle_to_grid_is_used_at_a_high_price_only_if_the_car_still_gets_its_need() -> None:
    """An hour each at 0.29 and 0.05: the car gives 3 kWh to the other one, and gets them back with its own 2 kWh."""
    back = V2gBattery(3000, 10_000, 40_000, 5000, 0.02)
    lender, other = Stay(at(0), at(2), 2000, 6000, v2g=back), Stay(at(0), at(1), 3000, 3000)
    ours = found([lender, other], supply(0.29, 0.05), hours=2)
    assert ours.powers_w[0] == pytest.approx([-3000, 5000])
    assert ours.profit == pytest.approx(5 * 0.3 - 5 * 0.05 - 3 * 0.02)
    short = found([replace(lender, need_wh=9000), other], supply(0.29, 0.05), hours=2)
    assert short.powers_w[0] == pytest.approx([3000, 6000]), "9 kWh need the first hour too"
    out = found([replace(lender, need_wh=20_000), other], supply(0.29, 0.05), hours=2)
    assert out.powers_w[0] == pytest.approx([6000, 6000]), "all it can have, and nothing given back"


def test_vehicle_to_grid_never_goes_below_the_drivers_minimum_level() -> None:
    lender, other = Stay(at(0), at(2), 0, 6000, v2g=V2gBattery(3000, 6000, 40_000, 5000)), Stay(at(0), at(1), 3000, 3000)
    assert found([lender, other], supply(0.29, 0.05), hours=2).powers_w[0] == pytest.approx([-1000, 1000])
    empty = replace(lender, v2g=V2gBattery(3000, 4000, 40_000, 5000))
    assert found([empty, other], supply(0.29, 0.05), hours=2).powers_w[0] == pytest.approx([0, 0], abs=1e-3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Solar((SunStep(at(1), 1), SunStep(at(0), 1))), "order"),
        (lambda: Solar((SunStep(at(0), -1),)), "0 W"),
        (lambda: Solar((), -0.1), "below 0"),
        (lambda: Storage(1000, 1001, 1, 1), "more than its capacity"),
        (lambda: Storage(1000, 0, -1, 1), "most_charge_w"),
        (lambda: Storage(1000, 0, 1, 1, 0.0), "efficiency"),
        (lambda: Storage(1000, 0, 1, 1, 1.1), "efficiency"),
        (lambda: Storage(1000, 0, 1, 1, 1, 1001), "reserve"),
        (lambda: V2gBattery(1, 5, 4), "capacity"),
        (lambda: V2gBattery(-1, 0, 4), "most_w"),
    ],
)
def test_impossible_solar_and_storage_values_are_refused_with_the_reason(wrong, said) -> None:
    with pytest.raises(BadInput, match=said):
        wrong()
