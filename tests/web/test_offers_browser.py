"""In a real browser: a membership, a coupon and a partner's offers from creation to settlement, with checks of every page."""

from datetime import timedelta

import pytest

from forecourt.billing import DocumentKind
from forecourt.flows.billing import rate_and_invoice
from forecourt.ledger import partner_receivable
from forecourt.settlement import payable

from .page_checks import check_page
from .test_browser import address, chromium, visit  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser
TILL, SECRET = "till@cafe.example", "a long password of the till"


def filled(page, form: str, **values: str) -> None:
    page.locator(f"details:has-text('{form}') > summary").click()
    box = page.locator(f"details:has-text('{form}') form")
    for name, value in values.items():
        field = box.locator(f"[name={name}]")
        field.select_option(value) if field.evaluate("one => one.tagName") == "SELECT" else field.fill(value)
    box.locator("button").click()
    page.locator(".notice-good").wait_for()


def charged_and_billed(lived, minutes: int = 180) -> str:
    """Ada charges 21.6 kWh, parks for half an hour, and is billed; the number of the invoice."""
    with lived.transactions.begin() as store:
        token = store.drivers.tokens_of(lived.ada)[0].uid
        before = {one.session_id for one in store.sessions.records_of(lived.ada)}
    lived.charge(3, token, lived.clock.at, minutes + 30, 7_200, end=True, rest=30)
    lived.clock.at += timedelta(minutes=minutes + 31)
    with lived.transactions.begin() as store:
        (ended,) = [one for one in store.sessions.records_of(lived.ada) if one.session_id not in before]
        return rate_and_invoice(store, ended.session_id, lived.clock.at, lived.ids).number


def test_a_membership_coupon_and_voucher_apply_to_one_charge_and_are_settled_to_the_cent(chromium, address, lived):  # noqa: F811
    ops = visit(chromium, address, "ops").new_page()
    ops.goto(f"{address}/console/offers")
    filled(ops, "New plan", title="Market Plus", fee="9.90", vat="19", percent="10")
    filled(ops, "New coupon", title="Welcome", kind="amount", worth="2.00", budget="100")
    filled(ops, "New partner", name="Café Strom", handle="cafe-strom", country="DE", email=TILL, password=SECRET)
    filled(ops, "New offer", title="30 free minutes", worth="30", share="100")
    filled(ops, "New offer", kind="gift", title="Coffee from 20 kWh", worth="2.80", share="0", least_kwh="20")
    coupon = ops.locator("tr:has-text('Welcome') code").inner_text()

    till = visit(chromium, address, "", viewport={"width": 390, "height": 844}).new_page()
    till.goto(f"{address}/login")
    till.get_by_label("Email").fill(TILL)
    till.get_by_label("Password").fill(SECRET)
    till.get_by_role("button", name="Sign in", exact=True).click()
    till.get_by_role("button", name="Hand out 30 free minutes").click()
    parking = till.locator("figure code").inner_text()

    ada = visit(chromium, address, "ada", viewport={"width": 390, "height": 844}).new_page()
    ada.goto(f"{address}/membership")
    ada.get_by_role("button", name="Join Market Plus for").click()
    ada.get_by_text("You are a member.").wait_for()
    for code in (coupon, parking.lower()):
        ada.get_by_label("Coupon or voucher").fill(code)
        ada.get_by_role("button", name="Add code").click()
        ada.get_by_text("Code added.").wait_for()

    number = charged_and_billed(lived)
    ada.goto(f"{address}/receipts/{number}")
    lines = [" ".join(one.split()) for one in ada.locator("ul.receipt li").all_inner_texts()]
    for words in ("Discount: Market Plus", "Discount: Welcome", "30 free minutes, paid by Café Strom"):
        assert any(words in line for line in lines), lines
    with lived.transactions.begin() as store:
        invoice = store.documents.by_number(lived.operator_id, number)
        (paid,) = invoice.content.contributions
        discounts = [line for line in invoice.content.lines if line.offer]
        fees = [one for one in store.documents.of_driver(lived.ada) if one.kind is DocumentKind.INVOICE and one.content.period]
        assert [one.gross.minor for one in fees] == [990] and len(discounts) == 2
        assert invoice.due == invoice.gross - paid.amount
    assert f"€{invoice.due.amount}" in ada.locator("dl.sums").last.inner_text()

    ada.goto(f"{address}/membership")
    coffee = ada.locator("figure.qr-box code").inner_text()
    till.goto(f"{address}/partners")
    till.get_by_label("Voucher code").fill(coffee)
    till.get_by_role("button", name="Check voucher").click()
    till.get_by_role("button", name="Mark as redeemed").click()
    till.get_by_text("Voucher redeemed.").wait_for()
    till.get_by_label("Voucher code").fill(coffee)
    till.get_by_role("button", name="Check voucher").click()
    till.get_by_text("This voucher was used already").first.wait_for()

    lived.clock.at += timedelta(minutes=1)
    ops.goto(f"{address}/console/offers")
    ops.get_by_role("button", name="Issue statement for Café Strom").click()
    ops.get_by_text("The statement is issued.").wait_for()
    with lived.transactions.begin() as store:
        (statement,) = store.partners.statements(lived.operator_id)
    assert statement.owed.minor == 280 - paid.amount.minor
    ops.locator("input[name=reference]").fill("transfer 17")
    ops.get_by_role("button", name="Mark as settled").click()
    ops.get_by_text("The statement is settled.").wait_for()
    with lived.transactions.begin() as store:
        for account in (partner_receivable("cafe-strom"), payable("cafe-strom")):
            assert store.ledger.balance(lived.operator_id, account, "EUR") == 0
        assert store.ledger.sum_minor("EUR") == 0

    check_page(ada, address, "/membership"), check_page(till, address, "/partners"), check_page(ops, address, "/console/offers")
    for path in ("/console", "/console/offers", "/membership", "/receipts"):
        assert till.goto(address + path).status == 403, path
    assert ada.goto(f"{address}/partners").status == 403 and ops.goto(f"{address}/partners").status == 403
