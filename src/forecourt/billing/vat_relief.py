"""Supplies to dealers: the buyer owes the tax, or none is due. The net is what it would be with tax."""

from dataclasses import replace
from decimal import Decimal

from forecourt.billing.model import Draft, InvoiceLine, Party, VatRelief
from forecourt.billing.party_details import in_union, is_vat_number_of
from forecourt.kernel import Money, round_half_up
from forecourt.ledger import vat
from forecourt.tariffs import TaxLine

_DECIMALS = 12
# Keys of the tax report other than rates.
REVERSED, REVERSED_HOME, NOT_TAXABLE = "reverse", "reverse-home", "outside"
_RATES = {VatRelief.REVERSE_CHARGE: Decimal(0), VatRelief.OUTSIDE: None}


def dealer_vat_relief(seller: Party, buyer: Party, at_home: bool) -> VatRelief | None:
    """Why a seller in the Union charges a dealer no tax: electricity is taxed where a dealer is established (Directive 2006/112/EC,
    Articles 38 and 195), services where a business is (44 and 196). None: tax is charged, also if a VAT number is missing.

    at_home: the seller's country applies the reverse charge to its own dealers too (Article 199a).
    """
    if not in_union(seller.country) or not is_vat_number_of(seller.vat_number, seller.country) or not buyer.country:
        return None
    if not in_union(buyer.country):
        return VatRelief.OUTSIDE
    if not is_vat_number_of(buyer.vat_number, buyer.country) or (buyer.country == seller.country and not at_home):
        return None
    return VatRelief.REVERSE_CHARGE


def relieved(draft: Draft) -> Draft:
    """The draft without tax if its parties' relief says that the buyer owes it or none is due; otherwise unchanged."""
    relief = draft.parties.exemption.relief if draft.parties.exemption else None
    if relief not in _RATES:
        return draft
    rate = _RATES[relief]
    return replace(
        draft,
        lines=tuple(_line(line, rate, draft.tax_included) for line in draft.lines),
        taxes=taxes_after_relief(draft.taxes, relief),
        tax=Money.zero(draft.currency),
        gross=draft.net,
        tax_included=False,
    )


def taxes_after_relief(taxes: tuple[TaxLine, ...], relief: VatRelief | None) -> tuple[TaxLine, ...]:
    """All categories merged into one: their rounded nets summed, without tax."""
    if relief not in _RATES or not taxes:
        return taxes
    zero = Money.zero(taxes[0].net.currency)
    net = sum((one.net for one in taxes), zero)
    return (TaxLine(_RATES[relief], net, zero, net),)


def tax_key(draft: Draft, percent: Decimal | None) -> str:
    """The key of a document's category in reports: the rate, as its account names it, or the kind of relief."""
    parties = draft.parties
    relief = parties.exemption.relief if parties.exemption else None
    if relief is VatRelief.OUTSIDE:
        return NOT_TAXABLE
    if relief is VatRelief.REVERSE_CHARGE:
        return REVERSED_HOME if parties.buyer.country == parties.seller.country else REVERSED
    return vat(percent).part


def _line(line: InvoiceLine, rate: Decimal | None, tax_included: bool) -> InvoiceLine:
    """The line with prices that include tax converted to net."""
    gross_factor = 1 + (line.vat_percent or Decimal(0)) / 100 if tax_included else Decimal(1)
    exact, price = (round_half_up(one / gross_factor, _DECIMALS).normalize() for one in (line.exact, line.unit_price))
    return replace(line, exact=exact, unit_price=price, amount=line.net, vat_percent=rate)
