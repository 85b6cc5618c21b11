"""Rules of EN 16931 for documents: wrong sums are refused, missing data about the parties is reported.

The tests run the official Schematron on a sample; these checks run on every document that is issued.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from forecourt.billing.einvoice import EInvoice, VatCategory, VatSum, einvoice_of, parts_sum
from forecourt.billing.model import Draft, Invoice, LineKind
from forecourt.kernel import BadInput, Money, Text, minor_digits

# Tax may be a unit off its rate if net and tax were derived from a gross amount. On notes for single lines these differences add
# up, and bills from before net was derived from gross (decision 159) were up to three units off.
_ASTRAY_MINOR, _MOST_ASTRAY_MINOR = 1, 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule of the standard that is violated, by its official name."""

    rule: str
    text: str


def check_sums(invoice: Invoice) -> None:
    """Raise BadInput, naming the rules, if the parts of a document do not add up to its totals."""
    is_bill = invoice.content.corrects is None
    found = list(sum_violations(einvoice_of(invoice), invoice.content, _ASTRAY_MINOR if is_bill else _MOST_ASTRAY_MINOR))
    if found:
        raise BadInput("einvoice_sums", f"{invoice.number} does not add up: {'; '.join(f'{one.rule}: {one.text}' for one in found)}.")


def sum_violations(told: EInvoice, content: Draft, most_astray_minor: int = _MOST_ASTRAY_MINOR) -> Iterator[Finding]:
    """Check BR-CO-10 to BR-CO-17 and the bases of the VAT categories (BR-S-08 and its equivalents).

    most_astray_minor: how far tax derived from gross may be off; for a note with more lines than that, one unit per line.
    """
    currency = content.currency
    lines = parts_sum((line.net for line in told.lines), currency)
    allowances = parts_sum((one.amount for one in told.allowances), currency)
    yield from _same("BR-CO-10", Text("sum of line net amounts"), told.line_total, lines)
    yield from _same("BR-CO-11", Text("sum of allowances"), told.allowance_total, allowances)
    yield from _same("BR-CO-13", Text("total without VAT"), told.basis, told.line_total - told.allowance_total)
    yield from _same("BR-CO-14", Text("total VAT"), told.tax, parts_sum((one.tax for one in told.vat_sums), currency))
    yield from _same("BR-CO-15", Text("total with VAT"), told.gross, told.basis + told.tax)
    yield from _same("BR-CO-16", Text("amount due"), told.due, told.gross - told.paid)
    for each in told.vat_sums:
        yield from _false_category(told, each, content, most_astray_minor)


def missing_data(invoice: Invoice, told: EInvoice | None = None) -> tuple[Finding, ...]:
    """What keeps a document with correct sums from being an e-invoice: data about its parties that nobody entered.

    told: the same document in the standard's terms, if the caller already has it.
    """
    told, parties = told or einvoice_of(invoice), invoice.content.parties
    categories = {one.vat.category for one in told.vat_sums}
    needs = (
        ("BR-DEC-12", "amounts have more than two decimals", minor_digits(invoice.currency) > 2),
        ("BR-06", "the seller has no name", not parties.seller.name),
        ("BR-07", "the buyer has no name", not parties.buyer.name and not parties.buyer.is_guest),
        ("BR-09", "the seller has no country", not parties.seller.country),
        ("BR-S-02", "the seller has no VAT number", not parties.seller.vat_number and categories != {VatCategory.OUTSIDE}),
        ("BR-AE-02", "the buyer has no VAT number", not parties.buyer.vat_number and VatCategory.REVERSE_CHARGE in categories),
    )
    return tuple(Finding(rule, text) for rule, text, is_so in needs if is_so)


def _false_category(told: EInvoice, each: VatSum, content: Draft, most_astray_minor: int) -> Iterator[Finding]:
    rule = f"BR-{each.vat.category}-08"
    inside = [line.net for line in told.lines if line.vat == each.vat] + [-one.amount for one in told.allowances if one.vat == each.vat]
    yield from _same(rule, Text("basis at {percent} %", percent=each.vat.percent), each.basis, parts_sum(inside, content.currency))
    exact = Money.of(each.basis.amount * each.vat.percent / Decimal(100), content.currency)
    lines = len(inside) if content.corrects else 0
    if abs(each.tax.minor - exact.minor) > (max(most_astray_minor, lines) if _from_gross(content) else 0):
        yield Finding("BR-CO-17", Text("VAT at {percent} % is {found}, not {right}", percent=each.vat.percent, found=each.tax, right=exact))


def _from_gross(content: Draft) -> bool:
    """Whether net was derived from the gross amount or, for a credit note, from what it leaves of its invoice."""
    return (
        content.tax_included
        or content.corrects is not None
        or any(line.what in (LineKind.PRICE_LIMIT, LineKind.DISCOUNT) or line.net.minor < 0 for line in content.lines)
    )


def _same(rule: str, what: Text, said: Money, found: Money) -> Iterator[Finding]:
    if said != found:
        yield Finding(rule, Text("{what} is {found}, not {said}", what=what, found=found, said=said))
