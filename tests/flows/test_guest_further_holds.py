"""A guest's charge approaches the amount held: a further hold is offered in time, and no more than the bill is captured."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.drivers import GuestVisit
from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff
from forecourt.flows.guests import stop_visit
from forecourt.flows.paying import (
    abandon_payment,
    collect_payment,
    ends_soon,
    guest_returned,
    maintain_holds,
    payments_of,
    raised_by,
    request_more_hold,
    session_of,
)
from forecourt.flows.ports import StoreUnavailable, Transactions
from forecourt.kernel import Conflict, DocumentId
from forecourt.notices import NoticeKind
from forecourt.payments import Payment, Released
from forecourt.simulation.provider.model import Refusal
from forecourt.stations import Outcome, StopCharge
from forecourt.store import MemoryTransactions, PostgresTransactions
from in_process_provider import OwnBank

from .conftest import NOON, Forecourt, at
from .test_guests import CHALLENGED, billed, charging, orders, payment

DECLINED = "4000000000000002"
WH_A_MINUTE = 7360 // 60


@pytest.fixture
def place(any_transactions: Transactions) -> Forecourt:
    return _fresh(any_transactions)


@pytest.fixture
def bank() -> OwnBank:
    return OwnBank(NOON)


def runs(place: Forecourt, transaction: str, since: int, until: int, every: int = 5) -> int:
    """At full power, a reading every so many minutes."""
    for minute in range(since + every, until + 1, every):
        place.meters("CP1", transaction, minute, 1000 + (minute - 1) * WH_A_MINUTE, amps=32)
    return until


def looked(place: Forecourt, minute: float) -> list[type]:
    with place.transactions.begin() as store:
        maintain_holds(store, place.operator_id, at(minute), place.ids)
    return [type(one) for one in orders(place, minute)]


def holds(place: Forecourt, visit: GuestVisit) -> Sequence[Payment]:
    with place.transactions.begin() as store:
        return payments_of(store, visit)


def told(place: Forecourt, visit) -> list[tuple[NoticeKind, int]]:
    with place.transactions.begin() as store:
        rows = store.notices.of_driver(visit.driver_id).rows
        return [(one.kind, one.content.amount.minor) for one in rows if one.kind is NoticeKind.HOLD_NEARS and one.content.amount]


def first_offer(place: Forecourt, transaction: str) -> int:
    """The minute from which more is offered."""
    minute = runs(place, transaction, runs(place, transaction, 0, 270, every=30), 300)
    with place.transactions.begin() as store:
        session_id = store.sessions.open_on(place.evse_id(1)).id
    while True:
        with place.transactions.begin() as store:
            if ends_soon(store, store.sessions.session(session_id), at(minute)):
                return minute
        minute = runs(place, transaction, minute, minute + 5)


def stops_itself(place: Forecourt, transaction: str, minute: int) -> int:
    """The minute in which its charger is sent a stop order, checked every minute."""
    while StopCharge not in looked(place, minute):
        minute += 1
        runs(place, transaction, minute - 5, minute // 5 * 5)
    return minute


def test_a_higher_hold_is_offered_minutes_before_the_stop_and_notified_once(place, bank) -> None:
    visit, transaction = charging(place, bank)
    with place.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(visit.driver_id), email="guest@example.org"))
    held = payment(place, visit).state.amount
    minute = first_offer(place, transaction)
    assert looked(place, minute) == looked(place, minute + 1) == [] and told(place, visit) == [(NoticeKind.HOLD_NEARS, held.minor)]
    stopped = stops_itself(place, transaction, minute)
    assert 5 <= stopped - minute <= 15


def test_no_higher_hold_is_offered_while_a_car_draws_little(place, bank) -> None:
    _, transaction = charging(place, bank)
    minute = first_offer(place, transaction)
    place.meters("CP1", transaction, minute + 1, 1000 + (minute - 1) * WH_A_MINUTE + 4, amps=1)
    with place.transactions.begin() as store:
        assert not ends_soon(store, store.sessions.open_on(place.evse_id(1)), at(minute + 1))


def test_with_a_second_hold_the_charge_continues_to_the_new_cap_and_both_pay_one_bill(place, bank) -> None:
    visit, transaction = charging(place, bank)
    held, minute = payment(place, visit).state.amount, first_offer(place, transaction)
    with place.transactions.begin() as store:
        offered = raised_by(store, visit, at(minute))
        more = request_more_hold(store, visit, at(minute), place.ids)
    bank.at = at(minute)
    bank.deliver(place.transactions, place.ids)
    bank.pays(more.id)
    bank.deliver(place.transactions, place.ids)
    runs(place, transaction, minute, minute + 100)
    assert offered == held and looked(place, minute + 100) == []
    place.stops("CP1", transaction, minute + 101, 1000 + (minute + 100) * WH_A_MINUTE)
    invoice = billed(place, bank, visit, minute + 101)
    with place.transactions.begin() as store:
        assert [one.taken for one in payments_of(store, visit)] == [held, invoice.due - held]
        assert len(store.documents.of_session(session_of(store, visit))) == 1


@pytest.mark.parametrize("refused", [False, True])
def test_after_a_stop_order_a_higher_hold_is_refused_unless_the_charger_rejected_the_stop(place, bank, refused) -> None:
    visit, transaction = charging(place, bank)
    minute = first_offer(place, transaction)
    with place.transactions.begin() as store:
        stop_visit(store, visit, at(minute), place.ids)
    orders(place, minute, Outcome.REJECTED if refused else Outcome.ACCEPTED)
    with place.transactions.begin() as store:
        if refused:
            request_more_hold(store, visit, at(minute), place.ids)
        else:
            with pytest.raises(Conflict, match="being stopped"):
                request_more_hold(store, visit, at(minute), place.ids)
    assert len(holds(place, visit)) == 1 + refused


def test_a_hold_confirmed_while_the_charge_is_being_stopped_is_released_at_once(place, bank) -> None:
    visit, transaction = charging(place, bank)
    minute = first_offer(place, transaction)
    with place.transactions.begin() as store:
        more = request_more_hold(store, visit, at(minute), place.ids)
    bank.at = at(minute)
    bank.deliver(place.transactions, place.ids)
    bank.at = at(stops_itself(place, transaction, minute))
    bank.pays(more.id)
    bank.deliver(place.transactions, place.ids)
    assert holds(place, visit)[1].state == Released(bank.at, "stopping") and bank.bank.totals().open_holds == 1


@pytest.mark.parametrize("answer", ["declined", "left", "nothing"])
def test_after_a_declined_or_abandoned_second_hold_the_charge_ends_at_the_old_cap(place, bank, answer) -> None:
    visit, transaction = charging(place, bank)
    held, minute = payment(place, visit).state.amount, first_offer(place, transaction)
    with place.transactions.begin() as store:
        more = request_more_hold(store, visit, at(minute), place.ids)
    bank.at = at(minute)
    bank.deliver(place.transactions, place.ids)
    if answer == "declined":
        bank.pays(more.id, DECLINED)
    with place.transactions.begin() as store:
        abandon_payment(store, visit, at(minute), place.ids) if answer == "left" else None
    bank.deliver(place.transactions, place.ids)
    later = stops_itself(place, transaction, minute)
    place.stops("CP1", transaction, later + 2, 1000 + (later + 1) * WH_A_MINUTE)
    invoice = billed(place, bank, visit, later + 2)
    assert invoice.due <= held and bank.bank.totals().from_customers == {"EUR": invoice.due.minor}
    assert bank.bank.totals().open_holds == 0


def test_two_simultaneous_requests_for_a_higher_hold_create_one(transactions: PostgresTransactions, bank) -> None:
    place = _fresh(transactions)
    visit, _ = charging(place, bank)

    def second() -> None:
        with suppress(StoreUnavailable), transactions.begin() as store:
            request_more_hold(store, visit, at(5), place.ids)

    with ThreadPoolExecutor(1) as pool:
        with transactions.begin() as store:
            request_more_hold(store, visit, at(5), place.ids)
            waits = pool.submit(second)
            wait([waits], timeout=0.5)  # it has time to look, before the first is there to be seen
        waits.result()
    with transactions.begin() as store:
        assert len(payments_of(store, visit)) == 2


STEPS = st.lists(
    st.sampled_from(
        ["raised", "tap", "pay", "declined", "asked who", "says yes", "says no", "leave", "news", "twice", "lost", "back", "charge", "look"]
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.booleans())
def test_in_any_order_of_events_no_more_is_captured_than_the_bill_or_any_hold(steps: Sequence[str], paid_late: bool) -> None:
    """Requests, declines, authentications, and events that are late, lost or repeated. The bank's own record is the referee."""
    place, bank = _fresh(MemoryTransactions()), OwnBank(NOON)
    visit, transaction = charging(place, bank)
    minute = 0
    for step in steps:
        minute += 20
        bank.at = at(minute)
        _play(place, bank, visit, transaction, minute, step)
    place.stops("CP1", transaction, minute + 21, 1000 + (minute + 20) * WH_A_MINUTE)
    with suppress(Refusal):  # who pays as the charge ends
        bank.pays(payment(place, visit).id) if paid_late else None
    invoice = billed(place, bank, visit, minute + 22)
    for _ in range(3):
        _settle(place, bank, invoice.id)
    with place.transactions.begin() as store:
        payments = payments_of(store, visit)
        assert store.ledger.sum_minor("EUR") == 0
    intents = {one.reference: one for one in bank.bank.intents()}
    paid = [(intents[str(one.id)], one.taken.minor) for one in payments if str(one.id) in intents]
    assert all(intent.captured == taken <= intent.amount for intent, taken in paid)
    assert sum(taken for _, taken in paid) <= invoice.due.minor
    used = [pair for pair in paid if pair[1]]
    assert all(taken == intent.amount for intent, taken in used[:-1])  # each is used whole before the next
    assert bank.bank.totals().open_holds == 0


def _fresh(transactions: Transactions) -> Forecourt:
    place = Forecourt(transactions)
    with transactions.begin() as store:
        place.build(store)
        give_codes(store, Staff(place.operator_id, "ops", NOON, place.ids), place.site_id)
    place.free()
    return place


def _play(place: Forecourt, bank: OwnBank, visit: GuestVisit, transaction: str, minute: int, step: str) -> None:
    cards = {"pay": "4242424242424242", "declined": DECLINED, "asked who": CHALLENGED}
    newest = payment(place, visit).id
    with suppress(Refusal, Conflict):
        match step:
            case "tap" | "leave" | "back":
                with place.transactions.begin() as store:
                    {"tap": request_more_hold, "leave": abandon_payment, "back": guest_returned}[step](store, visit, at(minute), place.ids)
            case "raised":
                for one in ("tap", "news", "pay", "news"):
                    _play(place, bank, visit, transaction, minute, one)
            case "pay" | "declined" | "asked who":
                bank.pays(newest, cards[step])
            case "says yes" | "says no":
                bank.says(newest, step == "says yes")
            case "lost":
                bank.events.clear()
            case "news" | "twice":
                bank.events *= 2 if step == "twice" else 1
                bank.deliver(place.transactions, place.ids)
            case "charge":
                place.meters("CP1", transaction, minute, 1000 + (minute - 1) * WH_A_MINUTE, amps=32)
            case "look":
                looked(place, minute)


def _settle(place: Forecourt, bank: OwnBank, document_id: DocumentId) -> None:
    """What the clock does afterwards, also for news that was lost."""
    bank.later(minutes=16)
    with place.transactions.begin() as store:
        maintain_holds(store, place.operator_id, bank.at, place.ids)
        collect_payment(store, document_id, bank.at, place.ids)
    bank.deliver(place.transactions, place.ids)
