"""Apply discounts to a draft: the operator's as lines that lower the tax, a partner's as a contribution that does not."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from forecourt.billing.model import Contribution, Draft, InvoiceLine, LineKind
from forecourt.kernel import Money, round_to_total
from forecourt.offers import Discount, FunderKind
from forecourt.tariffs import TaxLine


def discounted(draft: Draft, discounts: Sequence[Discount]) -> Draft:
    """The draft with its discounts. Each VAT category is rounded once more, after all of the operator's discounts on it;
    lines, taxes and totals still sum to the unit."""
    taxes = taxes_after_discounts(draft.taxes, discounts)
    zero = Money.zero(draft.currency)
    return replace(
        draft,
        lines=(*draft.lines, *discount_lines(draft.taxes, discounts, draft.tax_included)),
        taxes=taxes,
        net=sum((tax.net for tax in taxes), zero),
        tax=sum((tax.tax for tax in taxes), zero),
        gross=sum((tax.gross for tax in taxes), zero),
        contributions=contributions(discounts),
    )


def taxes_after_discounts(taxes: Sequence[TaxLine], discounts: Sequence[Discount]) -> tuple[TaxLine, ...]:
    """The VAT categories after the operator's discounts on each."""
    lowering = [one for one in discounts if one.funder.kind is FunderKind.OPERATOR]
    return tuple(_lowered(tax, [one for one in lowering if one.vat_percent == tax.vat_percent]) for tax in taxes)


def discount_lines(taxes: Sequence[TaxLine], discounts: Sequence[Discount], tax_included: bool) -> tuple[InvoiceLine, ...]:
    """The operator's discounts as lines. taxes: the VAT categories before them."""
    lines: list[InvoiceLine] = []
    for before, after in zip(taxes, taxes_after_discounts(taxes, discounts), strict=True):
        members = [one for one in discounts if one.funder.kind is FunderKind.OPERATOR and one.vat_percent == before.vat_percent]
        nets = round_to_total(after.net.minor - before.net.minor, [one.gross.minor / _inside(one.vat_percent) for one in members])
        lines += [_line(one, Money(net, before.net.currency), tax_included) for one, net in zip(members, nets, strict=True)]
    return tuple(lines)


def contributions(discounts: Sequence[Discount]) -> tuple[Contribution, ...]:
    """The partners' shares of discounts."""
    return tuple(_contribution(one) for one in discounts if one.funder.kind is FunderKind.PARTNER)


def _lowered(tax: TaxLine, discounts: Sequence[Discount]) -> TaxLine:
    if not discounts:
        return tax
    gross = sum((one.gross for one in discounts), tax.gross)
    return TaxLine.from_gross(tax.vat_percent, gross)


def _inside(vat_percent: Decimal | None) -> Fraction:
    return 1 + Fraction(vat_percent or 0) / 100


def _line(discount: Discount, net: Money, tax_included: bool) -> InvoiceLine:
    amount = discount.gross if tax_included else net
    return InvoiceLine(
        what=LineKind.DISCOUNT,
        quantity=Decimal(1),
        unit="",
        unit_price=amount.amount,
        exact=amount.amount,
        amount=amount,
        net=net,
        vat_percent=discount.vat_percent,
        because=discount.because,
        title=discount.title,
        offer=discount.source,
    )


def _contribution(discount: Discount) -> Contribution:
    return Contribution(
        discount.funder.handle,
        discount.funder.name,
        discount.title,
        discount.vat_percent,
        -discount.gross,
        discount.because,
        discount.source,
    )
