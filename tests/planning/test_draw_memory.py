"""The measured draw of a car is remembered when its limit changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.planning import DrawMemory, EvseLimits, Node, PlanSession, Problem, Solver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CAR = PlanSession("s", "e", NOW, need_wh=10_000.0)


def seen(drawing_a: float, offered_a: float) -> PlanSession:
    return replace(CAR, drawing_a=drawing_a, offered_a=offered_a)


@pytest.mark.parametrize(
    ("readings", "remembered"),
    [
        ([], None),
        ([(10.0, 32.0)], 10.0),
        ([(10.0, 32.0), (8.0, 8.0)], 10.0),
        ([(10.0, 32.0), (0.0, 0.0)], 10.0),
        ([(10.0, 32.0), (7.0, 32.0)], 7.0),
        ([(10.0, 32.0), (11.0, 11.0)], None),
        ([(10.0, 32.0), (16.0, 32.0)], 16.0),
        ([(32.0, 32.0)], None),
        ([(0.0, 32.0)], 0.0),
        ([(0.0, 32.0), (0.0, 0.0)], 0.0),
        ([(0.0, 32.0), (6.0, 6.0)], None),
    ],
)
def test_a_draw_below_the_offered_current_is_remembered_until_the_car_draws_more(readings, remembered) -> None:
    draws = DrawMemory()
    for drawing_a, offered_a in readings:
        draws.remembered([seen(drawing_a, offered_a)], NOW)
    (car,) = draws.remembered([CAR], NOW)
    assert car.drawing_a == remembered


def test_a_measured_draw_is_used_as_it_is_and_not_for_the_next_car() -> None:
    draws = DrawMemory()
    assert draws.remembered([seen(10.0, 32.0)], NOW) == (seen(10.0, 32.0),)
    assert draws.remembered([replace(CAR, id="next")], NOW) == (replace(CAR, id="next"),)
    assert draws.remembered([CAR], NOW) == (CAR,)


def told_a(draws: DrawMemory, minute: float, *cars: PlanSession) -> dict[str, int]:
    """Two sockets with 32 A between them."""
    at, evses = NOW + timedelta(minutes=minute), (EvseLimits("e", 32), EvseLimits("f", 32))
    limits = (Node("site", limit_w=32 * 230.0, evses=("e", "f")),)
    return dict(Solver().plan(Problem(at, 300, evses, limits, draws.remembered(cars, at))).amps)


def test_a_full_car_is_not_offered_power_again_in_every_plan() -> None:
    """Its driver had requested more than it takes. Whatever its limit is, the other car gets everything."""
    draws, other = DrawMemory(), replace(CAR, id="t", evse="f")
    full = replace(CAR, delivered_wh=5000.0)
    assert told_a(draws, 0, replace(full, drawing_a=0.0, offered_a=26.0), other) == {"e": 0, "f": 32}
    for minute, reading in ((1, {}), (2, {"drawing_a": 0.0, "offered_a": 0.0}), (29, {})):
        assert told_a(draws, minute, replace(full, **reading), other) == {"e": 0, "f": 32}


@pytest.mark.parametrize(("delivered_wh", "minutes"), [(5000.0, 31), (100.0, 6)], ids=["full", "slow to wake"])
def test_a_full_car_is_later_offered_its_minimum_and_full_power_once_it_draws_that(delivered_wh: float, minutes: int) -> None:
    draws, car = DrawMemory(), replace(CAR, delivered_wh=delivered_wh)
    other = replace(CAR, id="t", evse="f", delivered_wh=10_000.0)
    told_a(draws, 0, replace(car, drawing_a=0.0, offered_a=26.0), other)
    asked = draws.remembered([car], NOW + timedelta(minutes=minutes))[0]
    assert (asked.drawing_a, asked.offered_a) == (0.0, 1.0), "as one that takes little: worth its floor"
    assert told_a(draws, minutes + 2, replace(car, drawing_a=6.0, offered_a=6.0), other)["e"] == 32
