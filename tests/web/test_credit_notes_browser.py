"""A refund with its credit note by an operator, in a real browser on a phone; a second operator at it is told."""

import pytest

from .page_checks import check_page
from .test_browser import address, chromium, visit  # noqa: F401 - fixtures
from .test_debts_browser import bank_answers, billed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
PHONE = {"width": 390, "height": 844}


def test_a_partial_refund_issues_a_credit_note_and_a_second_operator_is_refused(chromium, address, lived):  # noqa: F811
    with lived.transactions.begin() as store:
        number = billed(lived, store)
    bank_answers(lived, says=True)
    ops, other = (visit(chromium, address, "ops", viewport=PHONE).new_page() for _ in range(2))
    ops.goto(f"{address}/console/documents")
    ops.get_by_label("Number, name or email").fill(number.lower())
    ops.get_by_role("button", name="Search").click()
    ops.get_by_role("link", name=number).click()
    ops.get_by_role("link", name="Credit and refund").click()
    other.goto(f"{address}/console/documents/{number}/credit")
    ops.get_by_label("An amount including tax").check()
    ops.get_by_label("Amount, EUR").fill("1,001")
    ops.get_by_label("Reason").fill("The display was broken")
    ops.get_by_role("button", name="Credit and refund").click()
    assert "not an amount in EUR" in ops.locator("#e-amount").inner_text()
    ops.get_by_label("Amount, EUR").fill("1.00")
    check_page(ops, address, f"/console/documents/{number}/credit")
    ops.set_viewport_size(PHONE)
    ops.get_by_label("An amount including tax").check()
    ops.get_by_label("Amount, EUR").fill("1.00")
    ops.get_by_label("Reason").fill("The display was broken")
    ops.get_by_role("button", name="Credit and refund").click()
    ops.get_by_text("Credited.").wait_for()
    assert "The display was broken" in ops.locator("main").inner_text() and ops.get_by_text("€1.00").first.is_visible()
    other.get_by_label("Everything left").check()
    other.get_by_label("Reason").fill("Unhappy")
    other.get_by_role("button", name="Credit and refund").click()
    said = other.get_by_role("alert").inner_text()
    assert f"{number} has been credited in the meantime" in said and "1.00 EUR" in said
    assert not other.get_by_label("Everything left").is_checked() and other.get_by_label("Reason").input_value() == "Unhappy"
    bank_answers(lived, says=True)
    with lived.transactions.begin() as store:
        (payment,) = store.payments.of_document(store.documents.by_number(lived.operator_id, number).id)
        assert payment.returned.minor == 100
    ops.goto(f"{address}/console/documents/{number}")
    assert "card €1.00" in ops.locator("dt:has-text('Refunded to') + dd").inner_text()
    with lived.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0
