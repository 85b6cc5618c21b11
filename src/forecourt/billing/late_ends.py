"""Billing the difference when a charger reports more, or less, of a charge after its bill was issued."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from forecourt.billing.buyer_corrections import corrected_buyer_number, corrected_buyer_reason
from forecourt.billing.credit_notes import LESS_REPORTED, credit_taxes
from forecourt.billing.credit_shares import within_a_unit
from forecourt.billing.model import Delivery, Draft, Invoice, InvoiceLine, LineKind
from forecourt.kernel import Conflict, Money, minor_digits
from forecourt.tariffs import TaxLine

# The reason of a bill for the difference, before the number of the original bill.
LATE_END = "late end of "
# The reason of a bill that replaces another, before that bill's number.
_IN_PLACE = "in place of "


def supplementary_bill(whole: Draft, first: Invoice, later: Sequence[Invoice] = ()) -> Draft:
    """A bill for what a charge costs beyond its bill, to the cent; if prices exclude tax, tax is calculated on the difference.

    whole: the draft of all that is now known of the charge, rated as its bill was. later: bills already issued beyond the first.
    Raises Conflict if a partner paid part of the bill, if there is nothing to bill, or if a tax category comes to less.
    """
    billed = first.content
    if billed.contributions or whole.contributions:
        raise Conflict(
            "late_discounted",
            f"A partner paid part of {first.number}.",
            "Set it aside: there is no rule for the partner's share of the rest.",
        )
    before = _taxes(one.content for one in (first, *later))
    zero, is_same = Money.zero(whole.currency), billed.tax_included == whole.tax_included and billed.currency == whole.currency
    taxes = tuple(_tax_beyond(tax, before.pop(tax.vat_percent, None), whole.tax_included) for tax in whole.taxes) if is_same else ()
    if before or not is_same or any(tax.gross.minor < 0 for tax in taxes):
        raise Conflict("late_less", f"{first.number} was calculated in a different way.", "Set it aside.")
    net, gross = sum((tax.net for tax in taxes), zero), sum((tax.gross for tax in taxes), zero)
    if not gross:
        raise Conflict("late_nothing", f"The total is the same as {first.number}.", "Set it aside.")
    return replace(
        whole,
        lines=_with_nets(_lines(whole.lines, [line for one in (first, *later) for line in one.content.lines], zero), taxes),
        taxes=tuple(tax for tax in taxes if tax.gross),
        net=net,
        tax=gross - net,
        gross=gross,
        delivery=_delivery_beyond(whole.delivery, [one.content.delivery for one in (first, *later)]),
        session_id=None,
        booking_id=None,
        reason=f"{LATE_END}{first.number}",
    )


def overcharge_credit(whole: Draft, first: Invoice) -> Draft:
    """A credit note for what the first bill charged beyond the whole (see `supplementary_bill`); what is left of the bill then equals the
    whole at each rate, to the cent (in currencies without minor units, net and tax may be a unit off). Raises Conflict if a partner paid
    part of the bill, if there is nothing to credit, or if a tax category comes to more."""
    billed, zero = first.content, Money.zero(first.currency)
    after, is_same = _taxes([whole]), billed.tax_included == whole.tax_included and billed.currency == whole.currency
    taxes = [_tax_left_over(tax, after.pop(tax.vat_percent, None)) for tax in billed.taxes] if is_same else []
    if is_same and not minor_digits(first.currency):
        taxes = [within_a_unit(tax, part) for tax, part in zip(billed.taxes, taxes, strict=True)]
    if billed.contributions or after or any(part.minor < 0 for tax in taxes for part in (tax.net, tax.tax)):
        raise Conflict("late_less", f"{first.number} was calculated in a different way.", "Set it aside.")
    taxes = [tax for tax in taxes if tax.gross]
    if not taxes:
        raise Conflict("late_nothing", f"The total is the same as {first.number}.", "Set it aside.")
    lines = _with_nets(_lines(billed.lines, whole.lines, zero), taxes)
    before = {_merge_key(line): line for line in _lines(billed.lines, (), zero)}
    return credit_taxes(first, taxes, lines if all(_is_part(line, before.get(_merge_key(line))) for line in lines) else (), LESS_REPORTED)


def _is_part(line: InvoiceLine, billed: InvoiceLine | None) -> bool:
    """Whether a line credits something, and no more than was billed. Discounts are not sales and may differ by cents of rounding."""
    if line.quantity <= 0 or line.net.minor < 0 or line.amount.minor < 0:
        return False
    return line.what is LineKind.DISCOUNT or (billed is not None and line.net <= billed.net and line.amount <= billed.amount)


def _tax_left_over(tax: TaxLine, after: TaxLine | None) -> TaxLine:
    return TaxLine(tax.vat_percent, tax.net - after.net, tax.tax - after.tax, tax.gross - after.gross) if after else tax


def replacement_bill(whole: Draft, first: Invoice) -> Draft:
    """A new bill for the whole (as in `supplementary_bill`), once the first bill is credited. Raises Conflict if the total is unchanged."""
    if whole.currency != first.currency or whole.gross == first.gross:
        raise Conflict("late_nothing", f"The total is the same as {first.number}.", "Set it aside.")
    return replace(whole, session_id=None, booking_id=None, reason=f"{_IN_PLACE}{first.number}")


def replaced_number(reason: str) -> str:
    """The number of the bill that a document replaces, for whatever reason; empty if it replaces none."""
    return reason.removeprefix(_IN_PLACE) if reason.startswith(_IN_PLACE) else corrected_buyer_number(reason)


def supplemented_number(reason: str) -> str:
    """The number of the bill to which a document adds the difference; empty if there is none."""
    return reason.removeprefix(LATE_END) if reason.startswith(LATE_END) else ""


def preceding_number(content: Draft) -> str:
    """The number of the bill that a document credits, replaces or adds to (BT-25); empty if there is none."""
    return content.corrects_number or supplemented_number(content.reason) or replaced_number(content.reason)


def correction_reasons(number: str) -> tuple[str, str, str]:
    """The reasons of the documents that add to a bill, replace it, or replace it with another buyer."""
    return f"{LATE_END}{number}", f"{_IN_PLACE}{number}", corrected_buyer_reason(number)


def _taxes(billed: Iterable[Draft]) -> dict[Decimal | None, TaxLine]:
    """The tax lines of several documents, summed by rate."""
    by_rate: dict[Decimal | None, TaxLine] = {}
    for tax in (tax for one in billed for tax in one.taxes):
        known = by_rate.get(tax.vat_percent)
        by_rate[tax.vat_percent] = (
            TaxLine(tax.vat_percent, known.net + tax.net, known.tax + tax.tax, known.gross + tax.gross) if known else tax
        )
    return by_rate


def _tax_beyond(tax: TaxLine, before: TaxLine | None, tax_included: bool) -> TaxLine:
    if before is None:
        return tax
    if tax_included:
        return TaxLine.from_gross(tax.vat_percent, tax.gross - before.gross)
    return TaxLine.from_net(tax.vat_percent, tax.net - before.net)


def _with_nets(lines: Sequence[InvoiceLine], taxes: Iterable[TaxLine]) -> tuple[InvoiceLine, ...]:
    """Make the nets of each category's lines sum to the category's net: the largest line takes the rounding difference."""
    nets = {tax.vat_percent: tax.net for tax in taxes}
    fitted = list(lines)
    for rate, net in nets.items():
        members = [index for index, line in enumerate(fitted) if line.vat_percent == rate]
        if members:
            largest, others = max(members, key=lambda index: fitted[index].net), sum((fitted[one].net for one in members), net - net)
            fitted[largest] = replace(fitted[largest], net=fitted[largest].net + net - others)
    return tuple(fitted)


def _lines(whole: Iterable[InvoiceLine], billed: Iterable[InvoiceLine], zero: Money) -> tuple[InvoiceLine, ...]:
    """Differences by kind and price. A remainder from rounding, on a line without a quantity, goes to its tax category's largest line."""
    by_key: dict[tuple[object, ...], InvoiceLine] = {}
    signed = [(line, 1) for line in whole] + [(line, -1) for line in billed]
    for line, sign in signed:
        key = _merge_key(line)
        known = by_key.get(key) or replace(line, quantity=Decimal(0), exact=Decimal(0), amount=zero, net=zero)
        amount, net = (line.amount, line.net) if sign > 0 else (-line.amount, -line.net)
        quantity, exact = known.quantity + sign * line.quantity, known.exact + sign * line.exact
        by_key[key] = replace(known, quantity=quantity, exact=exact, amount=known.amount + amount, net=known.net + net)
    discounts = [_as_single_unit(line) for line in by_key.values() if line.what is LineKind.DISCOUNT and line.amount]
    others = [line for line in by_key.values() if line.what is not LineKind.DISCOUNT]
    left, remainders = [*(line for line in others if line.quantity), *discounts], [line for line in others if not line.quantity]
    for remainder in (line for line in remainders if line.amount):
        same_rate = [line for line in left if line.vat_percent == remainder.vat_percent]
        largest = max(same_rate, key=lambda line: line.net, default=None)
        if largest is None:
            left.append(remainder)
        else:
            left[left.index(largest)] = replace(largest, amount=largest.amount + remainder.amount, net=largest.net + remainder.net)
    return tuple(left)


def _merge_key(line: InvoiceLine) -> tuple[object, ...]:
    """The key by which lines are merged."""
    if line.what is LineKind.DISCOUNT:
        return (line.what, line.title, line.offer, line.vat_percent)
    return (line.what, line.unit, line.unit_price, line.vat_percent)


def _as_single_unit(line: InvoiceLine) -> InvoiceLine:
    """A discount has quantity 1, whatever its amount."""
    return replace(line, quantity=Decimal(1), unit_price=line.amount.amount)


def _delivery_beyond(whole: Delivery | None, billed: Sequence[Delivery | None]) -> Delivery | None:
    """What was delivered beyond the earlier bills. billed: in the order of their bills, each what it added to those before."""
    known = [one for one in billed if one is not None]
    if whole is None or not known:
        return whole
    return replace(
        whole,
        started_at=known[-1].ended_at,
        ended_at=max(whole.ended_at, known[-1].ended_at),
        energy_wh=whole.energy_wh - sum(one.energy_wh for one in known),
        meter_start_wh=known[-1].meter_stop_wh,
        charging_s=whole.charging_s - sum(one.charging_s for one in known),
        idle_s=whole.idle_s - sum(one.idle_s for one in known),
        withheld_s=whole.withheld_s - sum(one.withheld_s for one in known),
        reserved_s=whole.reserved_s - sum(one.reserved_s for one in known),
    )
