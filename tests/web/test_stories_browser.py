"""In a real browser on a phone: a booked bay fails and another is assigned; a driver does not come."""

import re
from datetime import timedelta

import pytest

from forecourt.flows.billing import invoice_no_show, rate_and_invoice
from forecourt.flows.bookings import advance_bookings
from forecourt.reservations import Booking
from forecourt.stations import ConnectorReported, ConnectorState, MeterSample, StopReason, TransactionEnded

from .conftest import MARKET, Scene
from .test_browser import address, chromium, visit  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}


def booked(scene: Scene, page, at: str) -> Booking:
    """The first time offered at the big site, taken."""
    page.goto(f"{at}/sites/market")
    page.locator('input[name="start"]').first.press("Space")
    page.get_by_role("button", name="Book", exact=True).click()
    page.get_by_text("Booked.").wait_for()
    with scene.transactions.begin() as store:
        bob = store.drivers.account_by_email("bob@example.org").driver_id
        (made,) = [one for one in store.bookings.live_at(MARKET) if one.driver_id == bob]
    return made


def goes_on_to(scene: Scene, at) -> None:
    scene.clock.at = max(at, scene.clock.at)
    with scene.transactions.begin() as store:
        advance_bookings(store, MARKET, scene.clock.at, scene.ids)


def bay_of(page) -> str:
    page.reload()
    return page.locator("li.card").first.locator("strong").first.inner_text()


def test_when_the_booked_bay_fails_another_is_assigned_and_the_charge_is_billed(chromium, address, lived):  # noqa: F811
    bob = visit(chromium, address, "bob", **PHONE).new_page()
    booking = booked(lived, bob, address)
    goes_on_to(lived, booking.window.start - timedelta(minutes=10))
    first = bay_of(bob)
    charger = f"CP-{first[2:]}"
    lived.say(charger, ConnectorReported(lived.clock.at, 1, ConnectorState.FAULTED))
    goes_on_to(lived, lived.clock.at + timedelta(minutes=1))
    second = bay_of(bob)
    assert second != first
    bob.get_by_text("What changed").first.click()
    assert bob.get_by_text(second, exact=False).count() > 1 and bob.get_by_text(first, exact=False).count() >= 1

    goes_on_to(lived, booking.window.start + timedelta(minutes=1))
    with lived.transactions.begin() as store:
        token = store.drivers.tokens_of(booking.driver_id)[0].uid
    number, start = int(second[2:]), lived.clock.at
    lived.charge(number, token, start, 30, 7_200, end=False)
    lived.clock.at = start + timedelta(minutes=30)
    bob.goto(f"{address}/charge")
    assert bob.get_by_text("3.60").first.is_visible()
    lived.clock.at = over = start + timedelta(minutes=31)
    with lived.transactions.begin() as store:
        transaction = store.sessions.open_on(lived.evse(number)).transaction
    lived.say(f"CP-{number:02d}", TransactionEnded(over, transaction, None, None, (MeterSample(over, 13_600),), StopReason.DRIVER))
    with lived.transactions.begin() as store:
        (record,) = store.sessions.records_of(booking.driver_id)
        invoice = rate_and_invoice(store, record.session_id, lived.clock.at, lived.ids)
    assert record.booking_id == booking.id
    bob.goto(f"{address}/receipts")
    bob.get_by_text(invoice.number).first.click()
    assert f"€{invoice.gross.amount}" in bob.locator("main").inner_text()
    bob.goto(f"{address}/bookings")
    assert bob.get_by_text("Used").first.is_visible()


def test_a_no_show_is_billed_the_fee_that_the_site_page_stated(chromium, address, lived):  # noqa: F811
    bob = visit(chromium, address, "bob", **PHONE).new_page()
    bob.goto(f"{address}/sites/market")
    said = re.search(r"If you do not come, it costs €([0-9.]+)", bob.locator("main").inner_text()).group(1)
    booking = booked(lived, bob, address)
    goes_on_to(lived, booking.window.start - timedelta(minutes=10))
    goes_on_to(lived, booking.window.end)
    bob.goto(f"{address}/bookings")
    assert bob.get_by_text("Missed").first.is_visible()
    with lived.transactions.begin() as store:
        invoice = invoice_no_show(store, booking.id, lived.clock.at, lived.ids)
    bob.goto(f"{address}/receipts")
    bob.get_by_text(invoice.number).first.click()
    assert f"€{said}" in bob.locator("main").inner_text() and str(invoice.gross.amount) == said
    bob.get_by_role("link", name="Check").first.click()
    assert "This bill is correct" in bob.locator("main").inner_text()
