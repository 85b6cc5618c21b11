"""A start reported late by its charger: the driver, booked from 13:00 to 14:00, was recorded as a no-show at 13:16 in error."""

import pytest

from forecourt.flows.billing import credit_no_show, invoice_no_show, rate_and_invoice
from forecourt.flows.bookings import compensation_coupon
from forecourt.flows.ports import CreditNoShow
from forecourt.notices import NoticeKind
from forecourt.reservations import Booking, Broken, Kept, Missed
from forecourt.stations import ConnectorReported, ConnectorState, TransactionStarted
from stores import both_stores

from .conftest import CARD
from .test_reservations import at, book, goes_silent, now, tick


@pytest.fixture
def missed(forecourt) -> Booking:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    assert tick(forecourt, 76) == 1 and isinstance(now(forecourt, booking).state, Missed)
    return booking


def tells(forecourt, began: float, card: str = CARD) -> None:
    """At 15:20, of a charge that began earlier."""
    forecourt.hears("CP1", TransactionStarted(at(began), 1, "tx-1", card, offline=True), 200)


def credited(forecourt, booking: Booking, minute: float) -> object:
    with forecourt.transactions.begin() as store:
        return credit_no_show(store, booking.id, at(minute), forecourt.ids)


@both_stores
def test_a_no_show_fee_is_refunded_if_a_late_reported_start_shows_that_the_driver_had_come(forecourt, missed) -> None:
    with forecourt.transactions.begin() as store:
        bill = invoice_no_show(store, missed.id, at(77), forecourt.ids)
    tells(forecourt, 62)
    found = credited(forecourt, missed, 201)
    assert (found.note.content.corrects, found.note.due) == (bill.id, bill.due)
    assert credited(forecourt, missed, 202) is None, "once"
    with forecourt.transactions.begin() as store:
        assert [item.work for item in store.outbox.open_items("task") if isinstance(item.work, CreditNoShow)] == [CreditNoShow(missed.id)]
        kinds = [one.kind for one in store.notices.of_driver(missed.driver_id).rows]
    assert kinds.count(NoticeKind.BOOKING_HAD_COME) == 1


def test_a_charge_reported_late_fulfils_the_booking_at_the_booked_price(forecourt, missed) -> None:
    tells(forecourt, 62)
    state = now(forecourt, missed).state
    assert isinstance(state, Kept) and state.arrived_at == at(62)
    forecourt.stops("CP1", "tx-1", 210, 6000)
    with forecourt.transactions.begin() as store:
        record = store.sessions.record(state.session_id)
        assert (record.booking_id, record.tariff_version_id) == (missed.id, missed.quote.tariff_version_id)
        assert rate_and_invoice(store, record.session_id, at(211), forecourt.ids) is not None


def test_a_no_show_fee_not_billed_yet_is_dropped_after_a_late_reported_start(forecourt, missed) -> None:
    tells(forecourt, 62)
    with forecourt.transactions.begin() as store:
        assert invoice_no_show(store, missed.id, at(201), forecourt.ids) is None
    assert credited(forecourt, missed, 201) is None


@pytest.mark.parametrize(("began", "came"), [(44, False), (45, True), (75.9, True), (76, False)])
def test_a_late_reported_start_fulfils_the_booking_only_if_the_bay_was_still_held_for_it(forecourt, missed, began, came) -> None:
    tells(forecourt, began)
    assert isinstance(now(forecourt, missed).state, Kept) is came


def test_a_late_reported_charge_of_another_driver_does_not_fulfil_the_booking(forecourt, missed, crowd) -> None:
    tells(forecourt, 62, "RIDER0")
    assert isinstance(now(forecourt, missed).state, Missed)


def test_a_booking_broken_by_offline_chargers_counts_as_kept_and_its_compensation_stays(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    goes_silent(forecourt, 61, "CP1", "CP2", "CP3")
    for number in (1, 2, 3):
        forecourt.says(f"CP{number}", ConnectorReported(at(60.5), 1, ConnectorState.OCCUPIED))
    for minute in (119, 120):
        tick(forecourt, minute)
    broken = now(forecourt, booking)
    assert isinstance(broken.state, Broken) and broken.state.credit
    tells(forecourt, 62)
    assert isinstance(now(forecourt, booking).state, Kept)
    with forecourt.transactions.begin() as store:
        assert compensation_coupon(store, booking).cut.amount == broken.state.credit
        kinds = [one.kind for one in store.notices.of_driver(booking.driver_id).rows]
    assert NoticeKind.BOOKING_HAD_COME not in kinds
