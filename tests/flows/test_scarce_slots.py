"""A booking in a busy hour must bring the worth of its slot where the operator requires it; no price is ever raised."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from forecourt.flows.bookings import ReserveRequest, change_booking, nearest_offers, reserve
from forecourt.flows.prices import set_rules
from forecourt.kernel import Conflict, Span
from forecourt.revenue import Bounds, PriceRules, SlotBids

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday, 14:00 in Berlin
RULES = Bounds(Decimal("0.30"), Decimal("0.56"), Decimal("0.06"))
BUSY = tuple(Decimal(9) if hour == 15 else Decimal(0) for hour in range(24))


@pytest.fixture
def weighed(forecourt):
    """From 15:00 to 16:00 local a socket is worth 9.00."""
    with forecourt.transactions.begin() as store:
        rules = PriceRules(forecourt.operator_id, forecourt.site_id, RULES, by_bid_price=True)
        set_rules(store, rules, "anna", NOON, forecourt.ids)
        store.pricing.put_bids(SlotBids(forecourt.operator_id, forecourt.site_id, NOON, BUSY, BUSY))
    return forecourt


def wish(forecourt, energy_wh=5_000, start=60, end=120):
    window = Span(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))
    return ReserveRequest(forecourt.site_id, "T2-7kW", forecourt.card_driver, window, energy_wh)


def test_a_booking_below_the_worth_of_a_busy_hour_is_refused_with_the_nearest_start_outside_it(weighed):
    with weighed.transactions.begin() as store, pytest.raises(Conflict, match="Many drivers want") as refusal:
        reserve(store, wish(weighed), NOON, weighed.ids)
    assert refusal.value.code == "slot_scarce" and "2026-06-01T1" in refusal.value.remedy
    with weighed.transactions.begin() as store:
        offers = nearest_offers(store, wish(weighed), NOON)
        assert offers and all(abs(one.window.start - wish(weighed).window.start) >= timedelta(minutes=30) for one in offers)
        assert reserve(store, replace(wish(weighed), window=offers[0].window), NOON, weighed.ids).quote.gross == offers[0].due


def test_a_booking_that_brings_the_worth_of_a_busy_slot_pays_the_ordinary_price(weighed):
    """Ten minutes of the busy slot are worth 1.50, which two kilowatt-hours and the parking bring."""
    with weighed.transactions.begin() as store:
        booked = reserve(store, wish(weighed, start=30, end=70), NOON, weighed.ids)
        assert "many want a bay at that time, and it costs the ordinary price" in booked.quote.because
        calm = replace(
            wish(weighed, start=30, end=70),
            driver_id=booked.driver_id,
            window=Span(*(at + timedelta(days=1) for at in (booked.window.start, booked.window.end))),
        )
        set_rules(store, PriceRules(weighed.operator_id, weighed.site_id, RULES), "anna", NOON, weighed.ids)
        plain = reserve(store, calm, NOON, weighed.ids)
        assert plain.quote.gross == booked.quote.gross and "many want" not in plain.quote.because


def test_a_booking_is_not_refused_if_the_worth_of_slots_is_outdated(weighed):
    with weighed.transactions.begin() as store:
        store.pricing.put_bids(SlotBids(weighed.operator_id, weighed.site_id, NOON - timedelta(days=9), BUSY, BUSY))
        assert reserve(store, wish(weighed), NOON, weighed.ids).live


def test_a_refused_change_leaves_the_booking_as_it_was(weighed):
    with weighed.transactions.begin() as store:
        old = reserve(store, wish(weighed, start=240, end=300), NOON, weighed.ids)
    with weighed.transactions.begin() as store, pytest.raises(Conflict, match="Many drivers want"):
        change_booking(store, old.id, wish(weighed), NOON, weighed.ids)
    with weighed.transactions.begin() as store:
        assert store.bookings.booking(old.id).window == old.window
