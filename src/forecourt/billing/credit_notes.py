"""Credit notes for part of an issued invoice: some of its lines, or an amount.

Each note takes from what earlier ones left of every line and every rate, never more: notes that together cover an invoice, in whatever
parts and order, add up to it line by line and rate by rate.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from forecourt.billing.credit_shares import LinePart, keeps_rates, line_parts, net_part, rate_part, subtract_tax
from forecourt.billing.issuing import credit
from forecourt.billing.model import PART_OF, Draft, Invoice, InvoiceLine
from forecourt.kernel import BadInput, Conflict, Money, minor_digits
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
# In currencies without minor units, amounts this far from the one wanted are tried.
_NEAR = 200


def credit_lines(invoice: Invoice, earlier: Sequence[Invoice], places: Sequence[int], reason: str) -> Draft:
    """A credit note for whole lines of an invoice, by position from 0. earlier: the invoice's credit notes.

    Raises BadInput for a position that does not exist, or if the tax of these lines alone would break the rules; Conflict for a line
    that was already credited in part or whole.
    """
    lines = invoice.content.lines
    if not places or len(set(places)) != len(places) or not all(0 <= place < len(lines) for place in places):
        raise BadInput("credit_lines", "Those are not lines of this invoice.", "Choose at least one of its lines.")
    left, whole = creditable_by_line(invoice, earlier), uncredited_lines(invoice, earlier)
    if credited := [f"{left[place]} of the {lines[place].amount} of line {place + 1}" for place in sorted(set(places) - whole)]:
        text = f"Earlier credit notes cover the rest: {invoice.number} has left {', '.join(credited)}."
        raise Conflict("line_credited", text, "Credit other lines, or an amount.")
    chosen = tuple(replace(lines[place], credited_line=place) for place in sorted(places))
    rates = [tax for tax in _left(invoice, earlier) if any(line.vat_percent == tax.vat_percent for line in chosen)]
    taxes = tuple(_tax_of(invoice, tax, chosen) for tax in rates)
    if not _holds(invoice, taxes, rates):
        text = f"The tax of these lines alone would be a whole unit of {invoice.currency} off its rate."
        raise BadInput("credit_lines_split", text, "Choose other lines, or credit an amount.")
    draft = _part(invoice, chosen, taxes, reason)
    if draft.gross < creditable_amount(invoice, earlier):
        return draft
    # Nothing is left to pay, so lines that cancel each other are credited with the last ones.
    rest, named = _amount_note(invoice, earlier, draft.gross, reason), {line.credited_line: line for line in chosen}
    return draft if rest is None else replace(rest, lines=tuple(named.get(line.credited_line, line) for line in rest.lines))


def credit_amount(invoice: Invoice, earlier: Sequence[Invoice], gross: Money, reason: str) -> Draft:
    """A credit note for an amount including tax, shared among the VAT categories, and within each its lines, by what is left of them.

    Raises BadInput for an amount above what is left of the invoice; in currencies without minor units also for one that has no whole
    net and tax within the rules, naming the nearest that have.
    """
    if gross.currency != invoice.currency or gross.minor <= 0:
        raise BadInput("credit_amount", f"{gross} cannot be credited.", f"Enter an amount in {invoice.currency} above zero.")
    left = creditable_amount(invoice, earlier)
    if gross > left:
        raise BadInput("credit_above_left", f"{gross} is more than the {left} left of {invoice.number}.", "Credit at most that.")
    draft = _amount_note(invoice, earlier, gross, reason)
    if draft is None:
        near = [one for one in (_nearest(invoice, earlier, gross, step) for step in (-1, 1)) if one is not None]
        text = f"{gross} cannot be split into whole {invoice.currency} before tax and of tax, here or in what would be left."
        raise BadInput("credit_split", text, f"Credit {' or '.join(str(one) for one in near)}.")
    return draft


def creditable_up_to(invoice: Invoice, earlier: Sequence[Invoice], most: Money) -> Money:
    """The largest amount up to `most` that `credit_amount` accepts; zero if there is none near it."""
    left = min(most, creditable_amount(invoice, earlier))
    return _nearest(invoice, earlier, left + Money(1, left.currency), -1) or Money.zero(left.currency)


def credit_taxes(invoice: Invoice, taxes: Sequence[TaxLine], lines: Sequence[InvoiceLine], reason: str) -> Draft:
    """A credit note for given amounts of each VAT category of an invoice that has no credit notes yet. lines: the invoice lines it
    credits, if known; otherwise each line of a category bears its share."""
    if lines:
        return _part(invoice, tuple(_placed(invoice, line) for line in lines), tuple(taxes), reason)
    return _part(invoice, tuple(line for tax in taxes for line in _in_proportion(invoice, (), tax)), tuple(taxes), reason)


def creditable_amount(invoice: Invoice, earlier: Sequence[Invoice]) -> Money:
    """What is left of an invoice after its credit notes."""
    return invoice.due - sum((note.due for note in earlier), Money.zero(invoice.currency))


def creditable_by_line(invoice: Invoice, earlier: Sequence[Invoice]) -> tuple[Money, ...]:
    """What is left of each printed line after credit notes."""
    return _left_by_line(invoice, earlier, "amount" if invoice.content.tax_included else "net")


def uncredited_lines(invoice: Invoice, earlier: Sequence[Invoice]) -> frozenset[int]:
    """Positions of the lines that no credit note has touched, in their printed or net amount: these can be credited whole."""
    left = zip(invoice.content.lines, creditable_by_line(invoice, earlier), _left_by_line(invoice, earlier, "net"), strict=True)
    return frozenset(place for place, (line, printed, net) in enumerate(left) if (printed, net) == (line.amount, line.net))


def _left_by_line(invoice: Invoice, earlier: Sequence[Invoice], name: str) -> tuple[Money, ...]:
    """name: the field to count, "amount" or "net". Lines of notes from before they named the line they credit are matched by what they say:
    whole ones with the line that is the same, parts among similar lines in proportion."""
    lines, credited = invoice.content.lines, [line for note in earlier for line in note.content.lines]
    left = [getattr(line, name) for line in lines]
    for part in credited:
        if part.credited_line is not None:
            left[part.credited_line] -= getattr(part, name)
    whole, parts = Counter(line for line in credited if line.credited_line is None), Counter[tuple[object, ...]]()
    for line, count in whole.items():
        if line not in lines:
            parts[_merge_key(line)] += count * int(getattr(line, name).minor)
    groups = dict[tuple[object, ...], list[int]]()
    for place, line in enumerate(lines):
        if whole[line]:
            whole[line] -= 1
            left[place] = Money.zero(invoice.currency)
        else:
            groups.setdefault(_merge_key(line), []).append(place)
    for merge_key, places in groups.items():
        shares = [Decimal(left[place].minor) for place in places]
        for place, minor in zip(places, apportion(parts[merge_key] if sum(shares) else 0, shares), strict=True):
            left[place] -= Money(minor, invoice.currency)
    return tuple(left)


def _merge_key(line: InvoiceLine) -> tuple[object, ...]:
    """The key by which a credited part of a line is matched with its line."""
    return line.what, line.title, line.offer, line.vat_percent


def _placed(invoice: Invoice, line: InvoiceLine) -> InvoiceLine:
    """A line with the position of the one that it credits, if only one can be meant."""
    price = (line.unit, line.unit_price)
    candidates = [place for place, one in enumerate(invoice.content.lines) if _merge_key(one) == _merge_key(line)]
    same_price = [place for place in candidates if (invoice.content.lines[place].unit, invoice.content.lines[place].unit_price) == price]
    found = same_price if len(candidates) > 1 else candidates
    return replace(line, credited_line=found[0]) if len(found) == 1 else line


def _part(invoice: Invoice, lines: tuple[InvoiceLine, ...], taxes: tuple[TaxLine, ...], reason: str) -> Draft:
    if invoice.content.contributions:
        raise Conflict("partner_paid", f"A partner paid part of {invoice.number}.", "Credit the whole invoice.")
    zero = Money.zero(invoice.currency)
    net, tax, gross = (sum((getattr(one, name) for one in taxes), zero) for name in ("net", "tax", "gross"))
    if gross.minor <= 0:
        raise BadInput("credit_nothing", "That comes to zero.", "Choose other lines, or enter an amount.")
    return replace(credit(invoice, reason), lines=lines, taxes=taxes, net=net, tax=tax, gross=gross, delivery=None, notes=())


def _amount_note(invoice: Invoice, earlier: Sequence[Invoice], gross: Money, reason: str) -> Draft | None:
    """None if it would break the rules for the tax of a rate."""
    rates, lefts = _left(invoice, earlier), _line_parts_left(invoice, earlier)
    takes_all, taxes = gross == creditable_amount(invoice, earlier), list[TaxLine]()
    for tax, share in zip(rates, apportion(gross.minor, [tax.gross.amount for tax in rates]), strict=True):
        lines = [lefts[place] for place in _places(invoice, tax)]
        if share or (takes_all and any(any(line) for line in lines)):
            taxes.append(rate_part(tax, Money(share, gross.currency), lines, invoice.content.tax_included))
    if not _holds(invoice, taxes, rates):
        return None
    return _part(invoice, tuple(line for tax in taxes for line in _in_proportion(invoice, earlier, tax)), tuple(taxes), reason)


def _nearest(invoice: Invoice, earlier: Sequence[Invoice], gross: Money, step: int) -> Money | None:
    """The nearest amount below (step -1) or above (1) that can be credited."""
    left = creditable_amount(invoice, earlier).minor
    for minor in range(gross.minor + step, gross.minor + step * _NEAR, step):
        if 0 < minor <= left and _amount_note(invoice, earlier, found := Money(minor, gross.currency), "-") is not None:
            return found
    return None


def _holds(invoice: Invoice, taxes: Sequence[TaxLine], left: Sequence[TaxLine]) -> bool:
    """Whether a note keeps to the rules of EN 16931 for the tax of a rate (BR-CO-17, BR-S-09), which let pass less than a whole unit of the
    currency: a limit only where that is the minor unit. What is left can always be credited at once."""
    takes_all = sum(tax.gross.minor for tax in taxes) == sum(tax.gross.minor for tax in left)
    return minor_digits(invoice.currency) > 0 or takes_all or keeps_rates(taxes, left)


def _left(invoice: Invoice, earlier: Sequence[Invoice]) -> tuple[TaxLine, ...]:
    """What is left of each VAT category after credit notes. Each note takes the difference it makes, so that notes for the whole
    invoice add up to its net and its tax to the unit."""
    left = {tax.vat_percent: tax for tax in invoice.content.taxes}
    for credited in (tax for note in earlier for tax in note.content.taxes):
        left[credited.vat_percent] = subtract_tax(left[credited.vat_percent], credited)
    return tuple(left.values())


def _tax_of(invoice: Invoice, left: TaxLine, chosen: Sequence[InvoiceLine]) -> TaxLine:
    """What the chosen lines take from a VAT category."""
    of_rate = [line for line in chosen if line.vat_percent == left.vat_percent]
    zero = Money.zero(invoice.currency)
    net = sum((line.net for line in of_rate), zero)
    if net < zero:
        text = f"Of what {invoice.number} taxes at {left.vat_percent or 0:f} % these lines only take something off."
        raise BadInput("credit_nothing", text, "Choose what it was taken off as well, or give an amount.")
    gross = sum((line.amount for line in of_rate), zero)
    part = TaxLine(left.vat_percent, net, gross - net, gross) if invoice.content.tax_included else net_part(left, net)
    if net > left.net or part.gross > left.gross:
        text = f"These lines are more than the {left.gross} left of what {invoice.number} taxes at {left.vat_percent or 0:f} %."
        raise BadInput("credit_above_left", text, "Credit an amount instead.")
    return part


def _line_parts_left(invoice: Invoice, earlier: Sequence[Invoice]) -> list[LinePart]:
    left = zip(creditable_by_line(invoice, earlier), _left_by_line(invoice, earlier, "net"), strict=True)
    return [LinePart(amount.minor, net.minor) for amount, net in left]


def _places(invoice: Invoice, tax: TaxLine) -> list[int]:
    return [place for place, line in enumerate(invoice.content.lines) if line.vat_percent == tax.vat_percent]


def _in_proportion(invoice: Invoice, earlier: Sequence[Invoice], tax: TaxLine) -> list[InvoiceLine]:
    """Share the tax category among its lines in proportion to what is left of each. At least one line is named, even if only cents of tax
    are left."""
    places, lefts = _places(invoice, tax), _line_parts_left(invoice, earlier)
    parts = line_parts(tax, [lefts[place] for place in places], invoice.content.tax_included)
    chosen = [(place, part) for place, part in zip(places, parts, strict=True) if any(part)] or [(places[0], parts[0])]
    return [_part_of(invoice, place, part) for place, part in chosen]


def _part_of(invoice: Invoice, index: int, part: LinePart) -> InvoiceLine:
    printed = Money(part.amount, invoice.currency)
    return replace(
        invoice.content.lines[index],
        quantity=Decimal(1),
        unit="",
        unit_price=printed.amount,
        exact=printed.amount,
        amount=printed,
        net=Money(part.net, invoice.currency),
        because=f"{PART_OF}{invoice.number}",
        credited_line=index,
    )
