"""Cars with an unknown departure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from forecourt.planning import EvseLimits, PlanSession, Policy, Problem
from forecourt.planning.car_demand import demand_of_cars
from forecourt.planning.sockets import sockets

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HERE = PlanSession("s", "A", NOON)
KNOWN = replace(HERE, id="k", evse="B", departure=NOON + timedelta(hours=5))


def leaves_h(after_h: float, *cars: PlanSession) -> list[list[float]]:
    evses, now = (EvseLimits("A", 32), EvseLimits("B", 32)), NOON + timedelta(hours=after_h)
    asked = demand_of_cars(Problem(now, 300, evses, (), cars, policy=Policy(default_stay_s=4 * 3600)), cars, sockets(evses))
    return (asked.leaves_s / 3600).round(2).tolist()


def test_an_unknown_departure_is_spread_around_the_mean_stay_and_nearer_the_longer_the_car_is_there() -> None:
    (came,), (late,) = leaves_h(0, HERE), leaves_h(9, HERE)
    assert (np.mean(came), came[0] < 1.0, came[-1] > 7) == (pytest.approx(4, rel=0.05), True, True)
    assert all(0 < now < then for now, then in zip(late, came, strict=True)), "however long it has been there, nobody knows that it leaves"


def test_stated_and_learned_departures_take_precedence_over_the_mean_stay() -> None:
    assert leaves_h(1, KNOWN) == [[4.0]], "one column where all have said it"
    learned = replace(HERE, leaves=(NOON + timedelta(hours=2), NOON + timedelta(hours=6)))
    (of_learned, of_known) = leaves_h(1, learned, KNOWN)
    assert (set(of_learned), set(of_known)) == ({1.0, 5.0}, {4.0})
