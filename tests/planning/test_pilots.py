"""From a solver's advice to pilots: rows hold, minimum currents are kept, and no higher pilot would fit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planning import EvseLimits, Limits, Node, PlanSession, Problem, Row, compile_grid
from forecourt.planning.car_demand import demand_of_cars
from forecourt.planning.pilots import round_to_pilots
from forecourt.planning.sockets import sockets
from forecourt.planning.turns import reserve_min_service

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = [f"e{n}" for n in range(6)]
BETWEEN = tuple(
    EvseLimits(name, 32, phase_deg=[30, 30, 150, 150, -90, -90][n], allowed_a=() if n % 2 else (8, 16, 24, 32))
    for n, name in enumerate(NAMES)
)
ROWS: Limits = (
    Row("A", 40, tuple((name, weight) for name, weight in zip(NAMES, [1, 1, -1, -1, 0, 0], strict=True))),
    Row("P", 26, tuple((name, weight) for name, weight in zip(NAMES, [0.25, 0.25, -0.5, -0.5, 0.25, 0.25], strict=True))),
)


def car(n: int, turn_min: int | None = None, left_h: float = 4.0, delivered_wh: float = 0.0) -> PlanSession:
    since = None if turn_min is None else NOW - timedelta(minutes=turn_min)
    times = {"departure": NOW + timedelta(hours=left_h), "charging_since": since}
    return PlanSession(f"s{n}", NAMES[n], NOW - timedelta(hours=2), need_wh=10_000.0, delivered_wh=delivered_wh, **times)  # type: ignore[arg-type]


def told(limits: Limits, evses: tuple[EvseLimits, ...], cars: list[PlanSession], advice: list[float] | None, fixed=0.0, previous=None):
    wired, places = compile_grid(limits, evses), sockets(evses)
    held = np.array([0.0] * (len(evses) - 1) + [fixed])
    asked = demand_of_cars(Problem(NOW, 300, evses, limits, tuple(cars), previous=previous or {}), cars, places)
    asked = reserve_min_service(wired, held, asked, 1350)
    return asked, round_to_pilots(wired, places, held, asked, None if advice is None else np.array(advice)).amps, held, wired


CARS = st.tuples(st.sampled_from([None, 5, 60]), st.sampled_from([0.2, 4.0]), st.sampled_from([0.0, 9_000.0, 10_000.0]))


@settings(max_examples=100)
@given(
    st.lists(CARS, min_size=5, max_size=5),
    st.one_of(st.none(), st.lists(st.floats(0, 40), min_size=6, max_size=6)),
    st.sampled_from([0.0, 10.0, 30.0]),
)
def test_pilots_stay_within_the_rows_and_no_higher_pilot_would_fit(said, advice, fixed) -> None:
    asked, amps, held, wired = told(ROWS, BETWEEN, [car(n, *one) for n, one in enumerate(said)], advice, fixed)
    currents = held.copy()
    currents[asked.places] = amps
    assert wired.allows(currents)
    assert (amps >= asked.least_a).all() and (amps <= asked.spare_a).all()
    for place, has, most in zip(asked.places, amps, asked.spare_a, strict=True):
        pilots = BETWEEN[place].pilots_a
        assert has in (0, *pilots)
        for more in (pilot for pilot in pilots if has < pilot <= most):
            raised = currents.copy()
            raised[place] = more
            assert not wired.allows(raised)


def shared(watts: float, cars: list[PlanSession], advice: list[float] | None, **previous: int) -> list[int]:
    evses = tuple(EvseLimits(name, 32) for name in NAMES[: len(cars)])
    return told((Node("site", limit_w=watts, evses=tuple(NAMES[: len(cars)])),), evses, cars, advice, 0.0, previous)[1].tolist()


@pytest.mark.parametrize(
    ("limit_a", "cars", "amps"),
    [  # minutes of its turn, hours left, Wh it has had of 10,000
        (40, [(None, 8.0, 0), (None, 1.0, 0)], [8, 32]),
        (20, [(60, 8.0, 0), (None, 1.0, 0)], [6, 14]),  # who charges keeps its floor, and no more before the more urgent
        (20, [(60, 8.0, 0), (60, 1.0, 0)], [6, 14]),
        (11, [(60, 8.0, 0), (None, 1.0, 0)], [11, 0]),  # no turn is ended for it
        (40, [(60, 8.0, 0), (None, 1.0, 10_000)], [32, 8]),  # it needs nothing more
    ],
)
def test_without_solver_advice_remaining_power_goes_to_the_car_with_least_time(limit_a: float, cars, amps: list[int]) -> None:
    stays = [car(n, turn_min, left_h, delivered) for n, (turn_min, left_h, delivered) in enumerate(cars)]
    assert shared(limit_a * 230, stays, None, e0=limit_a if cars[0][0] else 0) == amps


@pytest.mark.parametrize("running", [0, 1])
def test_half_a_minimum_current_for_two_cars_becomes_one_for_the_car_that_has_begun(running: int) -> None:
    cars = [car(n, turn_min=60 if n == running else None, delivered_wh=1_000.0) for n in (0, 1)]
    assert shared(7 * 230, cars, [3.5, 3.5])[running] == 7


@pytest.mark.parametrize("more", [0, 1])
def test_the_car_with_the_larger_advised_current_is_raised_first(more: int) -> None:
    cars = [car(0, turn_min=60), car(1, turn_min=60)]
    assert shared(21 * 230, cars, [10.9 if n == more else 10.1 for n in (0, 1)])[more] == 11


@pytest.mark.parametrize("had", [0, 1])
def test_amps_that_no_car_was_advised_stay_where_they_were(had: int) -> None:
    cars = [car(0, turn_min=60), car(1, turn_min=60)]
    before = {"e0": 10 if had == 0 else 6, "e1": 10 if had == 1 else 6}
    assert shared(16 * 230, cars, [6.0, 6.0], **before) == [before["e0"], before["e1"]]


@pytest.mark.parametrize("leaving", [0, 1])
def test_a_car_advised_to_begin_is_given_room_by_a_car_above_its_minimum(leaving: int) -> None:
    """With 16 of 20 A, four would be unused; with 14 and 6 none are."""
    cars = [replace(car(n, turn_min=None if n == leaving else 60), max_a=16) for n in (0, 1)]
    for meant, amps in ((3.1, 6), (2.9, 0)):  # most of the floor, or less
        assert shared(20 * 230, cars, [meant if n == leaving else 16.0 for n in (0, 1)])[leaving] == amps
    assert shared(20 * 230, cars, [3.1 if n == leaving else 16.0 for n in (0, 1)])[1 - leaving] == 14


@pytest.mark.parametrize(
    ("giver", "limit_a", "amps"),
    [
        (EvseLimits("e0", 16, 8, allowed_a=(8, 16)), 20, [16, 0]),  # it could only go down by eight amps for six
        (EvseLimits("e0", 16), 20, [14, 6]),
        (EvseLimits("e0", 10, phases=("L1", "L2", "L3")), 14, [10, 0]),  # two amps on three lines are six on one
        (EvseLimits("e0", 10, phases=("L1", "L2", "L3")), 15, [9, 6]),
    ],
)
def test_no_car_is_started_unless_more_power_flows_than_before(giver: EvseLimits, limit_a: float, amps: list[int]) -> None:
    limits = (Node("line", limit_a=limit_a, evses=("e0", "e1")),)
    assert told(limits, (giver, EvseLimits("e1", 32)), [car(0, turn_min=60), car(1)], [16.0, 3.1])[1].tolist() == amps
