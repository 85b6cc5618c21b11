"""Bookings without an account: confirmed by a hold within minutes; then charged, missed, cancelled or broken, with its payment."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from forecourt.drivers import GuestBooking, GuestStep
from forecourt.flows.answers import apply_order_result
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.bookings import (
    ReserveRequest,
    ServiceEdit,
    advance_bookings,
    compensation_coupon,
    reserve,
    service_fingerprint,
    set_service,
)
from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff
from forecourt.flows.guests import GuestBookingRequest, book_guest, booked_guest, booking_of, cancel_guest, change_guest, start_booked
from forecourt.flows.paying import (
    collect_payment,
    hold_of_booking,
    maintain_guest_bookings,
    no_show_fee,
    payment_progress_of,
    payments_of,
    session_of,
)
from forecourt.flows.paying.guest_holds import booking_held
from forecourt.flows.ports import ChargerOrder, Transactions
from forecourt.kernel import BadInput, Conflict, Money, Span
from forecourt.notices import NoticeKind
from forecourt.payments import AtPayer, Captured, Held, Payment, PaymentStatus, Released
from forecourt.reservations import BookingRules, Bound, Broken, Cancelled, Confirmed, Kept, Missed
from forecourt.stations import ConnectorReported, ConnectorState, Maintenance, OrderResult, Outcome, Reserve, StartCharge
from forecourt.store import PostgresTransactions
from in_process_provider import OwnBank, works
from stores import both_stores

from .conftest import KIND, NOON, Forecourt, at
from .test_notifying import told

FEE = Money(595, "EUR")  # 5 and 19 %


@pytest.fixture
def bank() -> OwnBank:
    return OwnBank(NOON)


@pytest.fixture
def place(any_transactions: Transactions) -> Forecourt:
    return opened(any_transactions)


def opened(transactions: Transactions) -> Forecourt:
    place = Forecourt(transactions)
    with transactions.begin() as store:
        place.build(store)
        give_codes(store, Staff(place.operator_id, "ops", NOON, place.ids), place.site_id)
        store.bookings.put_rules(store.stations.site(place.site_id), BookingRules(held_back=0))
    place.free()
    return place


def asks(place, start: float = 120, minutes: float = 60, minute: float = 0, **changes: object) -> GuestBooking:
    kind = changes.pop("kind", KIND)
    asked = {"flexible": timedelta(), "email": "anna@x.example", "language": "de", "origin": "here", **changes}
    with place.transactions.begin() as store:
        ask = GuestBookingRequest(place.site_id, kind, Span(at(start), at(start + minutes)), 10_000, **asked)
        return book_guest(store, ask, lambda booking_id: sha256(booking_id.bytes).digest(), at(minute), place.ids)


def pays(place, bank: OwnBank, guest: GuestBooking, minute: float = 0) -> GuestBooking:
    bank.at = at(minute)
    bank.deliver(place.transactions, place.ids)
    bank.pays(guest.payment_id)
    bank.deliver(place.transactions, place.ids)
    return now(place, guest)


def books(place, bank: OwnBank, start: float = 120, **changes: object) -> GuestBooking:
    return pays(place, bank, asks(place, start, **changes))


def now(place, guest: GuestBooking) -> GuestBooking:
    with place.transactions.begin() as store:
        return booked_guest(store, guest.digest)


def state(place, guest: GuestBooking) -> object:
    with place.transactions.begin() as store:
        return booking_of(store, guest).state


def payment(place, guest: GuestBooking) -> Payment:
    with place.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0
        return payments_of(store, guest)[0]


def tick(place, bank: OwnBank, minute: float) -> None:
    """As the worker does: the clock's work, and the fees and payments it asks for."""
    bank.at = at(minute)
    works(place, bank, maintain_guest_bookings, advance_bookings)


def orders(place, minute: float, kind: type, outcome: Outcome = Outcome.ACCEPTED) -> list:
    asked = []
    with place.transactions.begin() as store:
        for item in store.outbox.claim("charger", at(minute), 20, 60):
            assert isinstance(item.work, ChargerOrder)
            apply_order_result(store, item, item.work, OrderResult(outcome), at(minute), place.ids)
            store.outbox.done(item.id, at(minute), outcome.value)
            asked.append(item.work.order)
    return [one for one in asked if isinstance(one, kind)]


def code(place, number: int) -> str:
    with place.transactions.begin() as store:
        return store.guests.code_of(place.evse_id(number)).code


def starts(place, guest: GuestBooking, minute: float, number: int) -> None:
    printed = code(place, number)
    with place.transactions.begin() as store:
        start_booked(store, guest, printed, at(minute), place.ids)


@both_stores
def test_a_guest_booking_is_charged_and_its_bill_paid_from_its_one_hold(place, bank) -> None:
    guest = books(place, bank)
    assert guest.step is GuestStep.PAID and told(place) == [NoticeKind.BOOKING_MADE]
    held = payment(place, guest).state.amount
    tick(place, bank, 111)
    bound = state(place, guest)
    assert isinstance(bound, Bound) and orders(place, 111, Reserve) and told(place)[-1] is NoticeKind.BOOKING_BAY
    number = next(one for one in (1, 2, 3) if place.evse_id(one) == bound.evse_id)
    starts(place, guest, 123, number)
    starts(place, guest, 123, number)
    (start,) = orders(place, 123, StartCharge)
    transaction = place.starts(f"CP{number}", 124, start.token).transaction
    assert isinstance(state(place, guest), Kept)
    place.meters(f"CP{number}", transaction, 140, 3000)
    tick(place, bank, 141)
    place.stops(f"CP{number}", transaction, 150, 4000)
    with place.transactions.begin() as store:
        visit = store.guests.by_digest(guest.digest)
        invoice = rate_and_invoice(store, session_of(store, visit), at(151), place.ids)
        assert payment_progress_of(store, invoice).status is PaymentStatus.CARD  # nobody is asked to pay what is held
        collect_payment(store, invoice.id, at(151), place.ids)
    bank.at = at(151)
    bank.deliver(place.transactions, place.ids)
    assert invoice.content.booking_id == guest.booking_id and invoice.content.delivery.reserved_s == 240
    assert sum(line.amount.minor for line in invoice.content.lines) == invoice.content.net.minor
    assert invoice.content.net + invoice.content.tax == invoice.due <= held
    assert payment(place, guest).taken == invoice.due
    totals = bank.bank.totals()
    assert totals.from_customers == {"EUR": invoice.due.minor} and totals.open_holds == 0


def test_an_unpaid_guest_booking_sends_no_mail_and_is_cancelled_after_ten_minutes(place, bank) -> None:
    guests = [asks(place, email=f"a{number}@x.example", origin=str(number)) for number in range(3)]
    bank.deliver(place.transactions, place.ids)
    with pytest.raises(Conflict) as refused:
        asks(place, email="late@x.example", origin="late")
    assert refused.value.code in ("slot_taken", "many_paying") and isinstance(payment(place, guests[0]).state, AtPayer)
    tick(place, bank, 10)
    assert all(isinstance(state(place, one), Cancelled) and not state(place, one).late for one in guests)
    assert payment(place, guests[0]).state == Released(at(10), "not paid in time") and told(place) == []
    assert pays(place, bank, asks(place, minute=11), 11).step is GuestStep.PAID


def test_a_guest_payment_that_comes_too_late_is_released(place, bank) -> None:
    guest = asks(place)
    bank.deliver(place.transactions, place.ids)
    bank.pays(guest.payment_id)
    bank.at = at(10)
    with place.transactions.begin() as store:
        maintain_guest_bookings(store, place.site_id, at(10), place.ids)
    bank.deliver(place.transactions, place.ids)
    assert isinstance(payment(place, guest).state, Released) and bank.bank.totals().open_holds == 0
    assert now(place, guest).step is GuestStep.OVER and told(place) == []


def test_a_guest_no_show_pays_the_fee_from_the_hold_and_the_rest_is_released(place, bank) -> None:
    guest = books(place, bank)
    tick(place, bank, 111)
    tick(place, bank, 136)
    assert isinstance(state(place, guest), Missed)
    taken = payment(place, guest)
    assert isinstance(taken.state, Captured) and taken.taken == FEE
    assert bank.bank.totals().open_holds == 0 and told(place)[-1] is NoticeKind.BOOKING_MISSED
    tick(place, bank, 137)
    assert payment(place, guest).taken == FEE


@both_stores
@pytest.mark.parametrize(("minute", "fee"), [(30, Money(0, "EUR")), (80, FEE)])
def test_cancelling_in_time_is_free_and_a_late_cancellation_costs_the_no_show_fee(place, bank, minute, fee) -> None:
    guest = books(place, bank)
    for _ in range(2):
        with place.transactions.begin() as store:
            cancel_guest(store, guest, at(minute), place.ids)
    tick(place, bank, minute)
    assert isinstance(state(place, guest), Cancelled) and payment(place, guest).taken == fee
    assert bank.bank.totals().open_holds == 0
    assert bank.bank.totals().from_customers == {"EUR": fee.minor}


def test_a_booking_that_the_site_cannot_keep_is_free_and_compensated_by_a_coupon(place, bank) -> None:
    guest = books(place, bank)
    for number in (1, 2, 3):
        place.says(f"CP{number}", ConnectorReported(at(100), 1, ConnectorState.FAULTED))
    tick(place, bank, 111)
    tick(place, bank, 140)
    tick(place, bank, 141)
    assert isinstance(state(place, guest), Broken) and state(place, guest).cause == "fault"
    assert isinstance(payment(place, guest).state, Released) and bank.bank.totals().open_holds == 0
    with place.transactions.begin() as store:
        coupon = compensation_coupon(store, booking_of(store, guest))
        assert coupon.cut.amount.minor > 0 and coupon.claims == 0


def test_a_guest_can_change_a_booking_within_the_amount_held_and_not_beyond(place, bank) -> None:
    guest = books(place, bank)
    with place.transactions.begin() as store:
        moved = change_guest(store, guest, Span(at(180), at(240)), timedelta(), at(1), place.ids)
        assert moved.window.start == at(180)
    guest = now(place, guest)
    with pytest.raises(Conflict) as refused, place.transactions.begin() as store:
        change_guest(store, guest, Span(at(180), at(180 + 600)), timedelta(), at(2), place.ids)
    assert refused.value.code == "hold_too_small" and "Make a new booking for that time, then cancel this one" in refused.value.remedy
    with place.transactions.begin() as store:
        assert booking_of(store, guest).window == Span(at(180), at(240))


def test_a_guest_who_books_anew_for_longer_and_cancels_the_first_gets_its_hold_released(place, bank) -> None:
    first, second = books(place, bank), books(place, bank, 180, minutes=600)
    with place.transactions.begin() as store:
        cancel_guest(store, first, at(2), place.ids)
    tick(place, bank, 3)
    assert isinstance(payment(place, first).state, Released) and isinstance(payment(place, second).state, Held)
    assert bank.bank.totals().open_holds == 1 and bank.bank.totals().from_customers == {"EUR": 0}


@pytest.mark.parametrize("wrong", ["early", "kind", "over"])
def test_a_guests_start_too_early_at_another_socket_type_or_after_cancelling_is_refused(place, bank, wrong) -> None:
    guest = books(place, bank)
    if wrong == "over":
        with place.transactions.begin() as store:
            cancel_guest(store, guest, at(30), place.ids)
    with pytest.raises(Conflict) as refused:
        if wrong == "kind":
            with place.transactions.begin() as store:
                evse = store.stations.evse(place.evse_id(1))
                store.stations.put_evse(replace(evse, kind="CCS"))
        starts(place, guest, 60 if wrong == "early" else 121, 1)
    assert refused.value.code == {"early": "too_early", "kind": "other_place", "over": "booking_over"}[wrong]


def test_after_a_failed_start_a_guests_booking_and_hold_remain_for_another_socket(place, bank) -> None:
    guest = books(place, bank)
    tick(place, bank, 121)
    starts(place, guest, 122, 1)
    orders(place, 122, StartCharge, Outcome.REJECTED)
    tick(place, bank, 123)
    assert isinstance(payment(place, guest).state, Held)
    starts(place, guest, 124, 2)
    (start,) = orders(place, 124, StartCharge)
    place.starts("CP2", 125, start.token)
    assert isinstance(state(place, guest), Kept)
    with place.transactions.begin() as store:
        assert payments_of(store, guest)[0].session_id is not None


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.UNREACHABLE])
def test_a_guest_whose_start_the_charger_rejected_pays_no_no_show_fee(place, bank, outcome) -> None:
    guest = books(place, bank)
    tick(place, bank, 121)
    orders(place, 121, Reserve)
    starts(place, guest, 134, 1)
    orders(place, 134, StartCharge, outcome)
    tick(place, bank, 137)
    assert state(place, guest) == Broken(at(137), "refused")
    tick(place, bank, 138)
    assert isinstance(payment(place, guest).state, Released) and told(place)[-1] is NoticeKind.BOOKING_BROKEN


def test_unpaid_guest_bookings_are_limited_and_days_far_ahead_cannot_be_booked(place, bank) -> None:
    for number in range(2):
        asks(place, 120 + 90 * number, origin="o0")
    with pytest.raises(Conflict, match="waiting for payment"):
        asks(place, 400, origin="o0")
    asks(place, 400, email="b@x.example", origin="o0")
    with pytest.raises(Conflict, match="right now"):
        asks(place, 500, email="c@x.example", origin="o4")
    with pytest.raises(BadInput, match="5 days"):
        asks(place, 24 * 60 * 5, email="c@x.example")
    for email, language in (("nobody", "de"), ("a@x.example", "tlh")):
        with pytest.raises(BadInput):
            asks(place, email=email, language=language, origin="o5")


def test_the_hold_of_a_guest_booking_covers_the_quoted_charge_and_the_no_show_fee(place, bank) -> None:
    guest = asks(place)
    with place.transactions.begin() as store:
        booking = booking_of(store, guest)
        assert no_show_fee(store, booking) == FEE
        assert booking.quote.gross <= hold_of_booking(store, booking) <= booking.quote.gross + Money(300, "EUR")
        assert (
            booking.quote.gross
            == reserve(store, ReserveRequest(place.site_id, KIND, place.app_driver, booking.window, 10_000), at(0), place.ids).quote.gross
        )
        assert isinstance(booking.state, Confirmed)


def test_maintenance_cancels_unpaid_guest_bookings_and_paid_ones_with_their_holds_released(place, bank):
    firm, asked = books(place, bank), asks(place, email="ben@x.example", origin="there")
    with place.transactions.begin() as store:
        site = store.stations.site(place.site_id)
        by, edit = Staff(place.operator_id, "ops", at(2), place.ids), ServiceEdit(begin=Maintenance(Span(at(100), at(200))))
        found = set_service(store, by, site.id, edit, service_fingerprint(site))
    assert {one.booking.id: one.credit is not None for one in found.taken_back} == {firm.booking_id: True, asked.booking_id: False}
    tick(place, bank, 3)
    assert isinstance(state(place, firm), Broken) and isinstance(state(place, asked), Cancelled)
    assert isinstance(payment(place, firm).state, Released)


@both_stores
def test_a_fifth_booking_of_an_email_address_is_refused_only_after_its_payment(place, bank) -> None:
    for number in range(4):
        books(place, bank, 120 + 70 * number)
    fifth = asks(place, 600, origin="elsewhere")  # as for an address with none
    assert pays(place, bank, fifth).step is GuestStep.PAYING
    assert payment(place, fifth).state == Released(bank.at, "many_bookings")
    tick(place, bank, 11)
    assert isinstance(state(place, fifth), Cancelled) and now(place, fifth).step is GuestStep.OVER
    tick(place, bank, 200)  # one is over: there is room for another
    assert pays(place, bank, asks(place, 700, minute=201), 201).step is GuestStep.PAID


def test_of_two_simultaneous_holds_for_an_email_address_the_fifth_booking_is_refused(transactions: PostgresTransactions, bank) -> None:
    place = opened(transactions)
    with transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(place.evse_id(3)), kind="CCS"))
    for start in (120, 190, 260):
        books(place, bank, start)
    fourth, fifth = asks(place, 330, origin="a"), asks(place, 330, origin="b", kind="CCS")  # each in a pool of its own

    def stands(guest: GuestBooking) -> None:
        with suppress(Conflict), transactions.begin() as store:
            booking_held(store, payments_of(store, guest)[0], at(1))

    with ThreadPoolExecutor(1) as pool, transactions.begin() as store:
        booking_held(store, payments_of(store, fourth)[0], at(1))
        wait([pool.submit(stands, fifth)], timeout=0.5)
    assert [now(place, one).step for one in (fourth, fifth)] == [GuestStep.PAID, GuestStep.PAYING]


@both_stores
def test_unpaid_bookings_made_from_elsewhere_for_an_email_address_do_not_block_its_owner(place) -> None:
    for start in (120, 200):
        asks(place, start, origin="elsewhere")
    asks(place, 300)
    with pytest.raises(Conflict) as refused:
        asks(place, 400, origin="elsewhere")
    assert refused.value.code == "many_unpaid"
