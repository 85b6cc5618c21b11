"""Properties that hold for any tariff; test_rating_against_referee.py has a referee that shares no code with the engine."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import Money
from forecourt.tariffs import Phase, PhaseState, Usage, parse_tariff, rate
from tariffs.texts import element, price, tariff

ZONES = ("Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe", "UTC")
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
# Around the nights when clocks change, and some ordinary days.
STARTS = [
    datetime(2026, month, day, hour, minute, tzinfo=UTC)
    for month, day in ((3, 8), (3, 28), (4, 4), (6, 30), (10, 3), (10, 24), (11, 1), (12, 31))
    for hour in (0, 9, 15, 21)
    for minute in (0, 17)
]
WH_A_MINUTE = 100

times = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))
restrictions = st.fixed_dictionaries(
    {},
    optional={
        "start_time": times,
        "end_time": times,
        "day_of_week": st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True),
        "min_kwh": st.integers(0, 200).map(lambda tenths: tenths / 10),
        "max_kwh": st.integers(1, 200).map(lambda tenths: tenths / 10),
        "min_duration": st.integers(0, 300).map(lambda minutes: minutes * 60),
        "max_duration": st.integers(1, 300).map(lambda minutes: minutes * 60),
        "start_date": st.sampled_from(("2026-03-29", "2026-10-25")),
        "end_date": st.sampled_from(("2026-03-29", "2026-11-02")),
    },
)
components = st.fixed_dictionaries(
    {
        "type": st.sampled_from(("ENERGY", "TIME", "PARKING_TIME", "FLAT")),
        "price": st.decimals(0, 5, places=4),
        "step_size": st.just(0),
    },
    optional={"vat": st.sampled_from((Decimal(19), Decimal("5.5"), Decimal(0)))},
)
elements = st.fixed_dictionaries({"price_components": st.lists(components, min_size=1, max_size=4), "restrictions": restrictions})
tariffs = st.lists(elements, min_size=1, max_size=5).map(lambda found: {"id": "T", "currency": "EUR", "elements": found})
stretches = st.lists(st.tuples(st.sampled_from(("CHARGING", "IDLE", "WITHHELD")), st.integers(1, 240)), min_size=1, max_size=5)


def used_by(start, parts, zone):
    phases = []
    for state, minutes in parts:
        end = start + timedelta(minutes=minutes)
        phases.append(Phase(PhaseState(state), start, end, minutes * WH_A_MINUTE if state == "CHARGING" else 0))
        start = end
    return Usage(tuple(phases), zone)


@settings(deadline=None)
@given(tariffs, st.sampled_from(STARTS), stretches, st.decimals(0, 20, places=2), st.decimals(0, 20, places=2))
def test_minimum_and_maximum_totals_hold_to_the_cent(source, start, parts, one, other):
    low, high = sorted((one, other))
    limited = source | {"min_price": {"before_taxes": low}, "max_price": {"before_taxes": high}}
    rating = rate(parse_tariff(limited), used_by(start, parts, "UTC"))
    assert low - Decimal("0.02") <= rating.net.amount <= high + Decimal("0.02")
    assert low <= rating.exact_net <= high


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 30_000), max_size=3, unique=True),
    st.lists(st.tuples(st.integers(1, 20_000), st.integers(1, 10_000)), min_size=1, max_size=3),
    st.integers(0, 9_000),
    st.sampled_from((1, 2, 700)),
)
def test_an_energy_threshold_is_reached_at_the_exact_time_of_an_even_flow(tiers, charged, parked_s, step):
    """charged: Wh and seconds, one phase after the other. Above each amount the kWh, and the hour of charging, have another price.

    What a step adds costs what was used last: to the energy, and to the time that was parked or else charged.
    """
    bounds, phases, used, expected = [0, *sorted(tiers), 10**9], [], 0, Fraction(6 * parked_s, 3600)
    last = (Fraction(0), 0)
    bands = [(low, high, Fraction(number + 3, 10), number + 1) for number, (low, high) in enumerate(pairwise(bounds))]
    for wh, seconds in charged:
        start = phases[-1].end if phases else STARTS[0]
        phases.append(Phase(PhaseState.CHARGING, start, start + timedelta(seconds=seconds), wh))
        for low, high, per_kwh, per_hour in bands:
            part = max(0, min(used + wh, high) - max(used, low))
            expected += per_kwh * part / 1000 + Fraction(per_hour * seconds * part, wh * 3600)
            last = (per_kwh, per_hour) if part else last
        used += wh
    time_s, an_hour = (parked_s, 6) if parked_s else (sum(seconds for _, seconds in charged), last[1])
    expected += last[0] * (-used % step) / 1000 + Fraction(an_hour * (-time_s % step), 3600)
    phases.append(Phase(PhaseState.IDLE, phases[-1].end, phases[-1].end + timedelta(seconds=parked_s), 0))
    priced = [(high, [("ENERGY", float(per_kwh)), ("TIME", per_hour), ("PARKING_TIME", 6)]) for _, high, per_kwh, per_hour in bands]
    elements = [element(*(price(*each, step=step) for each in found), max_kwh=high / 1000) for high, found in priced]
    rating = rate(tariff(*elements), Usage(tuple(phases), "UTC"))
    assert abs(Fraction(rating.exact_net) - expected) <= Fraction(1, 10**12)
    assert abs(Fraction(rating.net.amount) - expected) <= Fraction(1, 200) and rating.net == rating.gross, "what is billed, to the cent"
    for line in rating.lines:
        assert abs(line.unit_price * line.quantity - line.amount) <= Decimal("1E-11")


@settings(deadline=None)
@given(st.integers(0, 90_000), st.integers(0, 90_000), st.lists(st.integers(1, 80), max_size=4, unique=True))
def test_more_energy_never_costs_less_under_energy_steps(one, other, tiers):
    steps = [{"price_components": [{"type": "ENERGY", "price": "0.31"}], "restrictions": {"max_kwh": tier}} for tier in sorted(tiers)]
    rules = parse_tariff({"id": "T", "currency": "EUR", "elements": [*steps, {"price_components": [{"type": "ENERGY", "price": "0.5"}]}]})
    less, more = sorted((one, other))
    assert rate(rules, one_hour(less)).gross <= rate(rules, one_hour(more)).gross


def one_hour(energy_wh):
    return Usage((Phase(PhaseState.CHARGING, STARTS[0], STARTS[0] + timedelta(hours=1), energy_wh),), "UTC")


def test_a_free_charge_costs_zero_in_its_currency():
    assert rate(
        parse_tariff({"id": "T", "currency": "JPY", "elements": [{"price_components": [{"type": "FLAT", "price": 0}]}]}), one_hour(1)
    ).gross == Money(0, "JPY")
