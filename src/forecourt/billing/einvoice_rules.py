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
_MAX_OFF_BILL_MINOR, _MAX_OFF_MINOR = 1, 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule of the standard that is violated, by its official name."""

    rule: str
    text: str


def check_sums(invoice: Invoice) -> None:
    """Raise BadInput, naming the rules, if the parts of a document do not add up to its totals."""
    is_bill = invoice.content.corrects is None
    found = list(sum_violations(einvoice_of(invoice), invoice.content, _MAX_OFF_BILL_MINOR if is_bill else _MAX_OFF_MINOR))
    if found:
        raise BadInput("einvoice_sums", f"{invoice.number} does not add up: {'; '.join(f'{one.rule}: {one.text}' for one in found)}.")


def sum_violations(einvoice: EInvoice, content: Draft, max_off_minor: int = _MAX_OFF_MINOR) -> Iterator[Finding]:
    """Check BR-CO-10 to BR-CO-17 and the bases of the VAT categories (BR-S-08 and its equivalents).

    max_off_minor: how far tax derived from gross may be off; for a note with more lines than that, one unit per line.
    """
    currency = content.currency
    lines = parts_sum((line.net for line in einvoice.lines), currency)
    allowances = parts_sum((one.amount for one in einvoice.allowances), currency)
    yield from _mismatch("BR-CO-10", Text("sum of line net amounts"), einvoice.line_total, lines)
    yield from _mismatch("BR-CO-11", Text("sum of allowances"), einvoice.allowance_total, allowances)
    yield from _mismatch("BR-CO-13", Text("total without VAT"), einvoice.basis, einvoice.line_total - einvoice.allowance_total)
    yield from _mismatch("BR-CO-14", Text("total VAT"), einvoice.tax, parts_sum((one.tax for one in einvoice.vat_sums), currency))
    yield from _mismatch("BR-CO-15", Text("total with VAT"), einvoice.gross, einvoice.basis + einvoice.tax)
    yield from _mismatch("BR-CO-16", Text("amount due"), einvoice.due, einvoice.gross - einvoice.paid)
    for vat_sum in einvoice.vat_sums:
        yield from _category_violations(einvoice, vat_sum, content, max_off_minor)


def missing_data(invoice: Invoice, einvoice: EInvoice | None = None) -> tuple[Finding, ...]:
    """What keeps a document with correct sums from being an e-invoice: data about its parties that nobody entered.

    einvoice: the same document in the standard's terms, if the caller already has it.
    """
    einvoice, parties = einvoice or einvoice_of(invoice), invoice.content.parties
    categories = {one.vat.category for one in einvoice.vat_sums}
    needs = (
        ("BR-DEC-12", "amounts have more than two decimals", minor_digits(invoice.currency) > 2),
        ("BR-06", "the seller has no name", not parties.seller.name),
        ("BR-07", "the buyer has no name", not parties.buyer.name and not parties.buyer.is_guest),
        ("BR-09", "the seller has no country", not parties.seller.country),
        ("BR-S-02", "the seller has no VAT number", not parties.seller.vat_number and categories != {VatCategory.OUTSIDE}),
        ("BR-AE-02", "the buyer has no VAT number", not parties.buyer.vat_number and VatCategory.REVERSE_CHARGE in categories),
    )
    return tuple(Finding(rule, text) for rule, text, is_so in needs if is_so)


def _category_violations(einvoice: EInvoice, vat_sum: VatSum, content: Draft, max_off_minor: int) -> Iterator[Finding]:
    rule = f"BR-{vat_sum.vat.category}-08"
    amounts = [line.net for line in einvoice.lines if line.vat == vat_sum.vat] + [
        -one.amount for one in einvoice.allowances if one.vat == vat_sum.vat
    ]
    yield from _mismatch(
        rule, Text("basis at {percent} %", percent=vat_sum.vat.percent), vat_sum.basis, parts_sum(amounts, content.currency)
    )
    exact = Money.of(vat_sum.basis.amount * vat_sum.vat.percent / Decimal(100), content.currency)
    lines = len(amounts) if content.corrects else 0
    if abs(vat_sum.tax.minor - exact.minor) > (max(max_off_minor, lines) if _from_gross(content) else 0):
        yield Finding(
            "BR-CO-17", Text("VAT at {percent} % is {found}, not {right}", percent=vat_sum.vat.percent, found=vat_sum.tax, right=exact)
        )


def _from_gross(content: Draft) -> bool:
    """Whether net was derived from the gross amount or, for a credit note, from what it leaves of its invoice."""
    return (
        content.tax_included
        or content.corrects is not None
        or any(line.what in (LineKind.PRICE_LIMIT, LineKind.DISCOUNT) or line.net.minor < 0 for line in content.lines)
    )


def _mismatch(rule: str, name: Text, stated: Money, found: Money) -> Iterator[Finding]:
    if stated != found:
        yield Finding(rule, Text("{what} is {found}, not {said}", what=name, found=found, said=stated))
