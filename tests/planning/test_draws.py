"""What a car was seen to take is not forgotten because its order has just changed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from forecourt.planning import Draws, PlanSession

CAR = PlanSession("s", "e", datetime(2026, 11, 23, 12, tzinfo=UTC), need_wh=10_000.0)


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
        ([(0.0, 32.0)], None),
    ],
)
def test_the_last_time_a_car_took_less_than_it_was_offered_counts_until_it_takes_more(readings, remembered) -> None:
    draws = Draws()
    for drawing_a, offered_a in readings:
        draws.remembered([seen(drawing_a, offered_a)])
    (car,) = draws.remembered([CAR])
    assert car.drawing_a == remembered


def test_a_measurement_is_told_as_it_is_and_the_next_car_is_another() -> None:
    draws = Draws()
    assert draws.remembered([seen(10.0, 32.0)]) == (seen(10.0, 32.0),)
    assert draws.remembered([replace(CAR, id="next")]) == (replace(CAR, id="next"),)
    assert draws.remembered([CAR]) == (CAR,)
