"""In a real browser: a payment by bank transfer is credited, refunded by transfer and marked as paid; the driver sees it."""

from datetime import timedelta

import pytest

from forecourt.flows.billing import CreditRequest, issue_credit_note
from forecourt.flows.desk import Staff
from forecourt.flows.paying import record_transfer
from forecourt.kernel import Money

from .page_checks import check_page
from .test_browser import address, chromium, visit  # noqa: F401 - fixtures
from .test_debts_browser import bank_answers, billed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
PHONE = {"width": 390, "height": 844}


def test_a_refund_owed_by_transfer_is_marked_as_paid_and_shown_to_the_driver(chromium, address, lived):  # noqa: F811
    with lived.transactions.begin() as store:
        number = billed(lived, store)
    bank_answers(lived, says=False)
    with lived.transactions.begin() as store:
        invoice = store.documents.by_number(lived.operator_id, number)
        by = Staff(lived.operator_id, "ops", lived.clock.now(), lived.ids)
        record_transfer(store, by, invoice.id, "SEPA 4711")
        note = issue_credit_note(store, by, CreditRequest(invoice.id, 0, "The display was broken", amount=Money(150, "EUR"))).note
    ops = visit(chromium, address, "ops", viewport=PHONE).new_page()
    ops.goto(f"{address}/console/documents")
    ops.get_by_role("link", name="Refunds by transfer").click()
    assert note.number in ops.locator("main").inner_text() and "SEPA 4711" in ops.locator("main").inner_text()
    check_page(ops, address, "/console/paybacks")
    driver = visit(chromium, address, "ada", viewport=PHONE).new_page()
    driver.goto(f"{address}/receipts/{note.number}")
    assert "€1.50 is being refunded by transfer" in driver.locator("main").inner_text()
    ops.set_viewport_size(PHONE)
    ops.locator("td summary").click()
    ops.get_by_label("Date of the transfer").fill(f"{lived.clock.now() + timedelta(days=9):%Y-%m-%d}")
    ops.get_by_label("Transfer reference").fill("SEPA 99")
    ops.get_by_role("button", name="Mark as refunded").click()
    assert "between the credit note and today" in ops.locator("main").inner_text()
    ops.get_by_label("Date of the transfer").fill(f"{lived.clock.now():%Y-%m-%d}")
    ops.get_by_role("button", name="Mark as refunded").click()
    ops.get_by_text("Marked as refunded.").wait_for()
    check_page(driver, address, f"/receipts/{note.number}")
    assert "€1.50 was refunded by transfer on" in driver.locator("main").inner_text()
    driver.goto(f"{address}/receipts/{invoice.number}")
    assert "€1.50 was refunded by transfer on" in driver.locator("main").inner_text()
    check_page(ops, address, "/console/paybacks")
    ops.set_viewport_size(PHONE)
    ops.get_by_text("Transfer returned").click()
    ops.get_by_label("Return reference").fill("SEPA 99 R")
    ops.get_by_role("button", name="Mark as returned").click()
    ops.get_by_text("Marked as returned.").wait_for()
    assert "€1.50 to refund by transfer" in ops.locator("main").inner_text() and "transfer returned" in ops.locator("main").inner_text()
    driver.reload()
    assert "€1.50 is being refunded by transfer" in driver.locator("main").inner_text()
    with lived.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0
