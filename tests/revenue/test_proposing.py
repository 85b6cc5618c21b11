"""Price proposals stay within the operator's bounds and the law, and state their gain or that there is none."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Conflict, Span
from forecourt.revenue import (
    Accuracy,
    Bounds,
    DayKind,
    Elasticity,
    Forecast,
    Outlook,
    ProposalKind,
    SalesSummary,
    SoldHour,
    bid_prices_of,
    build_outlook,
    prices_by_hour,
    propose,
    propose_ladder,
    slot_bid_value,
    with_hourly_prices,
)
from forecourt.tariffs import Channel, Phase, PhaseState, Usage, check_tariff, parse_tariff, price_curve, rate
from tariffs.texts import element, price

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
BOUNDS = Bounds(floor=Decimal("0.35"), cap=Decimal("0.65"), largest_step=Decimal("0.10"))
SOURCE = {"id": "T", "currency": "EUR", "elements": [element(price("PARKING_TIME", "6", 19)), element(price("ENERGY", "0.50", 19))]}
LAWFUL = partial(check_tariff, country="DE", power_kw=150, channel=Channel.ADHOC, on=date(2026, 11, 23))
RUSH = tuple(1.0 if hour < 7 else 9.0 if hour < 10 or 16 <= hour < 19 else 2.5 for hour in range(24))
QUIET = (0.4,) * 24
WEEK = ((1.0,) * 24,) * 7


def outlook(workday=RUSH, weekend=QUIET, elasticity=2.0, sd=0.2):
    found = Elasticity(elasticity, sd, 0.9, ())
    coming = Forecast(date(2026, 1, 5), WEEK, WEEK, WEEK, "test", Accuracy(168, 1, 1.2, 1, 1.2, 1, 1.2, 0.8, 0.8))
    return Outlook({DayKind.WORKDAY: workday, DayKind.WEEKEND: weekend}, found, (0.9, 1.1), 1.5, 20.0, 8, 0.5, coming)


def test_busy_hours_become_more_expensive_and_quiet_ones_cheaper():
    proposal = propose(SOURCE, outlook(), BOUNDS, LAWFUL)
    new = {one.kind: one.new_prices for one in proposal.days}
    assert new[DayKind.WORKDAY][8] > new[DayKind.WORKDAY][3] and new[DayKind.WEEKEND][12] < Decimal("0.50")
    assert "of sockets in use" in proposal.moves[0].reason and "best single price" in proposal.reason
    assert proposal.effect.low <= proposal.effect.over_flat <= proposal.effect.high and proposal.effect.over_flat <= proposal.effect.bound


def test_the_proposed_tariff_has_the_prices_of_the_proposed_moves():
    proposal = propose(SOURCE, outlook(), BOUNDS, LAWFUL)
    for move in proposal.moves:
        at = MONDAY + timedelta(days=5 * (move.day is DayKind.WEEKEND), hours=move.start_hour)
        (step,) = price_curve(parse_tariff(proposal.source), Span(at, at + timedelta(minutes=5)), "UTC")
        assert step.price == move.new_price and abs(move.new_price - move.old_price) <= BOUNDS.largest_step
    assert SOURCE["elements"][0] in proposal.source["elements"]


def test_without_a_possible_gain_nothing_is_proposed():
    best = SOURCE | {"elements": [element(price("ENERGY", "0.65", 19))]}
    proposal = propose(best, outlook(QUIET, QUIET, elasticity=0.76), BOUNDS, LAWFUL)
    assert not proposal.changes and proposal.moves == () and "No time-of-day prices" in proposal.reason
    ladder = propose_ladder(best, outlook(QUIET, QUIET, elasticity=0.76), BOUNDS, LAWFUL)
    assert not ladder.changes and ladder.ladder is None


def test_without_demand_nothing_is_proposed():
    nobody = outlook((0.0,) * 24, (0.0,) * 24)
    assert not propose(SOURCE, nobody, BOUNDS, LAWFUL).changes and not propose_ladder(SOURCE, nobody, BOUNDS, LAWFUL).changes


def test_an_unlawful_tariff_is_never_proposed():
    source = SOURCE | {"elements": [*SOURCE["elements"], element(price("FLAT", "1"))]}
    for make in (propose, propose_ladder):
        with pytest.raises(Conflict, match="2023/1804"):
            make(source, outlook(), BOUNDS, LAWFUL)


def test_a_price_ladder_rises_with_the_occupied_sockets_within_the_bounds():
    proposal = propose_ladder(SOURCE, outlook(), BOUNDS, LAWFUL)
    ladder = proposal.ladder
    assert proposal.kind is ProposalKind.BY_OCCUPANCY and ladder is not None and len(ladder.prices) <= 8
    shown = [ladder.price(DayKind.WORKDAY, 8, taken) for taken in range(9)]
    assert shown[:8] == sorted(shown[:8]) and shown[7] > shown[0]
    assert {BOUNDS.floor, BOUNDS.cap} <= set(ladder.prices) and all(BOUNDS.floor <= one <= BOUNDS.cap for one in ladder.prices)


def test_a_free_socket_is_most_valuable_when_others_are_refused():
    worth = propose(SOURCE, outlook(), BOUNDS, LAWFUL).days[0].worth
    assert worth[17] > worth[4] >= 0


def test_rewriting_hourly_prices_keeps_unrelated_elements():
    night = element(price("ENERGY", "0.30", 19), start_time="22:00", end_time="06:00")
    powerful = element(price("ENERGY", "0.70", 19), min_power=100)
    source = {"id": "T", "currency": "EUR", "elements": [night, powerful, *SOURCE["elements"]]}
    changed = with_hourly_prices(source, dict.fromkeys(DayKind, (Decimal("0.40"),) * 24))
    assert changed["elements"][0] == powerful and len(changed["elements"]) == 3
    assert changed["elements"][2]["price_components"][0]["price"] == Decimal("0.40")


def test_rewriting_hourly_prices_keeps_prices_of_the_first_and_last_kwh():
    """5 kWh at 0.20, above 40 kWh 0.60, between them 0.40 and in the evening 0.50."""
    parts = [element(price("ENERGY", "0.20", 19), max_kwh=5), element(price("ENERGY", "0.60", 19), min_kwh=40)]
    source = {"id": "T", "currency": "EUR", "elements": [*parts, element(price("ENERGY", "0.40", 19))]}
    wanted = {kind: (Decimal("0.40"),) * 18 + (Decimal("0.50"),) * 6 for kind in DayKind}
    changed = with_hourly_prices(source, wanted)
    assert [prices_by_hour(changed, kind) for kind in DayKind] == list(wanted.values()) and with_hourly_prices(changed, wanted) == changed
    for hour, middle in ((12, "0.40"), (19, "0.50")):
        begin = MONDAY + timedelta(hours=hour)
        used = Usage((Phase(PhaseState.CHARGING, begin, begin + timedelta(hours=1), 50_000),), "UTC")
        assert rate(parse_tariff(changed), used).exact_net == 5 * Decimal("0.20") + 35 * Decimal(middle) + 10 * Decimal("0.60")


def test_rewriting_hourly_prices_keeps_holidays_as_sundays_and_refuses_holiday_only_prices():
    def source(rule):
        peak = element(price("ENERGY", "0.70", 19), start_time="16:00", end_time="20:00", day_of_week=["MONDAY"], holidays=rule)
        return {"id": "T", "currency": "EUR", "elements": [peak, *SOURCE["elements"]], "holidays": {"closed": ["2026-01-05"]}}

    wanted = {kind: (Decimal("0.50"),) * 8 + (Decimal("0.40"),) * 16 for kind in DayKind}
    assert prices_by_hour(source("as_sunday"), DayKind.WORKDAY)[16] == Decimal("0.70"), "of a day like others"
    windows = with_hourly_prices(source("as_sunday"), wanted)["elements"][:2]
    assert [one["restrictions"]["holidays"] for one in windows] == ["as_sunday"] * 2
    assert "holidays" not in with_hourly_prices(source("ignore"), wanted)["elements"][0]["restrictions"]
    with pytest.raises(BadInput):
        with_hourly_prices(source("only"), wanted)


@settings(deadline=None, max_examples=4)
@given(st.lists(st.floats(0, 12), min_size=24, max_size=24), st.floats(0.3, 3), st.integers(2, 3))
def test_repeated_proposals_never_leave_the_bounds(rates, elasticity, rounds):
    source, seen = SOURCE, outlook(tuple(rates), tuple(reversed(rates)), elasticity)
    for _ in range(rounds):
        proposal = propose(source, seen, BOUNDS, LAWFUL)
        assert all(abs(move.new_price - move.old_price) <= BOUNDS.largest_step for move in proposal.moves)
        source = proposal.source
    for step in price_curve(parse_tariff(source), Span(MONDAY, MONDAY + timedelta(days=7)), "UTC"):
        assert BOUNDS.floor <= step.price <= BOUNDS.cap


def test_the_outlook_follows_the_forecast_level():
    sold = [SoldHour(24 * (day % 7 > 4) + hour, day, 2, 1.0, 0.5) for day in range(28) for hour in range(24)]
    seen = build_outlook(SalesSummary(tuple(sold), 1.0, 20.0, 8), outlook().forecast, (0.8, 1.2))
    assert sum(seen.arrivals[DayKind.WORKDAY]) == pytest.approx(24, rel=0.01)
    with pytest.raises(BadInput):
        build_outlook(SalesSummary((), 1.0, 20.0, 8), outlook().forecast, (0.8, 1.2))


def test_price_bounds_must_be_multiples_of_the_price_step():
    with pytest.raises(BadInput, match="multiples of the price step"):
        Bounds(Decimal("0.355"), Decimal("0.65"), Decimal("0.05"))


def test_a_slot_is_most_valuable_in_busy_hours_and_counted_by_part_of_the_hour():
    bids = bid_prices_of(SOURCE, outlook(), BOUNDS)
    day = bids[DayKind.WORKDAY]
    assert min(day[8], day[17]) > max(day[1], day[12]) >= 0 and max(bids[DayKind.WEEKEND]) < day[8]
    eight = MONDAY + timedelta(hours=7)  # 08:00 in Berlin
    window = Span(eight + timedelta(minutes=30), eight + timedelta(minutes=75))
    assert slot_bid_value(bids, window, "Europe/Berlin") == (day[8] * 30 + day[9] * 15) / 60
    saturday = Span(*(at + timedelta(days=5) for at in (window.start, window.end)))
    assert slot_bid_value(bids, saturday, "Europe/Berlin") < slot_bid_value(bids, window, "Europe/Berlin")


def test_a_slot_over_a_clock_change_is_valued_by_its_real_hours():
    bids = dict.fromkeys(DayKind, tuple(Decimal(hour) for hour in range(24)))
    night = Span(datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC))
    # 01:30 to 03:30 by the clock, with the hour from two o'clock twice.
    assert slot_bid_value(bids, night, "Europe/Berlin") == Decimal("0.5") * 1 + 2 + 2 + Decimal("0.5") * 3
