"""The demand of one car, and whether its turn may be ended, at the limits of each rule."""

from datetime import UTC, datetime, timedelta

import pytest

from forecourt.planning import EvseLimits, PlanSession, Problem
from forecourt.planning.car_demand import CarDemand, demand_of_cars
from forecourt.planning.sockets import sockets

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVSE = EvseLimits("e", 32)
SECOND = timedelta(seconds=1)


def asked(turn_s: float | None = None, **said: object) -> CarDemand:
    """It came an hour ago, stays for four more and needs 10 kWh, at a socket of 6 to 32 A; steps of five minutes: 19.2 Wh an amp."""
    since = None if turn_s is None else NOW - SECOND * turn_s
    changes = {"departure": NOW + timedelta(hours=4), "need_wh": 10_000.0, "charging_since": since} | said
    car = PlanSession("s", "e", NOW - timedelta(hours=1), **changes)  # type: ignore[arg-type]
    return demand_of_cars(Problem(NOW, 300, (EVSE,), (), (car,)), (car,), sockets((EVSE,)))


@pytest.mark.parametrize(
    ("car", "locked", "preemptible"),
    [
        (asked(), False, False),
        (asked(0), True, False),
        (asked(1349), True, False),
        (asked(1350), True, True),  # after half a turn it makes room for who would leave with nothing
        (asked(2699), True, True),
        (asked(2700), False, True),
        (asked(9999, pauses=1), True, False),  # it has made room once
        (asked(60, delivered_wh=10_000.0), False, False),  # it needs no more
    ],
)
def test_a_turn_lasts_45_minutes_and_after_a_pause_until_the_end(car: CarDemand, locked: bool, preemptible: bool) -> None:
    assert (bool(car.locked[0]), bool(car.preemptible[0]), int(car.least_a[0])) == (locked, preemptible, 6 if locked else 0)


@pytest.mark.parametrize(
    ("car", "needs_energy", "ended", "most_a", "spare_a"),
    [
        (asked(), True, False, 32, 32),
        (asked(max_a=10), True, False, 10, 10),
        (asked(max_a=40), True, False, 32, 32),
        (asked(delivered_wh=9_800.0), True, False, 11, 32),  # 200 Wh are 10.4 A for this step; what is spare may be more
        (asked(delivered_wh=9_999.0), True, False, 6, 32),
        (asked(delivered_wh=9_999.5), False, False, 6, 32),  # less than a watt-hour is nothing
        (asked(delivered_wh=9_800.0, limit_wh=10_000.0), True, False, 11, 11),
        (asked(delivered_wh=4_800.0, limit_wh=5_000.0), True, False, 11, 11),  # a limit below the need is the need
        (asked(delivered_wh=4_999.0, limit_wh=5_000.0), True, False, 6, 6),
        (asked(delivered_wh=4_999.5, limit_wh=5_000.0), False, True, 0, 0),
        (asked(drawing_a=0.4, offered_a=6.0), False, False, 6, 6),  # it takes nothing: full
        (asked(drawing_a=0.5, offered_a=6.0), True, False, 6, 6),
        (asked(drawing_a=0.4, offered_a=5.0), True, False, 6, 6),  # it was offered nothing to speak of
        (asked(drawing_a=18.0, offered_a=20.0), True, False, 19, 19),  # its own limit, and room to rise by an amp
        (asked(drawing_a=19.2, offered_a=20.0), True, False, 32, 32),
        (asked(drawing_a=18.0, offered_a=20.0, delivered_wh=9_800.0), True, False, 11, 19),
    ],
)
def test_a_car_is_offered_what_fills_it_in_this_step_and_no_more_than_it_draws(car, needs_energy, ended, most_a, spare_a) -> None:
    assert (bool(car.needs_energy[0]), bool(car.ended[0])) == (needs_energy, ended)
    assert (int(car.cap_a[0]), int(car.spare_a[0])) == (most_a, spare_a)
    assert int(car.floor_a[0]) == (6 if most_a else 0)
