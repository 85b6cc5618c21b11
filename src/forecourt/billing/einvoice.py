"""An issued document in terms of EN 16931: net lines, allowances, VAT categories and the totals that follow from them.

Names in brackets (BT-131) are the standard's own. Texts and XML are left to the module that writes the file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from forecourt.billing.model import PART_OF, Exemption, Invoice, InvoiceLine, LineKind, VatRelief
from forecourt.kernel import Money, round_half_up

# The standard allows net prices any number of decimals; twelve are more than any tariff needs.
_PRICE_DECIMALS = 12


class VatCategory(StrEnum):
    """UNTDID 5305 codes, as far as charging needs them."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    OUTSIDE = "O"


@dataclass(frozen=True, slots=True)
class VatKey:
    """How a line is taxed. percent is 0 for every category but STANDARD."""

    category: VatCategory
    percent: Decimal


@dataclass(frozen=True, slots=True)
class EInvoiceLine:
    """BG-25. quantity × net_price is the net before rounding. source: the printed line; None if nothing was priced."""

    quantity: Decimal
    unit: str
    net_price: Decimal
    net: Money
    vat: VatKey
    source: InvoiceLine | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """BG-20: a deduction from the document, as a positive amount: a discount, or the effect of a tariff's maximum price."""

    amount: Money
    vat: VatKey
    source: InvoiceLine


@dataclass(frozen=True, slots=True)
class VatSum:
    """BG-23. exemption: why no tax is charged; None for STANDARD and ZERO."""

    vat: VatKey
    basis: Money
    tax: Money
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True)
class EInvoice:
    """BG-22 and its details: line_total BT-106, allowance_total BT-107, basis BT-109, tax BT-110, gross BT-112,
    paid BT-113 (by partners, for the driver), due BT-115."""

    lines: tuple[EInvoiceLine, ...]
    allowances: tuple[Allowance, ...]
    vat_sums: tuple[VatSum, ...]
    line_total: Money
    allowance_total: Money
    basis: Money
    tax: Money
    gross: Money
    paid: Money
    due: Money


def einvoice_of(invoice: Invoice) -> EInvoice:
    """The document in the standard's terms. Net, tax and gross are the document's own and never summed again here."""
    content = invoice.content
    zero = Money.zero(content.currency)
    mixed = len({tax.vat_percent is None for tax in content.taxes}) > 1
    keyed = [(line, vat_key(line.vat_percent, content.parties.exemption, mixed)) for line in content.lines]
    lines = tuple(_line(line, key, content.tax_included) for line, key in keyed if line.net.minor >= 0)
    allowances = tuple(Allowance(-line.net, key, line) for line, key in keyed if line.net.minor < 0)
    return EInvoice(
        lines=lines or (_zero_line(invoice),),
        allowances=allowances,
        vat_sums=_vat_sums(invoice, mixed) or (VatSum(_zero_line(invoice).vat, zero, zero),),
        line_total=parts_sum((line.net for line in lines), content.currency),
        allowance_total=parts_sum((one.amount for one in allowances), content.currency),
        basis=content.net,
        tax=content.tax,
        gross=content.gross,
        paid=content.gross - content.due,
        due=content.due,
    )


def vat_key(percent: Decimal | None, exemption: Exemption | None, mixed: bool = False) -> VatKey:
    """The category of a rate. mixed: other lines of the document are taxed; OUTSIDE may only be used alone (BR-O-11)."""
    if percent:
        return VatKey(VatCategory.STANDARD, percent)
    if exemption is not None and (mixed or exemption.relief is not VatRelief.OUTSIDE):
        reversed_ = exemption.relief is VatRelief.REVERSE_CHARGE
        return VatKey(VatCategory.REVERSE_CHARGE if reversed_ else VatCategory.EXEMPT, Decimal(0))
    if percent is not None:
        return VatKey(VatCategory.ZERO, Decimal(0))
    return VatKey(VatCategory.EXEMPT if mixed else VatCategory.OUTSIDE, Decimal(0))


def _line(line: InvoiceLine, vat: VatKey, tax_included: bool) -> EInvoiceLine:
    """A line with its price without tax: as it is, or calculated from a price that includes tax."""
    price = line.unit_price
    if tax_included and line.vat_percent:
        price = price * 100 / (100 + line.vat_percent)
    quantity = line.quantity
    is_part = line.because.startswith(PART_OF)
    if line.what is LineKind.PRICE_LIMIT or is_part or price < 0:  # an amount rather than a price: quantity 1
        quantity, price = Decimal(1), line.net.amount
    return EInvoiceLine(quantity, line.unit, round_half_up(price, _PRICE_DECIMALS).normalize(), line.net, vat, line)


def _zero_line(invoice: Invoice) -> EInvoiceLine:
    """The line that a document with a zero total still needs (BR-16): the energy, at no price."""
    delivery = invoice.content.delivery
    quantity = Decimal(delivery.energy_wh if delivery else 0) / 1000
    key = VatKey(VatCategory.ZERO, Decimal(0))
    return EInvoiceLine(quantity, "kWh", Decimal(0), Money.zero(invoice.currency), key, None)


def _vat_sums(invoice: Invoice, mixed: bool) -> tuple[VatSum, ...]:
    exemption = invoice.content.parties.exemption
    by_key: dict[VatKey, VatSum] = {}
    for one in invoice.content.taxes:
        key = vat_key(one.vat_percent, exemption, mixed)
        before = by_key.get(key)
        basis, tax = (before.basis + one.net, before.tax + one.tax) if before else (one.net, one.tax)
        by_key[key] = VatSum(key, basis, tax, _exemption(key, exemption))
    return tuple(by_key.values())


def _exemption(key: VatKey, stated: Exemption | None) -> Exemption | None:
    if key.category in (VatCategory.STANDARD, VatCategory.ZERO):
        return None
    return stated or Exemption(VatRelief.OUTSIDE)


def parts_sum(parts: Iterable[Money], currency: str) -> Money:
    return sum(parts, Money.zero(currency))
