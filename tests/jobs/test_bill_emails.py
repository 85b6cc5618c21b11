"""The email with an invoice states whether and how it is paid, or the amount, due date and account."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forecourt.billing import printed_reference
from forecourt.flows.billing import credit_invoice, issue_account_statements
from forecourt.flows.paying import collect_payment
from forecourt.flows.paying.dunning import take_dunning_step
from forecourt.flows.ports import Transactions
from forecourt.jobs import WorkerPorts
from forecourt.jobs.account_pdf import AccountPrinter, print_account_statements
from forecourt.jobs.invoice_pdf import InvoicePrinter, print_documents
from forecourt.jobs.notice_courier import NoticeCourier
from forecourt.kernel import DocumentId, DriverId, Span
from forecourt.notices import NoDelivery
from forecourt.payments import Rejected
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, MoneyWorld, yes

MONTH = Span(datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC))


class At:
    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


def letters(world: MoneyWorld, at: datetime) -> Sequence[str]:
    """What is printed and sent then, newest first."""
    print_documents(world.transactions, At(at), InvoicePrinter())
    print_account_statements(world.transactions, AccountPrinter())
    with world.transactions.begin() as store:
        items = store.outbox.claim("notice", at, 100, 60.0)
    for item in items:
        NoticeCourier(WorkerPorts(world.transactions, At(at), world.ids, None, None, None, 60.0, NoDelivery(), NoDelivery())).deliver(item)  # type: ignore[arg-type]
    with world.transactions.begin() as store:
        return [one.text.replace("\u00a0", " ") for one in store.notices.page(OPERATOR).rows if one.text]


def pays(world: MoneyWorld, driver: DriverId, **how: Any) -> None:
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(driver), **how))


@pytest.mark.parametrize(
    ("bank", "told"), [(yes, "Paid on 1 June 2026 by card."), (lambda *_: Rejected("declined"), "The payment failed. €5.36 is due now")]
)
def test_an_invoice_email_states_whether_and_how_the_invoice_was_paid(any_transactions: Transactions, bank: Any, told: str) -> None:
    world = MoneyWorld(any_transactions).build()
    made = world.billed(world.ended(), NOON)
    assert made is not None
    with world.transactions.begin() as store:
        collect_payment(store, made.id, NOON, world.ids)
    world.deliver(NOON, bank)
    assert any(told in one and "€5.36" in one for one in letters(world, NOON + timedelta(minutes=2)))


def test_an_invoice_without_a_stored_payment_method_states_its_due_date(any_transactions: Transactions) -> None:
    world = MoneyWorld(any_transactions).build()
    pays(world, CARD_DRIVER, payment_method="")
    assert world.billed(world.ended(), NOON) is not None
    (letter,) = letters(world, NOON + timedelta(minutes=2))
    assert "Please pay €5.36 by 15 June 2026, in the app." in letter


def test_a_statement_paid_by_transfer_states_the_bank_account_and_reference(any_transactions: Transactions) -> None:
    world = MoneyWorld(any_transactions).build()
    pays(world, ACCOUNT_DRIVER, payment_method="")
    with world.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), bank="DE89 3704 0044 0532 0130 00"))
    assert world.billed(world.ended(driver=ACCOUNT_DRIVER), NOON) is not None
    with world.transactions.begin() as store:
        issue_account_statements(store, ACCOUNT_DRIVER, MONTH, MONTH.end, world.ids)
    (letter,) = letters(world, MONTH.end)
    with world.transactions.begin() as store:
        note = credit_invoice(store, store.documents.of_driver(ACCOUNT_DRIVER)[0].id, "wrong bay", MONTH.end, world.ids)
        take_dunning_step(store, DocumentId(store.statements.of_driver(ACCOUNT_DRIVER)[0].id), MONTH.end + timedelta(days=15), world.ids)
    reminder, credited, _ = letters(world, MONTH.end + timedelta(days=15))
    assert "€5.36 of the invoice is credited. It is deducted from your next monthly statement or" in credited and note.number in credited
    assert "has not been paid yet" in reminder and "Bank account: DE89 3704" in reminder and "stored card" not in reminder
    told = printed_reference("ACC-2026-000001")
    assert f"Please transfer €5.36 by 14 July 2026, using {told} as the reference. Bank account: DE89 3704" in letter
