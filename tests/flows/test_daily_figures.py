"""Daily figures: the energy delivered on a day beside what was possible."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import combinations, pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.flows.desk import begin_run, work_batch
from forecourt.flows.ports import PowerDay, PowerPlan
from forecourt.flows.power import POWER_DAYS, compute_power_days, evenness, fifth_percentile, need_of
from forecourt.kernel import SessionId
from forecourt.sessions import ChargeRecord
from forecourt.stations import SiteAllowances
from forecourt.store.memory import MemoryTransactions
from forecourt.tariffs import Phase, PhaseState
from stores import both_stores

from .conftest import NOON, Forecourt

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 6, 1, 22, 5, tzinfo=UTC)  # five past twelve in Berlin
TODAY = date(2026, 6, 1)
CHARGING, IDLE, WITHHELD = PhaseState.CHARGING, PhaseState.IDLE, PhaseState.WITHHELD


def a_record(forecourt: Forecourt) -> ChargeRecord:
    """The pattern of all others, of weeks ago."""
    transaction = forecourt.starts("CP1", -40 * 24 * 60).transaction
    forecourt.stops("CP1", transaction, -40 * 24 * 60 + 60, 5000)
    with forecourt.transactions.begin() as store:
        (record,) = store.sessions.records(forecourt.site_id)
    return record


def charged(forecourt: Forecourt, like: ChargeRecord, stays: list[tuple[int, float, float, int, int]], held: bool = False) -> None:
    """(bay, hours after noon, hours, asked Wh, taken Wh) each."""
    with forecourt.transactions.begin() as store:
        for number, (bay, start_h, hours, asked_wh, took_wh) in enumerate(stays):
            begins, ends = NOON + start_h * HOUR, NOON + (start_h + hours) * HOUR
            names = {"session_id": SessionId(UUID(int=7000 + number + 100 * held)), "transaction": f"D{number}{held}", "held": held}
            times = {"started_at": begins, "ended_at": ends, "phases": (Phase(CHARGING, begins, ends, took_wh),)}
            wh = {"energy_wh": took_wh, "stated_wh": asked_wh or None, "evse_id": forecourt.evse_id(bay)}
            store.sessions.end(replace(like, **names, **times, **wh))


def day_of(forecourt: Forecourt, day: date = TODAY) -> PowerDay:
    with forecourt.transactions.begin() as store:
        compute_power_days(store, forecourt.site_id, MIDNIGHT)
        return next(one for one in store.plans.days(forecourt.site_id, day) if one.day == day)


def test_figures_of_finished_days_are_stored_once_every_night(forecourt) -> None:
    charged(forecourt, a_record(forecourt), [(1, 0, 1, 7360, 7360), (2, 0, 1, 7360, 1840)])
    kind = POWER_DAYS
    with forecourt.transactions.begin() as store:
        run_id = begin_run(store, kind, forecourt.operator_id, MIDNIGHT, forecourt.ids)
        assert work_batch(store, kind, run_id, MIDNIGHT, forecourt.ids, 50).done == 1
    with forecourt.transactions.begin() as store:
        days = store.plans.days(forecourt.site_id, date(2026, 1, 1))
    assert [one.day for one in days] == [TODAY - timedelta(days=n) for n in range(6, -1, -1)]
    assert (days[0].charges, days[0].bound_wh, days[0].percent, days[0].jain) == (0, 0, None, None)
    assert (days[-1].delivered_wh, days[-1].bound_wh, days[-1].charges) == (9200, pytest.approx(9200, rel=0.001), 2), "40 A for an hour"


def test_a_late_charge_changes_the_figures_of_its_day_and_a_held_charge_is_left_out(forecourt) -> None:
    like = a_record(forecourt)
    charged(forecourt, like, [(1, 0, 1, 7360, 7360)])
    assert (day_of(forecourt).charges, day_of(forecourt).percent) == (1, pytest.approx(100, rel=0.001))
    charged(forecourt, like, [(2, 0, 1, 7360, 100)], held=True)
    assert (day_of(forecourt).charges, day_of(forecourt).left_out) == (1, 1)


def plans_found(forecourt: Forecourt, *found: tuple[float, int | None]) -> None:
    """Hours after noon, and the kilowatts that others allowed."""
    with forecourt.transactions.begin() as store:
        store.plans.put_allowances(SiteAllowances(forecourt.operator_id, forecourt.site_id))
        for number, (hour, kw) in enumerate(found, 1):
            watts = None if kw is None else 1000 * kw
            store.plans.put(PowerPlan(forecourt.operator_id, forecourt.site_id, number, NOON + hour * HOUR, "OPTIMAL", (), allowed_w=watts))


@both_stores
def test_possible_energy_respects_allowances_and_external_limits_of_the_day(forecourt) -> None:
    """Two cars could have 32 and 8 of the wire's 40 A for four hours; for one hour there were 2 kW, and for a half 4, for both."""
    charged(forecourt, a_record(forecourt), [(1, 0, 4, 99_000, 20_000), (2, 0, 4, 99_000, 8000)])
    assert (day_of(forecourt).bound_wh, day_of(forecourt).cut_s) == (pytest.approx(4 * 9200, rel=0.001), 0)
    with forecourt.transactions.begin() as store:
        store.plans.put_day(replace(store.plans.days(forecourt.site_id, TODAY)[-1], charges=0))  # anew
    plans_found(forecourt, (0, None), (1, 2), (1.5, 2), (2, None), (3.5, 4))
    day = day_of(forecourt)
    assert (day.bound_wh, day.cut_s) == (pytest.approx(2.5 * 9200 + 2000 + 2000, rel=0.001), 5400)
    assert day.percent == pytest.approx(100 * 28_000 / 27_000, rel=0.001)


def test_a_fluctuating_allowance_counts_at_the_maximum_of_each_quarter_hour(forecourt) -> None:
    charged(forecourt, a_record(forecourt), [(1, 0, 1, 99_000, 2000)])
    plans_found(forecourt, *((n / 360, 2 + n % 3) for n in range(360)))
    assert day_of(forecourt).bound_wh == pytest.approx(4000, rel=0.001), "never less than could have been had"


def test_possible_energy_of_a_day_leaves_room_for_charges_that_run_into_other_days(forecourt) -> None:
    """Two drew 20 A each from ten at night; one left before midnight with 38 Ah of what the wire could carry till then."""
    charged(forecourt, a_record(forecourt), [(1, -16, 8, 99_000, 20 * 230 * 8), (2, -16, 1.9, 99_000, 20 * 230 * 19 // 10)])
    assert day_of(forecourt).bound_wh == pytest.approx(230 * (1.9 * 40 - 1.9 * 20 + 6.1 * 32), rel=0.001)


@pytest.mark.parametrize(
    ("states", "stated_wh", "need"),
    [
        ((CHARGING,), None, (15_000, False)),
        ((CHARGING,), 9000, (9000, True)),
        ((CHARGING,), 2000, (5000, True)),
        ((CHARGING, IDLE), 9000, (5000, True)),
        ((WITHHELD, IDLE), 9000, (9000, True)),
        ((IDLE, WITHHELD), None, (15_000, False)),
    ],
)
def test_the_need_of_a_full_car_is_its_energy_and_of_others_what_their_drivers_stated(forecourt, states, stated_wh, need) -> None:
    phases = tuple(Phase(state, NOON + n * HOUR, NOON + (n + 1) * HOUR, 0) for n, state in enumerate(states))
    record = replace(a_record(forecourt), phases=phases, stated_wh=stated_wh, energy_wh=5000)
    assert need_of(record, 15_000) == need


QUARTERS = st.integers(0, 8)
STAYS = st.lists(st.tuples(QUARTERS, st.integers(1, 8), st.integers(0, 12_000), st.integers(0, 100)), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(STAYS)
def test_possible_energy_and_evenness_agree_with_a_second_method_on_small_days(stays: list[tuple[int, int, int, int]]) -> None:
    """Possible energy as the smallest cut between needs and the wire, over all subsets of cars; evenness from mean and variance."""
    forecourt = Forecourt(MemoryTransactions())
    with forecourt.transactions.begin() as store:
        forecourt.build(store)
    cars = [
        (bay, start / 4, hours / 4, need + 1, (need + 1) * percent // 100) for bay, (start, hours, need, percent) in enumerate(stays, 1)
    ]
    charged(forecourt, a_record(forecourt), cars)
    day = day_of(forecourt)
    most = _smallest_cut(cars)
    assert day.bound_wh == pytest.approx(most, rel=1e-3, abs=2)
    shares = [min(Fraction(1), Fraction(took) / min(Fraction(asked), Fraction(hours) * 7360)) for _, _, hours, asked, took in cars]
    mean = sum(shares) / len(shares)
    spread = sum((share - mean) ** 2 for share in shares) / len(shares)
    assert day.jain == (pytest.approx(float(1 / (1 + spread / mean**2))) if mean else None)
    assert day.starved == sum(share < Fraction(1, 20) for share in shares)
    assert day.fifth == pytest.approx(float(min(shares) + _twentieth(shares)))


def _smallest_cut(cars: list[tuple[int, float, float, int, int]]) -> float:
    edges = sorted({edge for _, start, hours, _, _ in cars for edge in (start, start + hours)})
    cuts = []
    for size in range(len(cars) + 1):
        for through in combinations(cars, size):
            wire = sum(
                (end - begin) * 230 * min(40, sum(32 for _, start, hours, _, _ in through if start <= begin < start + hours))
                for begin, end in pairwise(edges)
            )
            cuts.append(wire + sum(car[3] for car in cars if car not in through))
    return min(cuts)


def _twentieth(shares: list[Fraction]) -> Fraction:
    """How far the fifth percentile lies above the lowest, between the two lowest."""
    low = sorted(shares)[:2]
    return (low[1] - low[0]) * Fraction(len(shares) - 1, 20) if len(low) == 2 else Fraction(0)


def test_without_any_energy_there_is_no_evenness_figure() -> None:
    assert (evenness([]), evenness([0.0, 0.0]), fifth_percentile([]), fifth_percentile([0.4])) == (None, None, None, 0.4)
