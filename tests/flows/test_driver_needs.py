"""Needs that drivers or cars state (energy, limit, battery level, departure, cheap hours) and the plans made from them."""

import copy
from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.drivers import BatteryGoal, ChargingNeed, Pace, StatedNeeds
from forecourt.flows.bookings import ReserveRequest, extend_stay, reserve
from forecourt.flows.charging import send_stay_notices, state_need
from forecourt.flows.power import forecast_power, set_plant
from forecourt.kernel import BadInput, Span
from forecourt.planning import SolarPlant
from forecourt.stations import CarNeedsReported, MeterSample, StopCharge, TransactionUpdated
from power_world import at, plan, safe_fallback
from stores import both_stores

from .conftest import APP, KIND, TARIFF, Forecourt

SUN = tuple(7000 if 16 <= hour < 20 else 0 for hour in range(24))


def say(forecourt, minute: float, **words: object) -> ChargingNeed:
    with forecourt.transactions.begin() as store:
        evse = store.stations.evse(forecourt.evse_id(1))
        return state_need(store, forecourt.app_driver, evse, StatedNeeds(**words), at(minute))


def tells(forecourt, transaction: str, minute: float, wh: int, level: int | None = None) -> None:
    sample = MeterSample(at(minute), wh, power_w=7360, current_ma=32_000, soc_percent=level)
    forecourt.says("CP1", TransactionUpdated(at(minute), 1, transaction, samples=(sample,)))


def stops(forecourt, minute: float) -> int:
    """How many stop orders the charger has been sent by this minute."""
    with forecourt.transactions.begin() as store:
        send_stay_notices(store, forecourt.site_id, at(minute), forecourt.ids)
        (session,) = store.sessions.open_at(forecourt.site_id)
        return sum(isinstance(one.item.work.order, StopCharge) for one in store.outbox.history(session.charger_id))


@pytest.fixture
def begun(forecourt) -> str:
    """The transaction of a charge of the app's driver."""
    safe_fallback(forecourt)
    return forecourt.starts("CP1", 0, APP).transaction


def test_a_departure_after_the_booked_end_is_refused_until_the_booking_is_extended(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        asked = ReserveRequest(forecourt.site_id, KIND, forecourt.app_driver, Span(at(0), at(60)))
        booking = reserve(store, asked, at(-60), forecourt.ids)
    forecourt.starts("CP1", 0, APP)
    with pytest.raises(BadInput, match="booking ends at 15:00"):
        say(forecourt, 1, departure=at(90), pace=Pace.CHEAP)
    assert say(forecourt, 2, departure=at(60)).departure == at(60)
    with forecourt.transactions.begin() as store:
        extend_stay(store, forecourt.app_driver, booking.id, at(90), at(3))
    assert say(forecourt, 4, departure=at(90)).departure == at(90)
    assert say(forecourt, 91, departure=at(95)).departure == at(95)


def test_a_car_that_has_its_stated_energy_continues_while_there_is_spare_power(forecourt, begun) -> None:
    say(forecourt, 1, energy_wh=4000)
    tells(forecourt, begun, 40, 5200)
    assert plan(forecourt, 41)["B1"] == 32
    assert stops(forecourt, 42) == 0


def test_a_charge_stops_at_the_energy_its_driver_set_as_a_limit(forecourt, begun) -> None:
    say(forecourt, 1, energy_wh=4000, stop_there=True)
    tells(forecourt, begun, 30, 4900)
    assert (plan(forecourt, 31)["B1"], stops(forecourt, 31)) == (6, 0), "100 Wh in five minutes need no more than its floor"
    tells(forecourt, begun, 36, 5001)
    assert plan(forecourt, 37)["B1"] == 0
    assert [stops(forecourt, minute) for minute in (38, 39)] == [1, 1]


def test_a_limit_set_for_one_charge_does_not_stop_the_next(forecourt, begun) -> None:
    say(forecourt, 1, energy_wh=4000, stop_there=True)
    forecourt.stops("CP1", begun, 60, 5100)
    again = forecourt.starts("CP1", 120, APP, wh=5100).transaction
    tells(forecourt, again, 170, 10_000)
    assert (plan(forecourt, 171)["B1"], stops(forecourt, 171)) == (32, 0)


@both_stores
def test_a_battery_goal_is_converted_to_energy_and_updated_with_the_level_the_car_reports(forecourt, begun) -> None:
    """From 50 to 80 % of 60 kWh: 18 kWh in the battery, 20 on the meter. Later its level says that less is missing."""
    tells(forecourt, begun, 1, 1000, level=50)
    need = say(forecourt, 2, battery=BatteryGoal(60_000, 80), stop_there=True)
    assert need.energy_wh == 20_000
    assert (need.wanted_wh(10_000, 66), need.wanted_wh(12_000, 80), need.wanted_wh(9000, None)) == (19_334, 12_000, 20_000)
    tells(forecourt, begun, 90, 13_000, level=79)
    assert stops(forecourt, 91) == 0
    tells(forecourt, begun, 100, 13_600, level=80)
    assert (plan(forecourt, 101)["B1"], stops(forecourt, 101)) == (0, 1)


def test_the_driver_can_state_the_battery_level_where_the_charger_does_not_report_it(forecourt, begun) -> None:
    tells(forecourt, begun, 10, 2000)
    need = say(forecourt, 11, battery=BatteryGoal(50_000, 80, 62))
    assert need.energy_wh == 1000 + 10_000, "what is in already, and 18 % of 50 kWh with what is lost on the way"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"battery": BatteryGoal(60_000, 80)}, "battery_level"),
        ({"battery": BatteryGoal(60_000, 80, 80)}, "battery_target"),
        ({"battery": BatteryGoal(60_000, 101, 5)}, "battery_target"),
        ({"battery": BatteryGoal(60, 80, 5)}, "battery_size"),
        ({"battery": BatteryGoal(60_000, 80, -1)}, "battery_level"),
        ({"battery": BatteryGoal(60_000, 80, 5), "energy_wh": 5000}, "need_twice"),
        ({"stop_there": True}, "stop_there"),
        ({"pace": Pace.CHEAP}, "pace"),
        ({"energy_wh": 0}, "energy_wh"),
        ({"departure": at(0)}, "departure"),
    ],
)
def test_an_impossible_driver_need_is_refused_with_its_error_code(forecourt, begun, words, code) -> None:
    with pytest.raises(BadInput) as refused:
        say(forecourt, 1, **words)
    assert refused.value.code == code


@pytest.fixture
def dear_till_four(any_transactions) -> Forecourt:
    """NOON is 14:00 at the site; energy costs half from 16:00 on."""
    tariff = copy.deepcopy(TARIFF)
    cheap = {"type": "ENERGY", "price": 0.2, "vat": 19, "step_size": 1}
    tariff["elements"].insert(1, {"price_components": [cheap], "restrictions": {"start_time": "16:00", "end_time": "23:00"}})
    place = Forecourt(any_transactions)
    with any_transactions.begin() as store:
        place.build(store, tariff)
    safe_fallback(place)
    place.starts("CP1", 0, APP)
    return place


def test_a_car_waits_for_hours_with_a_lower_price_for_its_driver(dear_till_four) -> None:
    say(dear_till_four, 1, energy_wh=8000, departure=at(400), pace=Pace.CHEAP)
    assert plan(dear_till_four, 2)["B1"] == 0
    assert plan(dear_till_four, 120)["B1"] == 32


def test_the_forecast_shows_that_a_car_waits_for_cheap_hours_and_when_it_is_ready(dear_till_four) -> None:
    """7 kWh at 7.36 kW from 16:00 on take 57 minutes."""
    say(dear_till_four, 1, energy_wh=7000, departure=at(400), pace=Pace.CHEAP)
    with dear_till_four.transactions.begin() as store:
        ahead = forecast_power(store, dear_till_four.site_id, at(2))
    assert sum(step.total_w for step in ahead.steps if step.end <= at(120)) == 0
    (car,) = ahead.cars
    assert abs(car.ready_at - at(177)) <= timedelta(minutes=5) and round(car.gets_wh) == 7000


def test_a_car_stops_waiting_for_cheap_hours_if_its_driver_hurries_or_time_is_short(dear_till_four) -> None:
    say(dear_till_four, 1, energy_wh=8000, departure=at(400), pace=Pace.CHEAP)
    say(dear_till_four, 2, energy_wh=8000, departure=at(400))
    assert plan(dear_till_four, 3)["B1"] == 32
    say(dear_till_four, 4, energy_wh=28_000, departure=at(240), pace=Pace.CHEAP)
    assert plan(dear_till_four, 5)["B1"] > 0


def test_no_car_waits_where_all_hours_cost_the_same(forecourt, begun) -> None:
    say(forecourt, 1, energy_wh=8000, departure=at(400), pace=Pace.CHEAP)
    assert plan(forecourt, 2)["B1"] == 32


def test_a_car_waits_for_the_sites_solar_power(forecourt, begun) -> None:
    """7 kW of solar power at the site from 16:00, by its own forecast."""
    with pytest.raises(BadInput):
        say(forecourt, 1, departure=at(500), pace=Pace.GREEN)
    with forecourt.transactions.begin() as store:
        set_plant(store, store.stations.site(forecourt.site_id), SolarPlant(10_000, Decimal(0), (SUN,)), None, at(1))
    say(forecourt, 2, energy_wh=8000, departure=at(500), pace=Pace.GREEN)
    assert plan(forecourt, 3)["B1"] == 0
    assert plan(forecourt, 125)["B1"] == 32


def asks(forecourt, minute: float, **told: object) -> ChargingNeed | None:
    """What is known of the charge's need after the car has spoken."""
    forecourt.says("CP1", CarNeedsReported(at(minute), 1, **told))
    with forecourt.transactions.begin() as store:
        return store.drivers.need(forecourt.app_driver, forecourt.site_id)


def test_the_need_reported_by_the_car_applies_if_its_driver_has_stated_none(forecourt, begun) -> None:
    tells(forecourt, begun, 10, 1500)
    need = asks(forecourt, 11, capacity_wh=60_000, level_percent=40, target_percent=85, departure=at(300))
    assert (need.energy_wh, need.departure, need.stop_there) == (500 + 30_000, at(300), False)
    need = asks(forecourt, 12, energy_wh=9000, departure=at(200))
    assert (need.energy_wh, need.departure, need.battery) == (9500, at(200), None), "its last word"


def test_a_departure_reported_by_the_car_is_limited_to_the_end_of_its_booking(forecourt) -> None:
    forecourt.free()
    with forecourt.transactions.begin() as store:
        reserve(store, ReserveRequest(forecourt.site_id, "T2-7kW", forecourt.app_driver, Span(at(0), at(60))), at(-5), forecourt.ids)
    forecourt.starts("CP1", 0, APP)
    assert asks(forecourt, 2, energy_wh=9000, departure=at(300)).departure == at(60)
    assert asks(forecourt, 3, energy_wh=9000, departure=at(45)).departure == at(45)


def test_the_need_stated_by_the_driver_takes_precedence_over_the_cars(forecourt, begun) -> None:
    say(forecourt, 1, energy_wh=7000)
    need = asks(forecourt, 2, energy_wh=40_000, departure=at(300))
    assert (need.energy_wh, need.departure) == (7000, at(300))


@pytest.mark.parametrize("told", [{}, {"capacity_wh": 60_000}, {"capacity_wh": 60_000, "level_percent": 90, "target_percent": 80}])
def test_an_unusable_need_reported_by_the_car_changes_nothing(forecourt, begun, told) -> None:
    assert asks(forecourt, 2, **told) is None


def test_the_need_reported_by_a_car_without_a_known_driver_is_ignored(forecourt) -> None:
    forecourt.starts("CP1", 0, None)
    assert asks(forecourt, 2, energy_wh=9000) is None
