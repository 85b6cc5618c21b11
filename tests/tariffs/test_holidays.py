"""Prices on holidays: as Sundays, only then, or never; compared with a rating minute by minute."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, OperatorId, Span, TariffVersionId
from forecourt.ocpi import Party, ocpi_tariff
from forecourt.stations import public_holidays
from forecourt.tariffs import (
    Phase,
    PhaseState,
    Tariff,
    Usage,
    changes_between,
    describe_tariff,
    parse_tariff,
    price_curve,
    price_sheet_of,
    rate,
    rate_report,
    resolve_holidays,
    tariff_version,
    unsupported_terms,
)

NAMES = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
WORKDAYS = NAMES[:5]
ZONE = "Europe/Berlin"
CHRISTMAS = datetime(2026, 12, 25, 16, tzinfo=UTC)  # a Friday, 17:00 in Berlin


def element(price: str, **restrictions: object) -> dict[str, object]:
    return {"price_components": [{"type": "ENERGY", "price": Decimal(price), "step_size": 1}], "restrictions": restrictions}


def source(*elements: dict[str, object], **holidays: object) -> dict[str, object]:
    return {"id": "T", "currency": "EUR", "elements": list(elements), **({"holidays": holidays} if holidays else {})}


def evening(**rule: str) -> dict[str, object]:
    """Weekdays from 16 to 21 hours, and a cheap price at all other times."""
    peak = element("0.80", start_time="16:00", end_time="21:00", day_of_week=list(WORKDAYS), **rule)
    return source(peak, element("0.30"), region="DE-BE", closed=["2026-12-24"])


def published(tariff: dict[str, object], start: datetime = datetime(2026, 6, 1, tzinfo=UTC)):
    return tariff_version(tariff, TariffVersionId(UUID(int=1)), OperatorId(UUID(int=2)), None, start)


def price(tariff: Tariff, at: datetime) -> Decimal:
    usage = Usage((Phase(PhaseState.CHARGING, at, at + timedelta(minutes=10), 1000),), ZONE)
    return rate(tariff, usage).exact_net


@pytest.mark.parametrize(("rule", "on_christmas"), [({}, "0.80"), ({"holidays": "ignore"}, "0.80"), ({"holidays": "as_sunday"}, "0.30")])
def test_a_holiday_rule_prices_christmas_as_stated(rule: dict[str, str], on_christmas: str) -> None:
    tariff = published(evening(**rule)).tariff
    assert price(tariff, CHRISTMAS) == Decimal(on_christmas)
    assert price(tariff, CHRISTMAS - timedelta(days=1)) == Decimal(on_christmas), "a day of the operator's own"
    assert price(tariff, CHRISTMAS - timedelta(days=2)) == Decimal("0.80"), "a Wednesday like others"


def test_a_published_tariff_keeps_its_holidays_when_the_calendar_changes() -> None:
    version = published(evening(holidays="as_sunday"))
    kept = json.loads(version.source)["holidays"]
    assert [day for day in kept["days"] if day[:4] == "2026"] == sorted(day.isoformat() for day in public_holidays("DE-BE", 2026))
    assert (kept["days"][0][:4], kept["days"][-1][:4]) == ("2026", "2036")
    later = json.loads(version.source)
    later["holidays"] = {**kept, "region": "AT-9"}
    assert published(later).tariff.plan.session.energy[0].holidays == version.tariff.plan.session.energy[0].holidays
    assert resolve_holidays(version.source, 2030) == version.source, "fixed once"


def test_a_tariff_without_holiday_rules_is_stored_unchanged() -> None:
    plain = source(element("0.30"))
    assert resolve_holidays(plain, 2026) is plain
    assert "holidays" not in published(plain).source


@pytest.mark.parametrize(
    "wrong",
    [
        source(element("0.3", holidays="never")),
        source(element("0.3", holidays="as_sunday"), closed=[]),
        source(element("0.3", holidays="sometimes"), closed=[]),
        source(element("0.3", holidays="only"), closed=["24.12."]),
        source(element("0.3", holidays="only"), region="DE-XX"),
    ],
    ids=["no days", "as_sunday of every day", "unknown rule", "no date", "unknown region"],
)
def test_an_invalid_holiday_rule_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        published(wrong)


def test_a_tariff_with_a_holiday_region_can_be_rated_only_once_published() -> None:
    with pytest.raises(BadInput, match="Publishing writes"):
        parse_tariff(evening(holidays="as_sunday"))
    phases = [{"state": "CHARGING", "start": "2026-12-25T16:00:00Z", "seconds": 600, "kwh": 1}]
    report = rate_report(evening(holidays="as_sunday"), phases=phases, zone=ZONE)
    assert report["total"]["before_taxes"] == "0.30", "the command line takes the days of the year it is asked for"


def test_holiday_prices_appear_in_texts_curves_and_version_changes() -> None:
    tariff, plain = published(evening(holidays="as_sunday")).tariff, published(evening()).tariff
    assert describe_tariff(tariff, CHRISTMAS, ZONE)[0].when == "16:00 to 21:00, Mon to Fri, holidays as Sundays"
    day = Span(datetime(2026, 12, 24, 23, tzinfo=UTC), datetime(2026, 12, 25, 23, tzinfo=UTC))
    assert [step.price for step in price_curve(tariff, day, ZONE)] == [Decimal("0.30")]
    assert [step.price for step in price_curve(plain, day, ZONE)] == [Decimal("0.30"), Decimal("0.80"), Decimal("0.30")]
    assert changes_between(plain, tariff)


def test_a_tariff_with_holidays_is_not_sent_to_chargers() -> None:
    assert price_sheet_of(published(evening()).tariff, "S") is not None
    tariff = published(evening(holidays="as_sunday")).tariff
    assert price_sheet_of(tariff, "S") is None
    assert "holidays" in " ".join(unsupported_terms(tariff))


RULES = st.sampled_from(["ignore", "as_sunday", "only", "never"])
# Around the days on which clocks change, and New Year.
STARTS = st.sampled_from([date(2026, 3, 26), date(2026, 3, 6), date(2026, 10, 23), date(2026, 10, 30), date(2026, 12, 29)])
TIMES = st.sampled_from([{}, {"start_time": "02:30", "end_time": "22:15"}, {"start_time": "22:00", "end_time": "02:15"}])


@st.composite
def elements(draw: st.DrawFn) -> dict[str, object]:
    days = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6))
    rule = draw(RULES if days else RULES.filter(lambda one: one != "as_sunday"))
    first = draw(st.sampled_from([{}, {"start_date": "2026-03-28"}, {"end_date": "2026-12-31"}, {"end_date": "2026-10-25"}]))
    return element(str(draw(st.integers(1, 99))), holidays=rule, **draw(TIMES), **first, **({"day_of_week": days} if days else {}))


@st.composite
def charges(draw: st.DrawFn) -> tuple[dict[str, object], Usage, int]:
    """A tariff, and a charge of 60 Wh a minute with a little parking after it, of three days at the most."""
    start, zone = draw(STARTS), draw(st.sampled_from([ZONE, "America/Los_Angeles", "Australia/Lord_Howe"]))
    off = draw(st.lists(st.integers(0, 4), unique=True, max_size=4))
    closed = [(start + timedelta(days=day)).isoformat() for day in off]
    tariff = source(*draw(st.lists(elements(), min_size=1, max_size=4)), closed=closed)
    began = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 2000)))
    minutes = draw(st.integers(1, 4000))
    cuts = sorted({0, minutes, *draw(st.lists(st.integers(1, minutes), max_size=2))})
    at = [began + timedelta(minutes=one) for one in cuts]
    phases = tuple(Phase(PhaseState.CHARGING, one, two, 60 * ((two - one) // timedelta(minutes=1))) for one, two in pairwise(at))
    return tariff, Usage(phases, zone), minutes


def wall_price(tariff: dict[str, object], local: datetime) -> int:
    """The first price that holds at that minute on the wall."""
    today, clock = local.date().isoformat(), f"{local:%H:%M}"
    is_holiday = today in tariff["holidays"]["closed"]
    for one in tariff["elements"]:
        when, weekday = one["restrictions"], NAMES[local.weekday()]
        rule = when["holidays"]
        if (rule == "only" and not is_holiday) or (rule == "never" and is_holiday):
            continue
        if rule == "as_sunday" and is_holiday:
            weekday = "SUNDAY"
        start, end = when.get("start_time", "00:00"), when.get("end_time", "24:00")
        inside = start <= clock < end if start < end else clock >= start or clock < end
        dated = when.get("start_date", "") <= today < when.get("end_date", "9")
        if inside and dated and weekday in when.get("day_of_week", NAMES):
            return int(one["price_components"][0]["price"])
    return 0


@given(charges())
def test_a_charge_with_holiday_prices_costs_the_sum_of_its_minutes(charge: tuple[dict[str, object], Usage, int]) -> None:
    tariff, usage, minutes = charge
    zone, began = ZoneInfo(usage.zone), usage.phases[0].start
    expected = sum(wall_price(tariff, (began + timedelta(minutes=one)).astimezone(zone)) for one in range(minutes))
    assert Fraction(rate(parse_tariff(tariff), usage).exact_net) == Fraction(expected * 60, 1000)


@given(charges())
def test_the_ocpi_tariff_has_dates_instead_of_holidays_and_rates_alike(charge: tuple[dict[str, object], Usage, int]) -> None:
    tariff, usage, _ = charge
    version = published(tariff)
    told = ocpi_tariff(version, Party("DE", "FCT"), "2.3.0", version.valid_from, 2026)
    assert "holidays" not in json.dumps(told, default=str)
    assert rate(parse_tariff(told), usage).exact_net == rate(version.tariff, usage).exact_net


def test_the_ocpi_tariff_has_the_holiday_dates_of_this_year_and_the_next() -> None:
    version = published(evening(holidays="as_sunday"))
    told = parse_tariff(ocpi_tariff(version, Party("DE", "FCT"), "2.2.1", version.valid_from, 2027))
    for year in (2026, 2027, 2028):
        at = CHRISTMAS.replace(year=year)
        assert price(told, at) == price(version.tariff, at) == Decimal("0.30")
    assert price(told, datetime(2027, 12, 23, 16, tzinfo=UTC)) == Decimal("0.80"), "a Thursday like others"
    bare = replace(version.tariff, holidays=None)
    assert price(bare, CHRISTMAS) == Decimal("0.80"), "without its days a holiday is one like others"
