"""Properties that hold for any tariff: compared with a minute-by-minute referee that shares no code with the engine."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import Money
from forecourt.tariffs import Phase, PhaseState, Usage, parse_tariff, rate

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


def referee(source, start, parts, zone):
    """Walks minute by minute, looks at the wall clock each time, and adds up."""
    total, used_wh, minute, flat = Fraction(0), 0, 0, False
    for state, minutes in parts:
        for _ in range(minutes):
            local = (start + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
            prices = {}
            for each in source["elements"]:
                if matches(each.get("restrictions", {}), local, used_wh, minute * 60):
                    for component in each["price_components"]:
                        prices.setdefault(component["type"], Fraction(component["price"]))
            if "FLAT" in prices and not flat:
                total, flat = total + prices["FLAT"], True
            if state == "CHARGING":
                total += prices.get("ENERGY", 0) * WH_A_MINUTE / 1000 + prices.get("TIME", 0) / 60
                used_wh += WH_A_MINUTE
            elif state == "IDLE":
                total += prices.get("PARKING_TIME", 0) / 60
            minute += 1
    return total


def matches(rules, local, used_wh, elapsed):
    clock, day = local.strftime("%H:%M"), local.date().isoformat()
    start, end = rules.get("start_time", "00:00"), rules.get("end_time", "24:00")
    end = "24:00" if end == "00:00" else end
    in_time = start <= clock < end if start < end else clock >= start or clock < end
    return (
        in_time
        and DAYS[local.weekday()] in rules.get("day_of_week", DAYS)
        and rules.get("start_date", "0") <= day < rules.get("end_date", "9")
        and Fraction(str(rules.get("min_kwh", 0))) * 1000 <= used_wh < Fraction(str(rules.get("max_kwh", 10**6))) * 1000
        and rules.get("min_duration", 0) <= elapsed < rules.get("max_duration", 10**9)
    )


@settings(deadline=None)
@given(tariffs, st.sampled_from(STARTS), stretches, st.sampled_from(ZONES))
def test_agrees_with_the_minute_by_minute_referee(source, start, parts, zone):
    rating = rate(parse_tariff(source), used_by(start, parts, zone))
    assert abs(Fraction(rating.exact_net) - referee(source, start, parts, zone)) <= Fraction(1, 10**12) * 5


@settings(deadline=None)
@given(tariffs, st.sampled_from(STARTS), stretches, st.sampled_from(ZONES), st.integers(1, 96))
def test_how_finely_phases_are_cut_makes_no_difference(source, start, parts, zone, minutes):
    rules = parse_tariff(source)
    fine = [(state, part) for state, length in parts for part in [minutes] * (length // minutes) + [length % minutes] if part]
    whole, cut = rate(rules, used_by(start, parts, zone)), rate(rules, used_by(start, fine, zone))
    assert (whole.lines, whole.gross, whole.exact_gross) == (cut.lines, cut.gross, cut.exact_gross)


@settings(deadline=None)
@given(tariffs, st.sampled_from(STARTS), stretches, st.sampled_from(("YES", "NO", "N/A")))
def test_lines_add_up_and_tax_is_gross_less_net(source, start, parts, tax_included):
    rating = rate(parse_tariff(source | {"tax_included": tax_included}), used_by(start, parts, "UTC"))
    total = rating.exact_gross if rating.tax_included else rating.exact_net
    assert abs(sum(line.amount for line in rating.lines) - total) <= Decimal("1E-11")
    assert rating.tax == rating.gross - rating.net
    assert sum(tax.gross.minor for tax in rating.taxes) == rating.gross.minor
    assert abs(rating.gross.amount - rating.exact_gross) <= Decimal("0.01") * max(1, len(rating.taxes))


@settings(deadline=None)
@given(tariffs, st.sampled_from(STARTS), stretches, st.decimals(0, 20, places=2), st.decimals(0, 20, places=2))
def test_limits_hold_to_the_cent(source, start, parts, one, other):
    low, high = sorted((one, other))
    limited = source | {"min_price": {"before_taxes": low}, "max_price": {"before_taxes": high}}
    rating = rate(parse_tariff(limited), used_by(start, parts, "UTC"))
    assert low - Decimal("0.02") <= rating.net.amount <= high + Decimal("0.02")
    assert low <= rating.exact_net <= high


@settings(deadline=None)
@given(st.integers(0, 90_000), st.integers(0, 90_000), st.lists(st.integers(1, 80), max_size=4, unique=True))
def test_more_energy_never_costs_less(one, other, tiers):
    steps = [{"price_components": [{"type": "ENERGY", "price": "0.31"}], "restrictions": {"max_kwh": tier}} for tier in sorted(tiers)]
    rules = parse_tariff({"id": "T", "currency": "EUR", "elements": [*steps, {"price_components": [{"type": "ENERGY", "price": "0.5"}]}]})
    less, more = sorted((one, other))
    assert rate(rules, one_hour(less)).gross <= rate(rules, one_hour(more)).gross


def one_hour(energy_wh):
    return Usage((Phase(PhaseState.CHARGING, STARTS[0], STARTS[0] + timedelta(hours=1), energy_wh),), "UTC")


@settings(deadline=None)
@given(tariffs, st.sampled_from(STARTS), stretches)
def test_rating_again_gives_the_same(source, start, parts):
    rules, used = parse_tariff(source), used_by(start, parts, "Europe/Berlin")
    assert repr(rate(rules, used)) == repr(rate(parse_tariff(source), used))


def test_money_of_nothing_is_zero():
    assert rate(
        parse_tariff({"id": "T", "currency": "JPY", "elements": [{"price_components": [{"type": "FLAT", "price": 0}]}]}), one_hour(1)
    ).gross == Money(0, "JPY")
