"""A charge of a booking with a deposit, billed in one commit with others: the same documents, ledger and payments as alone."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from forecourt.billing import Draft
from forecourt.drivers import TokenKind
from forecourt.flows.billing import invoice_together, rate_and_invoice
from forecourt.flows.charging import start_charge
from forecourt.flows.paying import collect_payment
from forecourt.flows.ports import CollectPayment, Transactions
from forecourt.kernel import SessionId
from forecourt.ledger import verify_chain
from forecourt.reservations import BookingRules, DepositRule
from forecourt.stations import StartCharge
from in_process_provider import OwnBank

from .conftest import APP, CARD, NOON, Forecourt, at
from .test_deposits import books, goes, nothing_held, pays_by, rules, state, state_session, taken, tick
from .test_guest_bookings import orders


def charges(place: Forecourt, bank: OwnBank, way: str, by_app: bool) -> list[SessionId]:
    """A booking's charge and one of another driver, on account, beside it. Both have ended; the booking's comes first."""
    rules(place, BookingRules(deposit=DepositRule.FEE))
    pays_by(place, bank, way)
    booking = books(place, bank)
    tick(place, bank, 111)
    evse_id = state(place, booking).evse_id
    number, other = sorted((1, 2, 3), key=lambda one: place.evse_id(one) != evse_id)[:2]
    orders(place, 111, StartCharge)
    beside = place.starts(f"CP{other}", 112, CARD).transaction
    shown = APP
    if by_app:
        goes(place, lambda store: start_charge(store, place.app_driver, store.stations.evse(evse_id), at(120), place.ids))
        bank.at = at(120)
        bank.deliver(place.transactions, place.ids)
        tick(place, bank, 120.5)
        shown = orders(place, 120.5, StartCharge)[0].token
    mine = place.starts(f"CP{number}", 121, shown).transaction
    tick(place, bank, 122)
    place.stops(f"CP{other}", beside, 149, 4500)
    place.stops(f"CP{number}", mine, 150, 4000)
    with place.transactions.begin() as store:
        (also,) = store.sessions.records_of(place.card_driver, 1)
        return [state_session(store, booking), also.session_id]


def alone(place: Forecourt, sessions: list[SessionId]) -> set[SessionId]:
    for one in sessions:
        goes(place, lambda store, one=one: rate_and_invoice(store, one, at(151), place.ids))
    return set()


def together(place: Forecourt, sessions: list[SessionId]) -> set[SessionId]:
    """As the worker does: what is not plain is left, and billed by itself."""
    billed = goes(place, lambda store: invoice_together(store, sessions, at(151), place.ids))
    alone(place, [one for one in sessions if one not in billed])
    return billed


def paid(place: Forecourt, bank: OwnBank) -> None:
    with place.transactions.begin() as store:
        for item in store.outbox.open_items("task"):
            if isinstance(item.work, CollectPayment):
                collect_payment(store, item.work.document_id, at(151), place.ids)
    tick(place, bank, 151)


def come_of_it(place: Forecourt) -> dict[str, Any]:
    """What was issued, booked and paid, without the ids that were given."""
    with place.transactions.begin() as store:
        documents = store.documents.recent(place.operator_id)
        assert verify_chain(store.ledger.chain(place.operator_id)) and store.ledger.sum_minor("EUR") == 0
        payments = [one for driver in (place.app_driver, place.card_driver) for one in store.payments.of_driver(driver)]
        chain = list(store.ledger.chain(place.operator_id))
        return {
            "documents": {one.driver_id: _unnamed(one.content) for one in documents},
            "numbers": sorted(one.number for one in documents),
            "book": Counter(frozenset(Counter(one.txn.postings).items()) for one in chain),
            "balances": Counter(store.ledger.trial_balance(place.operator_id)),
            "payments": Counter((one.driver_id, one.method, one.state_name, one.taken, one.returned, one.top_up) for one in payments),
        }


def _unnamed(content: Draft) -> Draft:
    assert content.delivery is not None
    return replace(content, session_id=None, delivery=replace(content.delivery, transaction=""))


@pytest.mark.parametrize(("way", "by_app"), [("card", True), ("card", False), ("balance", True), ("balance", False)])
def test_a_charge_with_a_deposit_is_billed_the_same_in_a_batch_as_alone(
    transactions: Transactions, memory_transactions: Transactions, way: str, by_app: bool
) -> None:
    results = []
    for store, bill in ((memory_transactions, alone), (transactions, together)):
        place, bank = Forecourt(store), OwnBank(NOON)
        goes(place, place.build)
        place.free()
        with place.transactions.begin() as work:
            token = work.drivers.tokens_of(place.app_driver)[0]
            work.drivers.put_token(replace(token, kind=TokenKind.APP if by_app else TokenKind.RFID))
        sessions = charges(place, bank, way, by_app)
        billed = bill(place, sessions)
        if bill is together:  # of a balance it is not plain
            assert billed == set(sessions if way == "card" else sessions[1:])
        paid(place, bank)
        assert nothing_held(place, bank) and taken(place).minor > 0
        results.append(come_of_it(place))
    assert results[0] == results[1]
