"""Deposits for bookings of drivers with an account, by card, balance or monthly account: held, taken for fees, released."""

from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.drivers import GuestStep, PayBy
from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.billing import invoice_no_show, rate_and_invoice
from forecourt.flows.bookings import ReserveRequest, advance_bookings
from forecourt.flows.charging import start_charge
from forecourt.flows.paying import (
    cancel_booking,
    collect_payment,
    maintain_deposits,
    make_booking,
    make_series,
    move_booking,
    prepaid,
    put_up,
    top_up,
)
from forecourt.flows.paying.pay import release, store_transition
from forecourt.kernel import Conflict, Forbidden, Money, Span
from forecourt.notices import NoticeKind
from forecourt.payments import WALLET, AtPayer, Captured, Declined, Held, Payment, Released, Unanswered, Unknown, lapse
from forecourt.reservations import Booking, BookingRules, Broken, Cancelled, Confirmed, Deposit, DepositRule, Kept, Missed, Repeat
from forecourt.stations import ConnectorReported, ConnectorState, StartCharge
from in_process_provider import OwnBank, works
from stores import both_stores

from .conftest import APP, KIND, NOON, TARIFF, Forecourt, at
from .test_guest_bookings import orders
from .test_notifying import told

FEE = Money(595, "EUR")  # 5 and 19 %
NOTHING = Money(0, "EUR")
DAY = 24 * 60
WAYS = ("card", "balance", "account")


@pytest.fixture
def bank() -> OwnBank:
    return OwnBank(NOON)


@pytest.fixture
def place(forecourt) -> Forecourt:
    forecourt.free()
    rules(forecourt, BookingRules(deposit=DepositRule.FEE))
    return forecourt


def rules(place, wanted: BookingRules) -> None:
    with place.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(place.site_id), wanted)


def pays_by(place, bank: OwnBank, way: str, load: int = 2000) -> None:
    pay_by = {"card": PayBy.CARD, "balance": PayBy.WALLET, "account": PayBy.ACCOUNT}[way]
    with place.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(place.app_driver), pay_by=pay_by))
        if way == "balance":
            top_up(store, place.app_driver, Money(load, "EUR"), UUID(int=9), at(-1), place.ids)
    bank.deliver(place.transactions, place.ids)


def books(place, bank: OwnBank, start: float = 120, minute: float = 0, minutes: float = 60) -> Booking:
    with place.transactions.begin() as store:
        asked = ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(start), at(start + minutes)), 10_000)
        booking = make_booking(store, asked, at(minute), place.ids)
    bank.at = at(minute)
    bank.deliver(place.transactions, place.ids)
    return booking


def tick(place, bank: OwnBank, minute: float) -> None:
    """As the worker does: the clock's work, and the fees and payments it asks for."""
    bank.at = at(minute)
    bank.bank.expire_due()
    works(place, bank, maintain_deposits, advance_bookings, maintain_deposits)


def deposit(place, booking: Booking) -> Deposit:
    with place.transactions.begin() as store:
        return store.deposits.of_booking(booking.id)


def state(place, booking: Booking) -> object:
    with place.transactions.begin() as store:
        return store.bookings.booking(booking.id).state


def hold(place, booking: Booking) -> Payment:
    with place.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0
        return store.payments.payment(store.deposits.of_booking(booking.id).payment_id)


def taken(place) -> Money:
    with place.transactions.begin() as store:
        mine = [one for one in store.payments.of_driver(place.app_driver) if one.top_up is None]
    return sum((one.captured for one in mine), NOTHING)


def free_of_balance(place) -> Money:
    with place.transactions.begin() as store:
        return prepaid(store, place.operator_id, place.app_driver, "EUR").available


def nothing_held(place, bank: OwnBank) -> bool:
    with place.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0
        open_ones = [one for one in store.payments.of_driver(place.app_driver) if one.holding]
        held = prepaid(store, place.operator_id, place.app_driver, "EUR").held
    return not open_ones and held == NOTHING and bank.bank.totals().open_holds == 0


def goes(place, work) -> object:
    with place.transactions.begin() as store:
        return work(store)


def cancels(place, booking: Booking, minute: float) -> Booking:
    return goes(place, lambda store: cancel_booking(store, place.app_driver, booking.id, at(minute), place.ids))


@pytest.mark.parametrize("way", WAYS)
def test_cancelling_a_booking_in_time_releases_the_whole_deposit_once(place, bank, way) -> None:
    pays_by(place, bank, way)
    booking = books(place, bank)
    assert NoticeKind.BOOKING_MADE in told(place)
    if way != "account":
        assert hold(place, booking).state.amount == FEE == deposit(place, booking).amount
    assert free_of_balance(place) == (Money(2000 - 595, "EUR") if way == "balance" else NOTHING)
    for _ in range(2):
        assert cancels(place, booking, 30).state == Cancelled(at(30))
    bank.at = at(30)
    bank.deliver(place.transactions, place.ids)
    assert nothing_held(place, bank) and taken(place) == NOTHING


@pytest.mark.parametrize("how", ["late cancel", "no-show"])
@pytest.mark.parametrize("way", WAYS)
def test_a_late_cancellation_or_a_no_show_takes_only_the_fee_from_the_deposit(place, bank, way, how) -> None:
    rules(place, BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=1000))
    pays_by(place, bank, way)
    booking = books(place, bank)
    if how == "late cancel":
        cancels(place, booking, 80)
        tick(place, bank, 80)
    for minute in (111, 136, 137):
        tick(place, bank, minute)
    assert isinstance(state(place, booking), Cancelled if how == "late cancel" else Missed)
    with place.transactions.begin() as store:
        (invoice,) = store.documents.of_booking(booking.id)
    assert invoice.due == FEE and nothing_held(place, bank)
    assert taken(place) == (NOTHING if way == "account" else FEE)  # who is on account pays at the end of the month
    if way != "account":
        assert isinstance(hold(place, booking).state, Captured) and hold(place, booking).taken == FEE
        assert deposit(place, booking).step is GuestStep.OVER


@pytest.mark.parametrize("code", ["card_declined", "authentication_required"])
def test_a_booking_with_a_declined_deposit_is_confirmed_once_the_driver_pays_with_another_card(place, bank, code) -> None:
    bank.faults.declines, bank.faults.decline_code = 1, code
    booking = books(place, bank)
    assert deposit(place, booking).step is GuestStep.PAYING and hold(place, booking).state.code == code
    assert told(place) == [NoticeKind.BOOKING_UNSECURED]
    first, again = (goes(place, lambda store: put_up(store, place.app_driver, booking.id, True, at(1), place.ids)) for _ in range(2))
    bank.at = at(1)
    assert first.payment_id == again.payment_id
    bank.deliver(place.transactions, place.ids)
    assert isinstance(hold(place, booking).state, AtPayer)
    bank.pays(again.payment_id, "4000002500003155")
    bank.says(again.payment_id, True)
    bank.deliver(place.transactions, place.ids)
    assert deposit(place, booking).step is GuestStep.PAID and told(place)[-1] is NoticeKind.BOOKING_MADE
    tick(place, bank, 111)
    tick(place, bank, 136)
    assert hold(place, booking).taken == FEE and nothing_held(place, bank)


def test_a_booking_whose_deposit_stays_declined_is_cancelled_after_ten_minutes_without_a_fee(place, bank) -> None:
    bank.faults.declines = 1
    booking = books(place, bank)
    goes(place, lambda store: put_up(store, place.app_driver, booking.id, True, at(1), place.ids))
    bank.at = at(1)
    bank.deliver(place.transactions, place.ids)
    tick(place, bank, 9)
    assert isinstance(state(place, booking), Confirmed)
    tick(place, bank, 10)
    assert state(place, booking) == Cancelled(at(10)) and nothing_held(place, bank) and taken(place) == NOTHING
    assert told(place)[-1] is NoticeKind.BOOKING_LET_GO
    assert books(place, bank, minute=11).live


def test_an_unanswered_hold_is_unknown_and_released_when_it_is_found(place, bank) -> None:
    with place.transactions.begin() as store:
        asked = ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(120), at(180)), 10_000)
        booking = make_booking(store, asked, at(0), place.ids)
    order = goes(place, lambda store: store.outbox.claim("payment", at(0), 1, 60.0)[0])
    bank.carry_out(order.work)  # it was done, and nobody heard
    goes(place, lambda store: apply_payment_answer(store, order, Unanswered("timeout"), at(0), place.ids))
    assert isinstance(hold(place, booking).state, Unknown)
    tick(place, bank, 11)
    assert isinstance(state(place, booking), Cancelled) and nothing_held(place, bank)


def test_a_booking_is_refused_with_too_low_a_balance_or_an_invalid_card(place, bank) -> None:
    pays_by(place, bank, "balance", 500 * 2)
    rules(place, BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=1200))
    with place.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(place.app_driver), payment_method=""))
    with pytest.raises(Conflict) as short:
        books(place, bank)
    assert short.value.code == "balance_low" and not goes(place, lambda store: store.bookings.live_at(place.site_id))
    pays_by(place, bank, "account")
    with place.transactions.begin() as store:
        token = store.drivers.tokens_of(place.app_driver)[0]
        store.drivers.put_token(replace(token, valid_until=at(-1)))
    with pytest.raises(Forbidden):
        books(place, bank)


def test_a_deposit_above_the_prepaid_balance_is_held_on_the_stored_card(place, bank) -> None:
    pays_by(place, bank, "balance", 1000)
    rules(place, BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=1200))
    booking = books(place, bank)
    assert hold(place, booking).method == f"pm_{APP}" and isinstance(hold(place, booking).state, Held)
    tick(place, bank, 111)
    tick(place, bank, 136)
    assert nothing_held(place, bank) and taken(place) == FEE


@both_stores
@pytest.mark.parametrize("way", ["card", "balance"])
def test_when_the_charge_has_its_own_hold_the_bookings_deposit_is_released_within_a_minute(place, bank, way) -> None:
    pays_by(place, bank, way)
    booking = books(place, bank)
    tick(place, bank, 111)
    bound = state(place, booking)
    number = next(one for one in (1, 2, 3) if place.evse_id(one) == bound.evse_id)
    orders(place, 111, StartCharge)
    goes(place, lambda store: start_charge(store, place.app_driver, store.stations.evse(bound.evse_id), at(120), place.ids))
    bank.at = at(120)
    bank.deliver(place.transactions, place.ids)
    tick(place, bank, 120.5)
    assert isinstance(hold(place, booking).state, Released)
    (start,) = orders(place, 120.5, StartCharge)
    transaction = place.starts(f"CP{number}", 121, start.token).transaction
    assert isinstance(state(place, booking), Kept)
    tick(place, bank, 122)
    place.stops(f"CP{number}", transaction, 150, 4000)
    with place.transactions.begin() as store:
        session_id = state_session(store, booking)
        invoice = rate_and_invoice(store, session_id, at(151), place.ids)
        collect_payment(store, invoice.id, at(151), place.ids)
    tick(place, bank, 151)
    assert taken(place) == invoice.due and nothing_held(place, bank)


def state_session(store, booking: Booking):
    return store.bookings.booking(booking.id).state.session_id


def test_after_a_failed_start_the_bookings_deposit_is_held_again(place, bank) -> None:
    booking = books(place, bank)
    tick(place, bank, 111)
    bound = state(place, booking)
    goes(place, lambda store: start_charge(store, place.app_driver, store.stations.evse(bound.evse_id), at(112), place.ids))
    bank.at = at(112)
    bank.deliver(place.transactions, place.ids)
    tick(place, bank, 112.5)
    assert isinstance(hold(place, booking).state, Released)
    with place.transactions.begin() as store:
        charge = next(one for one in store.payments.of_driver(place.app_driver) if one.evse_id)
        release(store, charge.id, "charger said rejected", at(113), place.ids)
    tick(place, bank, 113)
    tick(place, bank, 113.5)
    assert isinstance(hold(place, booking).state, Held) and hold(place, booking).state.amount == FEE


def test_a_charge_started_with_an_rfid_card_is_paid_from_the_bookings_deposit(place, bank) -> None:
    pays_by(place, bank, "balance", 1000)
    rules(place, BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=1000))
    with place.transactions.begin() as store:
        token = store.drivers.tokens_of(place.app_driver)[0]
        store.drivers.put_token(replace(token, kind=type(token.kind).RFID))
        store.drivers.put_driver(replace(store.drivers.driver(place.app_driver), payment_method=""))
    booking = books(place, bank)
    assert free_of_balance(place) == NOTHING
    tick(place, bank, 111)
    number = next(one for one in (1, 2, 3) if place.evse_id(one) == state(place, booking).evse_id)
    transaction = place.starts(f"CP{number}", 121, APP).transaction
    tick(place, bank, 122)
    assert isinstance(state(place, booking), Kept) and isinstance(hold(place, booking).state, Held)
    place.stops(f"CP{number}", transaction, 150, 4000)
    with place.transactions.begin() as store:
        invoice = rate_and_invoice(store, state_session(store, booking), at(151), place.ids)
    assert hold(place, booking).taken == invoice.due and hold(place, booking).method == WALLET
    assert free_of_balance(place) == Money(1000, "EUR") - invoice.due and nothing_held(place, bank)


def test_a_deposit_is_held_four_days_before_the_booking_and_a_declined_one_can_be_paid_again(place, bank) -> None:
    start = 10 * DAY
    booking = books(place, bank, start)
    assert deposit(place, booking).place_at == at(start + 60 - 4 * DAY) and deposit(place, booking).payment_id is None
    assert told(place) == [NoticeKind.BOOKING_MADE]
    tick(place, bank, start - 4 * DAY)
    assert deposit(place, booking).payment_id is None
    bank.faults.declines = 1
    placed = start + 60 - 4 * DAY
    tick(place, bank, placed)
    assert deposit(place, booking).step is GuestStep.PAYING and deposit(place, booking).pay_until == at(placed + 2 * DAY)
    assert told(place)[-1] is NoticeKind.BOOKING_UNSECURED
    goes(place, lambda store: put_up(store, place.app_driver, booking.id, False, at(placed + DAY), place.ids))
    bank.at = at(placed + DAY)
    bank.deliver(place.transactions, place.ids)
    assert deposit(place, booking).step is GuestStep.PAID and isinstance(hold(place, booking).state, Held)
    assert told(place).count(NoticeKind.BOOKING_MADE) == 1
    tick(place, bank, start - 9)
    tick(place, bank, start + 16)
    assert isinstance(state(place, booking), Missed) and hold(place, booking).taken == FEE and nothing_held(place, bank)


def test_a_booking_whose_deposit_stays_unpaid_for_two_days_is_cancelled(place, bank) -> None:
    booking = books(place, bank, 10 * DAY)
    bank.faults.declines = 1
    for minute in (6 * DAY + 60, 8 * DAY + 59, 8 * DAY + 60):
        assert isinstance(state(place, booking), Confirmed)
        tick(place, bank, minute)
    assert state(place, booking) == Cancelled(at(8 * DAY + 60)) and told(place)[-1] is NoticeKind.BOOKING_LET_GO


@pytest.mark.parametrize("way", ["card", "balance"])
def test_changing_a_booking_adjusts_the_deposit_and_releases_it_if_the_new_time_is_far_ahead(place, bank, way) -> None:
    pays_by(place, bank, way)
    booking = books(place, bank)
    first = hold(place, booking)

    def change_to(start: float, minute: float) -> None:
        asked = ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(start), at(start + 60)), 10_000)
        goes(place, lambda store: move_booking(store, booking.id, asked, at(minute), place.ids))
        bank.at = at(minute)
        bank.deliver(place.transactions, place.ids)

    change_to(240, 1)
    assert hold(place, booking) == first
    rules(place, BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=900))
    change_to(300, 2)
    tick(place, bank, 2.5)
    assert hold(place, booking).state.amount == Money(900, "EUR") and bank.bank.totals().open_holds == (1 if way == "card" else 0)
    assert free_of_balance(place) == (Money(1100, "EUR") if way == "balance" else NOTHING)
    change_to(10 * DAY, 3)
    assert nothing_held(place, bank) and deposit(place, booking).place_at == at(6 * DAY + 60)
    rules(place, BookingRules())
    change_to(400, 4)
    assert nothing_held(place, bank) and deposit(place, booking).step is GuestStep.OVER


def test_a_change_whose_new_hold_is_declined_keeps_the_old_hold_until_a_new_one_is_placed(place, bank) -> None:
    booking = books(place, bank)
    rules(place, BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=900))
    bank.faults.declines = 1
    asked = ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(300), at(360)), 10_000)
    goes(place, lambda store: move_booking(store, booking.id, asked, at(1), place.ids))
    bank.at = at(1)
    bank.deliver(place.transactions, place.ids)
    assert isinstance(hold(place, booking).state, Declined) and bank.bank.totals().open_holds == 1
    assert deposit(place, booking).pay_until == at(240)
    with pytest.raises(Conflict, match="not held yet"):
        goes(place, lambda store: move_booking(store, booking.id, asked, at(2), place.ids))
    tick(place, bank, 240)
    assert isinstance(state(place, booking), Cancelled) and nothing_held(place, bank)


@pytest.mark.parametrize("declines", [0, 1])
def test_a_late_cancellation_while_a_new_hold_is_pending_takes_the_fee_once_it_is_answered(place, bank, declines) -> None:
    booking = books(place, bank, 190)
    rules(place, BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=900, free_cancel_min=60))
    bank.faults.declines = declines
    asked = ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(175), at(235)), 10_000)
    goes(place, lambda store: move_booking(store, booking.id, asked, at(120), place.ids))
    assert cancels(place, booking, 125).state == Cancelled(at(125), late=True)
    with place.transactions.begin() as store:
        (item,) = store.outbox.claim("task", at(125), 1, 60)
        collect_payment(store, invoice_no_show(store, booking.id, at(125), place.ids).id, at(125), place.ids)
        store.outbox.done(item.id, at(125), "done")
        (pay,) = store.outbox.claim("task", at(125), 1, 0.0)
    assert taken(place) == NOTHING
    bank.at = at(126)
    bank.deliver(place.transactions, place.ids)
    with place.transactions.begin() as store:
        collect_payment(store, pay.work.document_id, at(126), place.ids)
    tick(place, bank, 127)
    assert taken(place) == FEE and nothing_held(place, bank)


def test_a_deposit_hold_that_expires_too_early_is_placed_again(place, bank) -> None:
    booking = books(place, bank, 300)
    first = hold(place, booking)
    goes(place, lambda store: store_transition(store, lapse(store.payments.payment(first.id), at(5)), at(5), place.ids))
    tick(place, bank, 6)
    assert isinstance(hold(place, booking).state, Held) and hold(place, booking).id != first.id


@both_stores
def test_no_deposit_is_held_once_the_driver_pays_by_monthly_account(place, bank) -> None:
    booking = books(place, bank, 10 * DAY)
    pays_by(place, bank, "account")
    tick(place, bank, 7 * DAY)
    assert deposit(place, booking).step is GuestStep.OVER and isinstance(state(place, booking), Confirmed) and nothing_held(place, bank)


def test_a_booking_that_the_site_cannot_keep_releases_the_whole_deposit(place, bank) -> None:
    booking = books(place, bank)
    for number in (1, 2, 3):
        place.says(f"CP{number}", ConnectorReported(at(100), 1, ConnectorState.FAULTED))
    tick(place, bank, 111)
    tick(place, bank, 140)
    assert isinstance(state(place, booking), Broken) and nothing_held(place, bank) and taken(place) == NOTHING


def test_of_a_booking_series_only_the_next_days_deposit_is_held_and_one_notice_is_sent(place, bank) -> None:
    asked = ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(120), at(180)), 10_000)
    done = goes(place, lambda store: make_series(store, asked, Repeat.WEEKLY, 3, at(0), place.ids))
    bank.deliver(place.transactions, place.ids)
    assert [deposit(place, one.booking).payment_id is not None for one in done] == [True, False, False]
    assert told(place) == [NoticeKind.BOOKING_SERIES] and bank.bank.totals().open_holds == 1


def test_a_driver_can_have_three_bookings_that_wait_for_their_deposit(place, bank) -> None:
    bank.faults.declines = 3
    waiting = [books(place, bank, 120 + 70 * number) for number in range(3)]
    with pytest.raises(Conflict, match="need their deposit"):
        books(place, bank, 500)
    cancels(place, waiting[0], 1)
    assert books(place, bank, 500, 1).live


def test_without_a_deposit_rule_nothing_is_held(place, bank) -> None:
    rules(place, BookingRules())
    booking = books(place, bank)
    assert deposit(place, booking) is None and told(place) == [NoticeKind.BOOKING_MADE]


def test_without_a_no_show_fee_the_whole_deposit_is_released_after_a_no_show(memory_transactions, bank) -> None:
    place = Forecourt(memory_transactions)
    with memory_transactions.begin() as store:
        place.build(store, {**TARIFF, "elements": TARIFF["elements"][1:]})
    place.free()
    rules(place, BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=1000))
    booking = books(place, bank, start=30)
    assert isinstance(hold(place, booking).state, Held)
    for minute in (30, 46, 47):
        tick(place, bank, minute)
    assert isinstance(state(place, booking), Missed) and isinstance(hold(place, booking).state, Released) and nothing_held(place, bank)
