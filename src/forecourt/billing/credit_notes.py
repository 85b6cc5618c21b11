"""Credit notes for part of an issued invoice: some of its lines, or an amount."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from forecourt.billing.issuing import credit
from forecourt.billing.model import PART_OF, Draft, Invoice, InvoiceLine
from forecourt.kernel import BadInput, Conflict, Money
from forecourt.ledger import apportion
from forecourt.tariffs import TaxLine

# The reason for crediting a no-show fee automatically; documents word it in their own language.
DRIVER_HAD_COME = "You had come in time; the charger could tell us only later."
# For a bill to a partner's customer: its CDR is corrected by a credit CDR and a new one, never by an additional one.
MORE_REPORTED = "The charger told more of this charge only later; another bill takes its place."
# When the end reported late was earlier than what was billed.
LESS_REPORTED = "The charger told the end of this charge only later; what was billed beyond it is taken back."
# For the credit on a booking, and for a month of a membership.
CREDIT_REPAID = "The credit for your booking, as no place is left where you could use it."
PLACES_CLOSED = "The places of your membership closed for good in this month."


def credit_lines(invoice: Invoice, earlier: Sequence[Invoice], places: Sequence[int], reason: str) -> Draft:
    """A credit note for whole lines of an invoice, by position from 0. earlier: the invoice's credit notes.

    Raises BadInput for a position that does not exist, Conflict for a line that was already credited in part or whole.
    """
    lines = invoice.content.lines
    if not places or len(set(places)) != len(places) or not all(0 <= place < len(lines) for place in places):
        raise BadInput("credit_lines", "Those are not lines of this invoice.", "Choose at least one of its lines.")
    chosen = tuple(lines[place] for place in sorted(places))
    left, whole = creditable_by_line(invoice, earlier), uncredited_lines(invoice, earlier)
    if credited := [f"{left[place]} of the {lines[place].amount} of line {place + 1}" for place in sorted(set(places) - whole)]:
        text = f"Earlier credit notes cover the rest: {invoice.number} has left {', '.join(credited)}."
        raise Conflict("line_credited", text, "Credit other lines, or an amount.")
    taxes = tuple(
        _tax_of(invoice, left, chosen) for left in _left(invoice, earlier) if any(line.vat_percent == left.vat_percent for line in chosen)
    )
    return _part(invoice, chosen, taxes, invoice.content.tax_included, reason)


def credit_amount(invoice: Invoice, earlier: Sequence[Invoice], gross: Money, reason: str) -> Draft:
    """A credit note for an amount including tax, shared among the VAT categories, and within each its lines, by what is left of them.

    Raises BadInput for an amount above what is left of the invoice.
    """
    if gross.currency != invoice.currency or gross.minor <= 0:
        raise BadInput("credit_amount", f"{gross} cannot be credited.", f"Enter an amount in {invoice.currency} above zero.")
    left = creditable_amount(invoice, earlier)
    if gross > left:
        raise BadInput("credit_above_left", f"{gross} is more than the {left} left of {invoice.number}.", "Credit at most that.")
    remaining = _left(invoice, earlier)
    shares = apportion(gross.minor, [tax.gross.amount for tax in remaining])
    taxes = tuple(_share_of(tax, Money(share, invoice.currency)) for tax, share in zip(remaining, shares, strict=True) if share)
    lines = tuple(line for tax in taxes for line in _in_proportion(invoice, earlier, tax))
    return _part(invoice, lines, taxes, True, reason)


def credit_taxes(invoice: Invoice, taxes: Sequence[TaxLine], lines: Sequence[InvoiceLine], reason: str) -> Draft:
    """A credit note for given amounts of each VAT category of an invoice that has no credit notes yet. lines: the invoice lines it
    credits, if known; otherwise each line of a category bears its share."""
    if lines:
        return _part(invoice, tuple(lines), tuple(taxes), invoice.content.tax_included, reason)
    shares = tuple(line for tax in taxes for line in _in_proportion(invoice, (), tax))
    return _part(invoice, shares, tuple(taxes), True, reason)


def creditable_amount(invoice: Invoice, earlier: Sequence[Invoice]) -> Money:
    """What is left of an invoice after its credit notes."""
    return invoice.due - sum((note.due for note in earlier), Money.zero(invoice.currency))


def creditable_by_line(invoice: Invoice, earlier: Sequence[Invoice]) -> tuple[Money, ...]:
    """What is left of each printed line after credit notes. Partial credits are shared among similar lines in proportion."""
    return _left_by_line(invoice, earlier, "amount" if invoice.content.tax_included else "net")


def uncredited_lines(invoice: Invoice, earlier: Sequence[Invoice]) -> frozenset[int]:
    """Positions of the lines that no credit note has touched, in their printed or net amount: these can be credited whole."""
    left = zip(invoice.content.lines, creditable_by_line(invoice, earlier), _left_by_line(invoice, earlier, "net"), strict=True)
    return frozenset(place for place, (line, printed, net) in enumerate(left) if (printed, net) == (line.amount, line.net))


def _left_by_line(invoice: Invoice, earlier: Sequence[Invoice], name: str) -> tuple[Money, ...]:
    """name: the field to count, "amount" or "net"."""
    lines, whole = invoice.content.lines, Counter(line for note in earlier for line in note.content.lines)
    parts: Counter[tuple[object, ...]] = Counter()
    for line, count in whole.items():
        if line not in lines:
            parts[_merge_key(line)] += count * int(getattr(line, name).minor)
    left, alike = [Money.zero(invoice.currency)] * len(lines), dict[tuple[object, ...], list[int]]()
    for place, line in enumerate(lines):
        if whole[line]:
            whole[line] -= 1
        else:
            left[place] = getattr(line, name)
            alike.setdefault(_merge_key(line), []).append(place)
    for sort, places in alike.items():
        weights = [left[place].amount for place in places]
        for place, part in zip(places, apportion(parts[sort] if sum(weights) else 0, weights), strict=True):
            left[place] -= Money(part, invoice.currency)
    return tuple(left)


def _merge_key(line: InvoiceLine) -> tuple[object, ...]:
    """The key by which a credited part of a line is matched with its line."""
    return line.what, line.title, line.offer, line.vat_percent


def _part(
    invoice: Invoice,
    lines: tuple[InvoiceLine, ...],
    taxes: tuple[TaxLine, ...],
    tax_included: bool,
    reason: str,
) -> Draft:
    if invoice.content.contributions:
        raise Conflict("partner_paid", f"A partner paid part of {invoice.number}.", "Credit the whole invoice.")
    zero = Money.zero(invoice.currency)
    net, tax, gross = (sum((getattr(one, name) for one in taxes), zero) for name in ("net", "tax", "gross"))
    if gross.minor <= 0:
        raise BadInput("credit_nothing", "That comes to zero.", "Choose other lines, or enter an amount.")
    whole = credit(invoice, reason)
    return replace(whole, lines=lines, taxes=taxes, net=net, tax=tax, gross=gross, tax_included=tax_included, delivery=None, notes=())


def _left(invoice: Invoice, earlier: Sequence[Invoice]) -> tuple[TaxLine, ...]:
    """What is left of each VAT category after credit notes. Each note takes the difference it makes, so that notes for the whole
    invoice add up to its net and its tax to the unit."""
    left = {tax.vat_percent: tax for tax in invoice.content.taxes}
    for credited in (tax for note in earlier for tax in note.content.taxes):
        left[credited.vat_percent] = _subtract(left[credited.vat_percent], credited)
    return tuple(left.values())


def _tax_of(invoice: Invoice, left: TaxLine, chosen: Sequence[InvoiceLine]) -> TaxLine:
    """What the chosen lines take from a VAT category."""
    mine = [line for line in chosen if line.vat_percent == left.vat_percent]
    zero = Money.zero(invoice.currency)
    net = sum((line.net for line in mine), zero)
    if net < zero:
        text = f"Of what {invoice.number} taxes at {left.vat_percent or 0:f} % these lines only take something off."
        raise BadInput("credit_nothing", text, "Choose what it was taken off as well, or give an amount.")
    if invoice.content.tax_included:
        tax = sum((line.amount for line in mine), zero) - net
    else:
        rest = Money.of((left.net - net).amount * (left.vat_percent or Decimal(0)) / 100, invoice.currency)
        tax = left.tax - min(rest, left.tax)
    if net > left.net or net + tax > left.gross:
        text = f"These lines are more than the {left.gross} left of what {invoice.number} taxes at {left.vat_percent or 0:f} %."
        raise BadInput("credit_above_left", text, "Credit an amount instead.")
    return TaxLine(left.vat_percent, net, tax, net + tax)


def _share_of(left: TaxLine, gross: Money) -> TaxLine:
    """Split an amount including tax into net and tax so that the tax of the note, and of what it leaves, is as close to the rate as
    possible: rounding differences of single notes do not pile up in the last one."""
    alone, unit, zero = TaxLine.from_gross(left.vat_percent, gross), Money(1, gross.currency), Money.zero(gross.currency)
    least, most = max(left.net + gross - left.gross, zero), min(gross, left.net)
    nets = dict.fromkeys(min(max(net, least), most) for net in (alone.net, alone.net - unit, alone.net + unit))
    parts = [TaxLine(left.vat_percent, net, gross - net, gross) for net in nets]
    return min(parts, key=lambda part: _rate_errors((part, _subtract(left, part))))


def _rate_errors(taxes: Sequence[TaxLine]) -> tuple[bool, list[int]]:
    """How far taxes are from their rates. First: whether any is off by a whole unit before rounding, which e-invoices in currencies
    without decimals must not be. Then by how many units each is off after rounding."""
    exact = (abs(one.tax.minor - one.net.minor * Fraction(one.vat_percent or 0) / 100) for one in taxes)
    return max(exact) >= 1, sorted((one.tax_deviation_minor for one in taxes), reverse=True)


def _subtract(left: TaxLine, part: TaxLine) -> TaxLine:
    return TaxLine(left.vat_percent, left.net - part.net, left.tax - part.tax, left.gross - part.gross)


def _in_proportion(invoice: Invoice, earlier: Sequence[Invoice], tax: TaxLine) -> Iterator[InvoiceLine]:
    """Share the tax category among its lines in proportion to what is left of each, so that no line is credited beyond what was billed.
    If only cents of tax are left, share them in proportion to the whole lines."""
    mine = [place for place, line in enumerate(invoice.content.lines) if line.vat_percent == tax.vat_percent]
    whole = [invoice.content.lines[place].net.amount for place in mine]
    left = (_left_by_line(invoice, earlier, "net"), creditable_by_line(invoice, earlier))
    weights = ([one[place].amount for place in mine] for one in left)
    nets, amounts = (apportion(total.minor, of if sum(of) else whole) for total, of in zip((tax.net, tax.gross), weights, strict=True))
    for place, net, amount in zip(mine, nets, amounts, strict=True):
        printed = Money(amount, invoice.currency)
        part = replace(invoice.content.lines[place], quantity=Decimal(1), unit="", unit_price=printed.amount, exact=printed.amount)
        if net or amount:
            yield replace(part, amount=printed, net=Money(net, invoice.currency), because=f"{PART_OF}{invoice.number}")
