"""From quantities to lines, limits, taxes and totals. Exact throughout; money is rounded once per VAT category."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from forecourt.kernel import Money, round_half_up
from forecourt.tariffs.limits import Sums, adjust
from forecourt.tariffs.matching import Candidate, Exact
from forecourt.tariffs.measuring import Tally, over
from forecourt.tariffs.model import Line, Note, Rating, Tariff, TaxLine
from forecourt.tariffs.stepping import surplus
from forecourt.tariffs.terms import Dimension, Scope, TaxIncluded
from forecourt.tariffs.wording import number_text

# Amounts are counted in 1 / (3.6e9 * 10**scale) of a currency unit: a microsecond at a price per hour is then whole.
_HOUR_US = 3_600_000_000
_FACTOR = {Dimension.ENERGY: _HOUR_US // 1000, Dimension.TIME: 1, Dimension.PARKING_TIME: 1, Dimension.FLAT: _HOUR_US}
_BASE = {Dimension.ENERGY: 1000, Dimension.TIME: _HOUR_US, Dimension.PARKING_TIME: _HOUR_US, Dimension.FLAT: 1}
_UNIT = {Dimension.ENERGY: "kWh", Dimension.TIME: "h", Dimension.PARKING_TIME: "h", Dimension.FLAT: ""}
_PLACES = Decimal("1E-12")


@dataclass(slots=True)
class Item:
    """A line before its amount is turned into decimals; amount in currency units times `Bill.whole`."""

    dimension: Dimension
    scope: Scope
    quantity: Exact
    unit_price: Decimal
    amount: Exact
    vat_percent: Decimal | None
    because: str


def items_of(tally: Tally, scope: Scope, scale: int) -> list[Item]:
    """One item per component used in the scope, step sizes applied."""
    added = surplus(tally)
    items = []
    for candidate, quantity in tally.used.items():
        component = candidate.component
        extra = added.get(candidate, 0)
        billed = quantity + extra
        price = int(component.price.scaleb(scale))
        amount = price * billed * _FACTOR[component.dimension]
        because = _because(candidate, quantity, extra)
        items.append(Item(component.dimension, scope, billed, component.price, amount, component.vat_percent, because))
    return items


def total(tariff: Tariff, items: list[Item], limited: bool, notes: list[Note]) -> Rating:
    """Apply the limits, sum by VAT category, round once. limited: there was a session for min_price and max_price to bound."""
    whole = _HOUR_US * 10**tariff.plan.scale
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        items = [replace(item, vat_percent=None) for item in items]
    session = _sums(tariff, [item for item in items if item.scope is Scope.SESSION])
    sums = session if all(item.scope is Scope.SESSION for item in items) else _sums(tariff, items)
    if limited and (tariff.min_price or tariff.max_price):
        changes = adjust(tariff, session, whole, notes)
        for change in changes:
            items.append(Item(Dimension.FLAT, Scope.SESSION, 1, Decimal(0), change.amount, change.vat_percent, change.because))
            before = sums.get(change.vat_percent, Sums(0, 0))
            sums[change.vat_percent] = Sums(before.net + change.net, before.gross + change.gross, limited=True)
    return _rating(tariff, items, sums, whole, notes)


def _sums(tariff: Tariff, items: list[Item]) -> dict[Decimal | None, Sums]:
    """Exact net and gross per VAT category."""
    amounts: dict[Decimal | None, Exact] = {}
    for item in items:
        amounts[item.vat_percent] = amounts.get(item.vat_percent, 0) + item.amount
    inside = tariff.tax_included is TaxIncluded.YES
    sums: dict[Decimal | None, Sums] = {}
    for vat, amount in amounts.items():
        if not vat:
            sums[vat] = Sums(amount, amount)
            continue
        up, down = _rate(vat)
        sums[vat] = Sums(over(amount * down, up), amount) if inside else Sums(amount, over(amount * up, down))
    return sums


@lru_cache(maxsize=256)
def _rate(vat: Decimal) -> tuple[int, int]:
    """Gross over net as whole numbers: 19 % is 119 / 100."""
    return (1 + Fraction(vat) / 100).as_integer_ratio()


def _rating(tariff: Tariff, items: list[Item], sums: dict[Decimal | None, Sums], whole: int, notes: list[Note]) -> Rating:
    currency = tariff.currency
    taxes = _limited_taxes(currency, sums, whole) if any(s.limited for s in sums.values()) else _taxes(tariff, sums, whole)
    net = Money(sum(line.net.minor for line in taxes), currency)
    tax = Money(sum(line.tax.minor for line in taxes), currency)
    return Rating(
        currency=currency,
        lines=tuple(_lines(items, whole)),
        taxes=taxes,
        net=net,
        tax=tax,
        gross=net + tax,
        notes=tuple(notes),
        exact_net=decimal_of(sum((each.net for each in sums.values()), 0), whole),
        exact_gross=decimal_of(sum((each.gross for each in sums.values()), 0), whole),
        tax_included=tariff.tax_included is TaxIncluded.YES,
    )


def _taxes(tariff: Tariff, sums: dict[Decimal | None, Sums], whole: int) -> tuple[TaxLine, ...]:
    """Prices without tax: the net is rounded and the tax follows from it, as on an EN 16931 invoice. With tax: the gross is."""
    currency = tariff.currency
    lines = []
    for vat, each in sums.items():
        net = Money.of(_ratio(each.net, whole), currency)
        if tariff.tax_included is TaxIncluded.YES:
            gross = Money.of(_ratio(each.gross, whole), currency)
        else:
            gross = net + Money.of(net.amount * vat / 100, currency) if vat else net
        lines.append(TaxLine(vat, net, gross - net, gross))
    return tuple(lines)


def _limited_taxes(currency: str, sums: dict[Decimal | None, Sums], whole: int) -> tuple[TaxLine, ...]:
    """Rounded so that the categories together are the limit to the cent: each takes the step of the rounded running total."""
    lines = []
    net_sum: Exact = 0
    gross_sum: Exact = 0
    shown_net = shown_gross = Money.zero(currency)
    for vat, each in sums.items():
        net_sum, gross_sum = net_sum + each.net, gross_sum + each.gross
        upto_net, upto_gross = Money.of(_ratio(net_sum, whole), currency), Money.of(_ratio(gross_sum, whole), currency)
        net, gross = upto_net - shown_net, upto_gross - shown_gross
        shown_net, shown_gross = upto_net, upto_gross
        lines.append(TaxLine(vat, net, gross - net, gross))
    return tuple(lines)


def _lines(items: Iterable[Item], whole: int) -> list[Line]:
    """Amounts to 12 decimals, carried forward within a VAT category so that their sum is the rounded exact sum."""
    lines = []
    carried: dict[Decimal | None, tuple[Exact, Decimal]] = {}
    for item in items:
        so_far, shown = carried.get(item.vat_percent, (0, Decimal(0)))
        so_far += item.amount
        upto = decimal_of(so_far, whole)
        carried[item.vat_percent] = (so_far, upto)
        amount = upto - shown
        unit_price = item.unit_price if item.unit_price or item.dimension is not Dimension.FLAT else amount
        quantity = decimal_of(item.quantity, _BASE[item.dimension])
        unit = _UNIT[item.dimension]
        lines.append(Line(item.dimension, item.scope, quantity, unit, unit_price, amount, item.vat_percent, item.because))
    return lines


def decimal_of(amount: Exact, whole: int) -> Decimal:
    """amount / whole to 12 decimals."""
    return round_half_up(_ratio(amount, whole), 12)


def _ratio(amount: Exact, whole: int) -> Decimal:
    return Decimal(amount.numerator) / (amount.denominator * whole)


def _because(candidate: Candidate, quantity: Exact, extra: Exact) -> str:
    component = candidate.component
    if component.dimension is Dimension.FLAT:
        return f"{candidate.place}: once"
    if component.dimension is Dimension.ENERGY:
        text = f"{candidate.place}: {_amount_text(quantity, 1000)} kWh"
        return f"{text}, rounded up by {_amount_text(extra, 1000)} kWh to blocks of {component.step_size} Wh" if extra else text
    text = f"{candidate.place}: {_amount_text(quantity, 60_000_000)} min"
    return f"{text}, rounded up by {_amount_text(extra, 60_000_000)} min to blocks of {component.step_size} s" if extra else text


def _amount_text(quantity: Exact, base: int) -> str:
    if type(quantity) is int and not quantity % base:
        return str(quantity // base)
    return number_text(round_half_up(_ratio(quantity, base), 4))
