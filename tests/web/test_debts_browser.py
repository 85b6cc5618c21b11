"""A payment that fails, reminders, the block, the payment and the unblocking, carried end to end in a real browser."""

from datetime import timedelta

import pytest

from card_verdict import verdict
from forecourt.drivers import PayBy
from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.paying import collect_payment
from forecourt.flows.ports import Store
from forecourt.jobs.calendar_jobs import CalendarRuns
from forecourt.payments import Accepted, Rejected
from forecourt.stations import Verdict

from .page_checks import check_page
from .test_browser import address, chromium, visit  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser


def bank_answers(lived, says: bool) -> None:
    """Every payment order that waits is accepted, or declined."""
    with lived.transactions.begin() as store:
        items = store.outbox.claim("payment", lived.clock.at, 100, 60.0)
    for item in items:
        answer = Accepted(f"ch_{item.key}", lived.clock.at) if says else Rejected("card_declined")
        with lived.transactions.begin() as store:
            apply_payment_answer(store, item, answer, lived.clock.at, lived.ids)


def goes_on(lived, days: int) -> None:
    job = CalendarRuns(lived.transactions, lived.clock, lived.ids)
    for _ in range(days):
        lived.clock.at += timedelta(days=1)
        while job.run_due_batches():
            pass
        bank_answers(lived, says=False)


def billed(lived, store: Store) -> str:
    """Ada's last ended charge, its payment asked for."""
    for record in store.sessions.records_of(lived.ada):
        invoice = rate_and_invoice(store, record.session_id, lived.clock.at, lived.ids)
        if invoice is not None and store.drivers.driver(lived.ada).pay_by is PayBy.CARD:
            collect_payment(store, invoice.id, lived.clock.at, lived.ids)
            return invoice.number
    raise AssertionError("no charge of Ada's was billed")


def test_an_unpaid_bill_is_reminded_blocks_the_card_is_paid_and_unblocks_it(chromium, address, lived):  # noqa: F811
    with lived.transactions.begin() as store:
        number, token = billed(lived, store), store.drivers.tokens_of(lived.ada)[0].uid
    bank_answers(lived, says=False)

    ops = visit(chromium, address, "ops", viewport={"width": 1280, "height": 900}).new_page()
    ops.goto(f"{address}/console/dunning")
    ops.get_by_label("Reminder fees, EUR").fill("5, 5, 5")
    ops.get_by_role("button", name="Save rules").click()
    assert "first reminder must be free" in ops.locator("#e-fees").inner_text()
    ops.get_by_label("Reminder fees, EUR").fill("0, 2.50, 5")
    ops.get_by_role("button", name="Save rules").click()
    ops.get_by_text("Done.").wait_for()
    goes_on(lived, 14)
    ops.reload()
    row = ops.locator(f"tr:has-text('{number}')").first
    assert "Level 3, blocked" in row.inner_text() and "card declined" in row.inner_text()
    check_page(ops, address, "/console/dunning"), check_page(ops, address, "/console/jobs")

    ada = visit(chromium, address, "ada", viewport={"width": 390, "height": 844}).new_page()
    ada.goto(f"{address}/account")
    assert "cannot start new charges until it is paid" in ada.get_by_role("alert").inner_text()
    ada.get_by_role("link", name="View and pay").click()
    assert "You cannot start a charge." in ada.get_by_role("alert").inner_text()
    check_page(ada, address, "/dues")
    with lived.transactions.begin() as store:
        assert verdict(store, lived.operator_id, token, lived.clock.at) is Verdict.NO_CREDIT
    for left in range(ada.get_by_role("button", name="Pay").count(), 0, -1):  # the other bill fell due meanwhile
        ada.get_by_role("button", name="Pay").first.click()
        ada.get_by_role("button", name="Pay").nth(left - 1).wait_for(state="detached")
    assert ada.get_by_role("button", name="Pay").count() == 0
    bank_answers(lived, says=True)
    ada.reload()
    ada.get_by_text("You owe nothing").wait_for()
    with lived.transactions.begin() as store:
        assert verdict(store, lived.operator_id, token, lived.clock.at) is Verdict.ACCEPTED
        assert store.ledger.sum_minor("EUR") == 0
    ops.goto(f"{address}/console/dunning")
    assert ops.locator(f"tr:has-text('{number}')").get_by_text("Paid").first.is_visible()
