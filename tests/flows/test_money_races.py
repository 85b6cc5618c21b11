"""Concurrent workers: one invoice a charge, one payment an invoice, and gapless numbers."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from forecourt.flows.billing import CreditRequest, issue_credit_note, rate_and_invoice
from forecourt.flows.desk import Staff
from forecourt.flows.paying import collect_payment
from forecourt.flows.ports import Store, StoreUnavailable
from forecourt.kernel import Conflict, Money
from forecourt.ledger import verify_chain
from forecourt.store import PostgresTransactions
from money_world import CARD_DRIVER, NOON, OPERATOR, C, MoneyWorld

from .test_money import bill_and_pay, held

END = NOON + timedelta(hours=2)
WORKERS, CHARGES = 6, 12


def all_at_once(works: list[Callable[[], object]], seed: int) -> None:
    """Every worker does all of it, each in an order of its own; what gives way is left to the others."""

    def worker(number: int) -> None:
        for work in random.Random(seed + number).sample(works, len(works)):
            with suppress(Conflict, StoreUnavailable):
                work()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(worker, range(WORKERS)))


def test_concurrent_billing_issues_one_gapless_invoice_for_each_charge(transactions: PostgresTransactions) -> None:
    world = MoneyWorld(transactions).build()
    records = [world.ended((C, 30, 1000 * number), number=number) for number in range(1, CHARGES + 1)]

    def bill(session_id: object) -> Callable[[], object]:
        def work() -> object:
            with transactions.begin() as store:
                return rate_and_invoice(store, session_id, END, world.ids)  # type: ignore[arg-type]

        return work

    all_at_once([bill(record.session_id) for record in records], seed=1)
    with transactions.begin() as store:
        documents = store.documents.recent(OPERATOR, 1000)
        assert sorted(document.sequence for document in documents) == list(range(1, CHARGES + 1))
        assert {document.session_id for document in documents} == {record.session_id for record in records}
        assert verify_chain(store.ledger.chain(OPERATOR)) == CHARGES


def test_concurrent_collection_takes_one_payment_for_each_invoice(transactions: PostgresTransactions) -> None:
    world = MoneyWorld(transactions).build()
    invoices = [world.billed(world.ended((C, 30, 1000), number=number), END) for number in range(1, CHARGES + 1)]

    def pay(number: int) -> Callable[[], object]:
        def work() -> object:
            invoice = invoices[number]
            assert invoice is not None
            with transactions.begin() as store:
                return collect_payment(store, invoice.id, END, world.ids)

        return work

    all_at_once([pay(number) for number in range(CHARGES)], seed=2)
    world.deliver(END)
    with transactions.begin() as store:
        assert len(store.payments.of_driver(CARD_DRIVER, 1000)) == CHARGES
        assert _taken(store) == sum(invoice.gross.minor for invoice in invoices if invoice)
        assert world.sum_is_zero(store)


def _taken(store: Store) -> int:
    return sum(payment.taken.minor for payment in store.payments.of_driver(CARD_DRIVER, 1000))


def test_of_concurrent_credit_notes_for_one_invoice_line_exactly_one_is_issued(transactions: PostgresTransactions) -> None:
    """Some credit an amount, the others a line that includes it: no line is credited beyond its billed amount."""
    world = MoneyWorld(transactions).build()
    held(world)
    made = bill_and_pay(world)
    clerk = Staff(OPERATOR, "ops", END, world.ids)
    asked = [CreditRequest(made.id, 0, "x", amount=Money(101, "EUR")), CreditRequest(made.id, 0, "x", lines=(1,))] * 3
    refused = list[str]()

    def credit(one: CreditRequest) -> None:
        try:
            with transactions.begin() as store:
                issue_credit_note(store, clerk, one)
        except Conflict as error:
            refused.append(error.code)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(credit, asked))
    with transactions.begin() as store:
        notes = store.documents.credit_notes_of(made.id)
    assert len(notes) == 1 and refused == ["credited_meanwhile"] * 5
    world.deliver(END)
    with pytest.raises(Conflict) as refusal, transactions.begin() as store:  # who looked again, and sends the line all the same
        issue_credit_note(store, clerk, CreditRequest(made.id, 1, "x", lines=(1,)))
    assert refusal.value.code == "line_credited"
