"""The battery takes exactly what it needs, and never more than it is offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.simulation.car import NO_TAPER, Car
from forecourt.simulation.charger.evse import Evse
from forecourt.simulation.charger.settings import EvseSpec


def plugged(need_wh, taper=None, **spec):
    evse = Evse(EvseSpec(1, "A", voltage_v=208, **spec), lambda current_a, at: None)
    evse.plug(Car(need_wh, **({} if taper is None else {"taper": taper})), at=0.0)
    return evse


def test_32_a_at_208_v_for_an_hour_are_6656_wh():
    evse = plugged(20_000, NO_TAPER)
    evse.offer(32.0, at=0.0)
    evse.advance(3600.0)
    assert evse.register_wh == 6656


def test_the_taper_starts_at_nine_tenths_of_the_need():
    car = Car(10_000)
    assert car.draw_a(32) == 32
    car.charge(208, 32, 3600 * 9000 / 6656)
    assert car.taken_wh == 9000 and car.draw_a(32) == 24 and car.draw_a(10) == 10


def test_offered_energy_that_is_not_drawn_is_counted():
    evse = plugged(1000, NO_TAPER)
    evse.offer(16.0, at=0.0)
    evse.advance(3600.0)
    assert evse.unused_wh == pytest.approx(16 * 208 - 1000)


@pytest.mark.parametrize("pilot", [0.0, 3.0, 5.9])
def test_no_power_flows_below_6_a(pilot):
    assert Car(1000).draw_a(pilot) == 0


def test_the_pilot_is_the_largest_step_within_the_limit():
    evse = plugged(1000, allowed_a=(8, 16, 24, 32))
    assert [evse.pilot_for(a) for a in (5, 6, 7.9, 8, 23.9, 40)] == [0, 0, 0, 8, 16, 32]


@given(need=st.integers(1, 80_000), pilots=st.lists(st.tuples(st.sampled_from([0.0, 6.0, 13.0, 32.0]), st.floats(0, 20_000)), max_size=20))
def test_the_meter_counts_what_the_car_drew_and_no_more_than_its_need(need, pilots):
    evse, at = plugged(need), 0.0
    for pilot, seconds in pilots:
        evse.offer(pilot, at)
        at += seconds
    evse.advance(at)
    assert evse.register_wh == int(evse.car.taken_wh + 1e-6) and evse.car.taken_wh <= need
    assert evse.current_a <= evse.offered_a


@given(need=st.integers(1, 30_000), looks=st.lists(st.floats(1, 3000), min_size=1, max_size=30))
def test_how_often_the_simulation_advances_does_not_change_the_energy(need, looks):
    often, once = plugged(need), plugged(need)
    often.offer(20.0, 0.0)
    once.offer(20.0, 0.0)
    at = 0.0
    for seconds in looks:
        at += seconds
        often.advance(at)
    once.advance(at)
    assert often.car.taken_wh == pytest.approx(once.car.taken_wh, abs=1e-6)
