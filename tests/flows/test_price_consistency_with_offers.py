"""One price, also with a plan, coupons and vouchers: the quote, the running cost, the last point of the curve, and the
invoice are the same to the cent, and so are their tax and their discount lines.

RATING_EXAMPLES=10000 pytest --timeout 0 tests/flows/test_price_consistency_with_offers.py runs it on ten thousand sessions.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.test_price_consistency import BLOCK_MINUTES, BLOCK_WH, EXAMPLES, cdr_of, points_of, tariffs
from forecourt.billing import LineKind
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.prices import find_price, running_cost
from forecourt.kernel import ChargerId, SessionId, Span
from forecourt.offers import DiscountRule
from forecourt.sessions import Session, phases_of
from forecourt.store.memory import MemoryTransactions
from forecourt.tariffs import Dimension, PhaseState, rate_cdr
from forecourt.web.queries.charges import charge as charge_view
from forecourt.web.queries.prices import quote_view
from money_world import CARD_DRIVER, EVSE, NOON, OPERATOR, SITE, record
from offer_world import OfferWorld, eur

percents = st.integers(1, 100).map(Decimal)
dimensions = st.sets(st.sampled_from(list(Dimension)), min_size=1).map(frozenset)
percent_cuts = st.builds(DiscountRule, percent=percents, dimensions=dimensions, least_wh=st.sampled_from((0, 5_000)))
energy_cuts = st.builds(DiscountRule, energy_wh=st.integers(1, 40_000))
benefits = st.one_of(
    percent_cuts,
    energy_cuts,
    st.builds(DiscountRule, per_kwh=st.integers(1, 60).map(lambda cents: Decimal(cents) / 100)),
    st.builds(DiscountRule, seconds=st.integers(60, 7200), dimensions=st.just(frozenset({Dimension.PARKING_TIME, Dimension.TIME}))),
)
coupons = st.tuples(
    st.one_of(percent_cuts, energy_cuts, st.integers(1, 3000).map(lambda minor: DiscountRule(amount=eur(minor)))),
    st.fixed_dictionaries({"stacks": st.booleans(), "least_spend": st.none() | st.just(eur(500)), "budget": st.none() | st.just(eur(400))}),
)
vouchers = st.fixed_dictionaries({"percent": st.integers(0, 100), "budget": st.none() | st.just(eur(150))})
plans = st.none() | st.lists(benefits, min_size=1, max_size=4)


@st.composite
def entitled(draw):
    """A forecourt with a tariff, and a driver who holds what was drawn."""
    world = OfferWorld(MemoryTransactions(), draw(tariffs()))
    if cuts := draw(plans):
        world.join(world.plan(*cuts))
    for cut, more in draw(st.lists(coupons, max_size=3)):
        world.take(world.coupon(cut, **more).code)
    world.cafe()
    for more in draw(st.lists(vouchers, max_size=2)):
        world.take(world.voucher(world.parking_offer(**more)))
    return world


@settings(deadline=None, max_examples=EXAMPLES)
@given(entitled(), st.integers(0, 60 * 24 * 25), st.integers(1, 160), st.integers(1, 300), st.integers(1, 20))
def test_quote_running_cost_curve_and_invoice_agree_to_the_cent(world, minute, blocks, idle, every):
    start = NOON + timedelta(minutes=minute)
    window, energy_wh = Span(start, start + timedelta(minutes=blocks * BLOCK_MINUTES + idle)), blocks * BLOCK_WH
    points = points_of(SessionId(record().session_id), start, blocks, every)
    made = replace(record(begin=start), phases=phases_of(points, window.end), ended_at=window.end, energy_wh=energy_wh)
    ids = (made.session_id, OPERATOR, SITE, EVSE, ChargerId("CP1"))
    session = Session(*ids, "1", start, window.end, PhaseState.IDLE, 7360, tariff_version_id=made.tariff_version_id, driver_id=CARD_DRIVER)
    with world.transactions.begin() as store:
        quote = find_price(store, SITE, "T2", window, energy_wh, CARD_DRIVER)
        site = store.stations.site(SITE)
        store.sessions.put(session)
        store.sessions.add_points(points)
        running = running_cost(store, session, window.end)
        while_it_ran = charge_view(store, session.id, CARD_DRIVER, window.end)
        store.sessions.end(made)
        invoice = rate_and_invoice(store, made.session_id, window.end, world.world.ids)
        afterwards = charge_view(store, session.id, CARD_DRIVER, window.end)
        shown = quote_view(quote, site, window, energy_wh)
    assert quote.due == running.due == invoice.due == shown.due
    assert quote.gross == running.gross == invoice.gross == shown.gross
    assert quote.tax == running.tax == invoice.tax == shown.vat
    assert quote.discounts == running.discounts == tuple(one for one in invoice.content.lines if one.what is LineKind.DISCOUNT)
    assert quote.contributions == running.contributions == invoice.content.contributions
    assert while_it_ran.cost == while_it_ran.band.points[-1].cost == afterwards.band.points[-1].cost == invoice.due
    assert rate_cdr(quote.version.tariff, cdr_of(made), site.zone).gross == quote.rating.gross


@settings(deadline=None, max_examples=max(10, EXAMPLES // 6))
@given(entitled(), st.integers(0, 24 * 20), st.integers(1, 6))
def test_a_booking_is_quoted_the_same_price_as_a_charge_of_its_window(world, hour, hours):
    start = NOON + timedelta(hours=hour + 1)
    window = Span(start, start + timedelta(hours=hours))
    with world.transactions.begin() as store:
        booking = reserve(store, ReserveRequest(SITE, "T2", CARD_DRIVER, window, 9_000), NOON, world.world.ids)
        price = find_price(store, SITE, "T2", window, 9_000, CARD_DRIVER)
    assert booking.quote.due == price.due and (booking.quote.off or eur(0)) == price.applied.off


def test_a_driver_who_is_no_member_is_quoted_the_full_price():
    world = OfferWorld(MemoryTransactions())
    world.join(world.plan(DiscountRule(percent=Decimal(10))))
    window = Span(NOON, NOON + timedelta(hours=2))
    with world.transactions.begin() as store:
        member, anybody = (find_price(store, SITE, "T2", window, 10_000, one) for one in (CARD_DRIVER, None))
    assert anybody.due == anybody.rating.gross == member.rating.gross and member.due.minor == round(anybody.due.minor * 0.9)


def test_a_used_up_allowance_is_not_in_the_quote():
    world = OfferWorld(MemoryTransactions())
    world.join(world.plan(DiscountRule(energy_wh=10_000)))
    world.charge(10_000)
    later = NOON + timedelta(hours=5)
    with world.transactions.begin() as store:
        price = find_price(store, SITE, "T2", Span(later, later + timedelta(hours=2)), 10_000, CARD_DRIVER)
    assert not price.applied.off


def test_a_coupon_that_has_expired_by_the_window_is_not_in_the_quote():
    world = OfferWorld(MemoryTransactions())
    world.take(world.coupon(DiscountRule(percent=Decimal(50))).code)
    later = NOON + timedelta(days=300)
    with world.transactions.begin() as store:
        price = find_price(store, SITE, "T2", Span(later, later + timedelta(hours=2)), 10_000, CARD_DRIVER)
        assert not price.applied.off
