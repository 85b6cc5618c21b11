"""The prices that apply at the start of a charge, as numbers: the steps by which `rate` bills."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.tariffs import Phase, PhaseState, Usage, effective_prices, rate
from tariffs.texts import NOON, element, price, tariff


def asked(*elements, at=NOON):
    found = effective_prices(tariff(*elements), at, "UTC")
    return [
        (one.dimension.value, str(one.price), (one.kwh.start, one.kwh.end), (one.minutes.start, one.minutes.end), one.conditions)
        for one in found
    ]


ALL = ((0, None), (0, None))


def test_effective_prices_include_tax_and_are_in_the_order_of_the_law():
    found = asked(element(price("FLAT", "0.5", 19), price("PARKING_TIME", "2.4", 19), price("ENERGY", "0.41", 19)))
    assert found == [
        ("ENERGY", "0.487900", *ALL, ()),
        ("PARKING_TIME", "0.047600", *ALL, ()),
        ("FLAT", "0.60", *ALL, ()),
    ]
    assert asked(element(price("FLAT", "0")))[0][1] == "0.00"


def test_only_elements_valid_at_the_start_time_are_effective():
    night = element(price("ENERGY", "0.3"), start_time="22:00", end_time="06:00"), element(price("ENERGY", "0.5"))
    assert [one[1] for one in asked(*night)] == ["0.500000"]
    assert [one[1] for one in asked(*night, at=NOON + timedelta(hours=11))] == ["0.300000"]


def test_a_price_after_free_minutes_states_from_which_minute_it_applies():
    late = element(price("PARKING_TIME", "6"), min_duration=3600)
    assert asked(late) == [("PARKING_TIME", "0.100000", (0, None), (60, None), ())]


def test_conditions_that_numbers_cannot_express_are_stated_in_words():
    found = asked(element(price("ENERGY", "0.7"), min_power=50), element(price("ENERGY", "0.5", 0, 5000)))
    assert [one[4] for one in found] == [("from 50 kW",), ("where none of those before holds", "in blocks of 5 kWh")]
    assert asked(element(price("ENERGY", "0.7"), max_kwh=2.5), element(price("ENERGY", "0.5")))[0][4] == ("below 2.5 kWh",)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 41), st.integers(1, 90)), min_size=1, max_size=4), st.integers(1, 50))
def test_effective_energy_steps_add_up_to_the_bill(steps, kwh):
    """Compared with `rate`: a charge costs what its energy steps state."""
    elements = [element(price("ENERGY", f"0.{cents:02}"), min_kwh=start, max_kwh=end) for start, end, cents in steps]
    rules = tariff(*elements, element(price("ENERGY", "0.95")))
    billed = rate(rules, Usage((Phase(PhaseState.CHARGING, NOON, NOON + timedelta(hours=1), kwh * 1000),), "UTC")).exact_gross
    told = Decimal(0)
    for one in effective_prices(rules, NOON, "UTC"):
        end = kwh if one.kwh.end is None else min(kwh, one.kwh.end)
        told += one.price * max(0, end - one.kwh.start)
    assert told == billed
