"""Taking part of an issued invoice back: some of its lines, or an amount."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from forecourt.billing.issuing import credit
from forecourt.billing.model import Draft, Invoice, InvoiceLine
from forecourt.kernel import BadInput, Conflict, Money
from forecourt.ledger import apportion, rounded_to
from forecourt.tariffs import TaxLine


def credit_lines(invoice: Invoice, earlier: Sequence[Invoice], places: Sequence[int], reason: str) -> Draft:
    """A credit note over whole lines of an invoice, by their places from 0. earlier: its credit notes.

    Raises BadInput for a line there is not, Conflict for one that was credited.
    """
    lines = invoice.content.lines
    if not places or len(set(places)) != len(places) or not all(0 <= place < len(lines) for place in places):
        raise BadInput("credit_lines", "Those are not lines of this invoice.", "Choose at least one of them.")
    chosen = tuple(lines[place] for place in sorted(places))
    gone = [line for note in earlier for line in note.content.lines]
    if any(line in gone for line in chosen):
        raise Conflict("line_credited", "One of these lines has been credited.", "Look at the credit notes of this invoice.")
    taxes = tuple(
        _tax_of(invoice, tax, chosen) for tax in invoice.content.taxes if any(line.vat_percent == tax.vat_percent for line in chosen)
    )
    return _part(invoice, earlier, chosen, taxes, invoice.content.tax_included, reason)


def credit_amount(invoice: Invoice, earlier: Sequence[Invoice], gross: Money, reason: str) -> Draft:
    """A credit note over an amount with tax, taken from all lines in proportion: each VAT category gives its share.

    Raises BadInput for an amount above what is left of the invoice.
    """
    if gross.currency != invoice.currency or gross.minor <= 0:
        raise BadInput("credit_amount", f"{gross} cannot be credited.", f"Give an amount in {invoice.currency} above zero.")
    kept = invoice.content.taxes
    shares = apportion(gross.minor, [tax.gross.amount for tax in kept])
    taxes = tuple(_taxed(tax.vat_percent, Money(share, invoice.currency)) for tax, share in zip(kept, shares, strict=True) if share)
    lines = tuple(line for tax in taxes for line in _in_proportion(invoice, tax))
    return _part(invoice, earlier, lines, taxes, True, reason)


def left_to_credit(invoice: Invoice, earlier: Sequence[Invoice]) -> Money:
    """What of an invoice its credit notes have left."""
    return invoice.due - sum((note.due for note in earlier), Money.zero(invoice.currency))


def _part(
    invoice: Invoice,
    earlier: Sequence[Invoice],
    lines: tuple[InvoiceLine, ...],
    taxes: tuple[TaxLine, ...],
    tax_included: bool,
    reason: str,
) -> Draft:
    if invoice.content.contributions:
        raise Conflict("partner_paid", f"A partner paid part of {invoice.number}.", "Credit the whole of it.")
    zero = Money.zero(invoice.currency)
    net, tax, gross = (sum((getattr(one, name) for one in taxes), zero) for name in ("net", "tax", "gross"))
    left = left_to_credit(invoice, earlier)
    if gross.minor <= 0:
        raise BadInput("credit_nothing", "That comes to nothing.", "Choose other lines, or give an amount.")
    if gross > left:
        raise BadInput("credit_above_left", f"{gross} is more than the {left} that is left of {invoice.number}.", "Credit at most that.")
    whole = credit(invoice, reason)
    return replace(whole, lines=lines, taxes=taxes, net=net, tax=tax, gross=gross, tax_included=tax_included, delivery=None, notes=())


def _tax_of(invoice: Invoice, tax: TaxLine, chosen: Sequence[InvoiceLine]) -> TaxLine:
    """Of one VAT category, what its chosen lines are: all of it where all are chosen, so that no cent is left over."""
    mine = [line for line in chosen if line.vat_percent == tax.vat_percent]
    if len(mine) == sum(line.vat_percent == tax.vat_percent for line in invoice.content.lines):
        return tax
    zero = Money.zero(invoice.currency)
    net = sum((line.net for line in mine), zero)
    if invoice.content.tax_included:
        gross = sum((line.amount for line in mine), zero)
        return TaxLine(tax.vat_percent, net, gross - net, gross)
    owed = Money.of(net.amount * (tax.vat_percent or Decimal(0)) / 100, invoice.currency)
    return TaxLine(tax.vat_percent, net, owed, net + owed)


def _taxed(vat_percent: Decimal | None, gross: Money) -> TaxLine:
    net = Money.of(gross.amount / (1 + (vat_percent or Decimal(0)) / 100), gross.currency)
    return TaxLine(vat_percent, net, gross - net, gross)


def _in_proportion(invoice: Invoice, tax: TaxLine) -> Iterator[InvoiceLine]:
    mine = [line for line in invoice.content.lines if line.vat_percent == tax.vat_percent and line.net.minor]
    whole = sum(line.net.minor for line in mine)
    nets, amounts = (
        rounded_to(part.minor, [Fraction(line.net.minor * part.minor, whole) for line in mine]) for part in (tax.net, tax.gross)
    )
    for line, net, amount in zip(mine, nets, amounts, strict=True):
        printed = Money(amount, invoice.currency)
        part = replace(line, quantity=Decimal(1), unit="", unit_price=printed.amount, exact=printed.amount, amount=printed)
        yield replace(part, net=Money(net, invoice.currency), because=f"part of {invoice.number}")
