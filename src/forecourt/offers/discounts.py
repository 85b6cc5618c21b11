"""From a rating and a driver's entitlements to discount lines. Never below zero, never a lowered price."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from forecourt.kernel import Money
from forecourt.offers.model import Cut, Discount, Entitlement, Funder, Kind
from forecourt.tariffs import Dimension, Line, Rating, number_text

_ORDER = {Kind.MEMBERSHIP: 0, Kind.PARTNER: 1, Kind.COUPON: 2}
_TIMED = frozenset({Dimension.TIME, Dimension.PARKING_TIME})


def apply_offers(rating: Rating, entitlements: Iterable[Entitlement], started_at: datetime) -> tuple[Discount, ...]:
    """The discount lines of a charge, one per entitlement used and VAT category.

    Memberships come first, then partners' offers, then coupons, each on what the ones before have left. Of a kind, only
    one that does not stack is used: the one that saves most on the whole charge. The sum never passes the rating's total.
    """
    left = {tax.vat_percent: tax.gross for tax in rating.taxes}
    discounts: list[Discount] = []
    for entitlement in _chosen(rating, [each for each in entitlements if each.holds(started_at)]):
        for vat, wanted in _wanted(rating, entitlement.cut, left).items():
            take = min(wanted, left[vat])
            if take.minor > 0:
                left[vat] = left[vat] - take
                discounts.append(_discount(entitlement, vat, take))
    return tuple(discounts)


def owed_by_funder(discounts: Iterable[Discount]) -> Mapping[Funder, Money]:
    """What each party bears, with tax, as a positive amount: the posting that settles with a partner."""
    owed: dict[Funder, Money] = {}
    for discount in discounts:
        owed[discount.funder] = owed.get(discount.funder, Money.zero(discount.gross.currency)) - discount.gross
    return owed


def _chosen(rating: Rating, held: list[Entitlement]) -> list[Entitlement]:
    whole = {tax.vat_percent: tax.gross for tax in rating.taxes}

    def saves(entitlement: Entitlement) -> int:
        return sum(min(take, whole[vat]).minor for vat, take in _wanted(rating, entitlement.cut, whole).items())

    chosen = [each for each in held if each.stacks]
    for kind in Kind:
        single = [each for each in held if each.kind is kind and not each.stacks]
        if single:
            chosen.append(max(single, key=lambda each: (saves(each), each.code)))
    return sorted(chosen, key=lambda each: (_ORDER[each.kind], each.code))


def _wanted(rating: Rating, cut: Cut, left: Mapping[Decimal | None, Money]) -> dict[Decimal | None, Money]:
    """What the cut would take per VAT category, with tax, before it is held to what is left."""
    if sum(_wh(line) for line in rating.lines) < cut.least_wh:
        return {}
    if cut.amount is not None:
        return _spread(cut.amount, left)
    exact: dict[Decimal | None, Decimal] = {}
    for line, share in _shares(rating, cut):
        exact[line.vat_percent] = exact.get(line.vat_percent, Decimal(0)) + _gross(rating, line) * share
    return {vat: Money.of(amount, rating.currency) for vat, amount in exact.items() if vat in left}


def _shares(rating: Rating, cut: Cut) -> list[tuple[Line, Decimal]]:
    """Lines and the part of each that is free: a percentage of all, or the first kWh or minutes."""
    if cut.percent is not None:
        return [(line, cut.percent / 100) for line in rating.lines if line.dimension in cut.dimensions]
    wanted = frozenset({Dimension.ENERGY}) if cut.energy_wh is not None else _TIMED & cut.dimensions
    free = Decimal(cut.energy_wh) / 1000 if cut.energy_wh is not None else Decimal(cut.minutes or 0) / 60
    shares = []
    for line in rating.lines:
        if line.dimension in wanted and line.quantity and free > 0:
            part = min(free, line.quantity)
            shares.append((line, part / line.quantity))
            free -= part
    return shares


def _spread(amount: Money, left: Mapping[Decimal | None, Money]) -> dict[Decimal | None, Money]:
    """An amount over the VAT categories in proportion to what is left of each, to the cent."""
    whole = sum(money.minor for money in left.values())
    take = min(amount.minor, whole)
    spread, seen, given = {}, 0, 0
    for vat, money in left.items():
        seen += money.minor
        upto = take * seen // whole if whole else 0
        spread[vat] = Money(upto - given, amount.currency)
        given = upto
    return spread


def _discount(entitlement: Entitlement, vat: Decimal | None, take: Money) -> Discount:
    net = Money.of(take.amount * 100 / (100 + vat), take.currency) if vat else take
    because = f"{entitlement.title} ({_cut_text(entitlement.cut)}), borne by {entitlement.funder.name}"
    return Discount(entitlement.code, entitlement.title, entitlement.funder, vat, -net, net - take, -take, because)


def _cut_text(cut: Cut) -> str:
    if cut.percent is not None:
        return f"{number_text(cut.percent)} %"
    if cut.amount is not None:
        return str(cut.amount)
    return f"{number_text(Decimal(cut.energy_wh) / 1000)} kWh" if cut.energy_wh is not None else f"{cut.minutes} min"


def _gross(rating: Rating, line: Line) -> Decimal:
    return line.amount if rating.tax_included or not line.vat_percent else line.amount * (100 + line.vat_percent) / 100


def _wh(line: Line) -> Decimal:
    return line.quantity * 1000 if line.dimension is Dimension.ENERGY else Decimal(0)
