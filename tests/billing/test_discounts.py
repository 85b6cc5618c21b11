"""Discounts on an invoice: the operator's lower the tax, a partner's do not, and everything adds up exactly."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import credit, discounted, invoice_txn, issue
from forecourt.kernel import DocumentId, Money
from forecourt.ledger import partner_receivable, receivable
from forecourt.offers import Discount, EntitlementKind, Funder, FunderKind
from money_world import CARD_DRIVER, NOON, draft, tariff

US, CAFE = Funder(FunderKind.OPERATOR, "the operator"), Funder(FunderKind.PARTNER, "Café Strom", "cafe")
INCLUDED = tariff(tax_included="YES")


def off(minor, funder=US, source="a", vat=Decimal(19)):
    return Discount(source, EntitlementKind.COUPON, "Welcome", funder, vat, Money(-minor, "EUR"), "because")


def untaxed(source):
    bare = [{name: value for name, value in each.items() if name != "vat"} for each in source["elements"][-1]["price_components"]]
    return source | {"elements": [{"price_components": bare}]}


def issued(draft):
    return issue(draft, DocumentId(UUID(int=900)), 1, NOON + timedelta(hours=2))


def test_an_operators_discount_lowers_net_and_tax():
    before, after = draft(), discounted(draft(), [off(119)])  # 7.50 net, 1.43 tax, 8.93
    assert (after.net.minor, after.tax.minor, after.gross.minor) == (before.net.minor - 100, before.tax.minor - 19, 774)
    assert after.due == after.gross and after.lines[-1].amount == Money(-100, "EUR")


def test_a_partners_contribution_does_not_lower_the_tax():
    before, after = draft(), discounted(draft(), [off(214, CAFE)])
    assert (after.net, after.tax, after.gross) == (before.net, before.tax, before.gross)
    assert after.due == before.gross - Money(214, "EUR") and after.contributions[0].name == "Café Strom"


def test_the_ledger_books_a_partners_contribution_and_a_credit_note_reverses_it():
    invoice = issued(discounted(draft(), [off(100), off(214, CAFE)]))
    note = issue(credit(invoice, "wrong bay"), DocumentId(UUID(int=901)), 1, NOON + timedelta(hours=3))
    sums = {}
    for txn in (invoice_txn(invoice), invoice_txn(note)):
        for entry in txn.entries:
            sums.setdefault(entry.account, []).append(entry.minor)
    assert sum(sums[receivable(CARD_DRIVER)]) == 0
    assert sums[partner_receivable("cafe")] == [214, -214]
    driver = sum(entry.minor for entry in invoice_txn(invoice).entries if entry.account == receivable(CARD_DRIVER))
    assert driver == invoice.due.minor == 893 - 100 - 214


@given(
    st.lists(st.tuples(st.integers(1, 400), st.sampled_from([US, CAFE])), max_size=8), st.booleans(), st.sampled_from([Decimal(19), None])
)
def test_discounted_lines_sum_to_the_document_and_the_ledger_to_zero(given_ones, included, vat):
    source, rate = INCLUDED if included else tariff(), (vat or 0) / Decimal(100)
    before, discounts = draft(source if vat else untaxed(source)), []
    left = before.gross.minor
    for number, (minor, funder) in enumerate(given_ones):
        minor = min(minor, left)
        left -= minor
        discounts += [off(minor, funder, f"d{number}", vat)] if minor else []
    made = discounted(before, discounts)
    assert made.due.minor == left
    assert sum(line.net.minor for line in made.lines) == made.net.minor
    assert sum(line.amount.minor for line in made.lines) == (made.gross if included else made.net).minor
    (tax,) = made.taxes
    lowering = [one for one in discounts if one.funder is US]
    for one, line in zip(lowering, made.lines[-len(lowering) :] if lowering else (), strict=True):
        assert line.offer == one.source and abs(line.net.minor - one.gross.minor / (1 + rate)) < 2, "the tax in each is taken off it"
    assert abs(tax.tax.minor - tax.net.minor * rate) < 1
    txn = invoice_txn(issued(made))
    assert txn is None or sum(entry.minor for entry in txn.entries) == 0
