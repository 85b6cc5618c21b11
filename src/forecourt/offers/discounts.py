"""Calculate discount lines from a rating and a driver's entitlements; never below zero or above the cost of the part they apply to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from forecourt.kernel import Money, Span, round_half_up
from forecourt.ledger import apportion
from forecourt.offers.model import (
    AppliedDiscounts,
    AppliedEntitlement,
    Discount,
    DiscountRule,
    Entitlement,
    EntitlementKind,
    Funder,
    FunderKind,
)
from forecourt.tariffs import Dimension, Line, Rating, number_text

_ORDER = {EntitlementKind.MEMBERSHIP: 0, EntitlementKind.PARTNER: 1, EntitlementKind.COUPON: 2}
_TIMED = frozenset({Dimension.TIME, Dimension.PARKING_TIME})
_DECIMALS = 6  # for Wh and seconds
_OPERATOR = Funder(FunderKind.OPERATOR, "the operator")

ByVat = dict[Decimal | None, Money]


def apply_offers(rating: Rating, entitlements: Iterable[Entitlement], charge: Span) -> AppliedDiscounts:
    """Calculate the discounts on a charge.

    Memberships come first, then partners' vouchers, then coupons, each on what is left by those before. Of each kind, all that
    stack are used, plus one that does not: the one that alone would save most on the whole charge (first source among equals).
    No discount exceeds what is left of the lines it applies to, or of their VAT category.
    """
    left = _Remaining(rating)
    discounts: list[Discount] = []
    applied: list[AppliedEntitlement] = []
    spent: dict[str, Money] = {}
    for entitlement in _chosen(rating, [each for each in entitlements if each.is_valid_for(charge)]):
        deducted, before = _Deducted(), spent.get(entitlement.budget_key, Money.zero(rating.currency))
        for cut in entitlement.cuts:
            deduction = left.take(cut, None if entitlement.most is None else entitlement.most - before - deducted.amount(rating.currency))
            deducted.add(deduction)
            for vat, amount in deduction.by_vat.items():
                discounts += _lines(entitlement, cut, vat, deducted.split(amount, entitlement.funding.partner_percent))
        if entitlement.budget_key:
            spent[entitlement.budget_key] = before + deducted.amount(rating.currency)
        if deducted.anything:
            applied.append(
                AppliedEntitlement(
                    entitlement.source, entitlement.kind, deducted.amount(rating.currency), deducted.energy_wh, deducted.seconds
                )
            )
    return AppliedDiscounts(rating.currency, tuple(discounts), tuple(applied))


@dataclass(frozen=True, slots=True)
class _Deduction:
    by_vat: Mapping[Decimal | None, Money]
    energy_wh: int = 0
    seconds: int = 0


class _Deducted:
    """What the cuts of one entitlement deduction together."""

    def __init__(self) -> None:
        self._minor = self._split = self._operator = self.energy_wh = self.seconds = 0

    def add(self, deduction: _Deduction) -> None:
        self._minor += sum(amount.minor for amount in deduction.by_vat.values())
        self.energy_wh += deduction.energy_wh
        self.seconds += deduction.seconds

    def amount(self, currency: str) -> Money:
        return Money(self._minor, currency)

    def split(self, amount: Money, partner_percent: Decimal) -> tuple[Money, Money]:
        """Split one more amount into the partner's and the operator's part. Over all amounts, the operator's share is rounded
        down, so that it never exceeds what its budget was checked for."""
        self._split += amount.minor
        upto = int(self._split * (100 - partner_percent) // 100)
        operator, self._operator = upto - self._operator, upto
        return Money(amount.minor - operator, amount.currency), Money(operator, amount.currency)

    @property
    def anything(self) -> bool:
        return bool(self._minor or self.energy_wh or self.seconds)


@dataclass(slots=True)
class _Part:
    """What is left of a line: its value with tax (major units), and its quantity (Wh or seconds)."""

    line: Line
    worth: Fraction
    quantity: Fraction


class _Remaining:
    """What is left of a charge's cost, by line (exact) and by VAT category (as rounded on the bill)."""

    def __init__(self, rating: Rating) -> None:
        self._currency = rating.currency
        self._whole = rating.gross
        self._cents: ByVat = {tax.vat_percent: tax.gross for tax in rating.taxes}
        self._parts = [_Part(line, _gross(rating, line), _base(line)) for line in rating.lines]
        self._wh = sum(part.quantity for part in self._parts if part.line.dimension is Dimension.ENERGY)

    def take(self, cut: DiscountRule, max_amount: Money | None) -> _Deduction:
        if self._wh < cut.least_wh or (max_amount is not None and max_amount.minor <= 0):
            return _Deduction({})
        if cut.amount is not None:
            return _Deduction(self._deduct(self._spread(cut.amount if max_amount is None else min(cut.amount, max_amount))))
        wanted, energy_wh, seconds = self._wanted(cut)
        by_vat: dict[Decimal | None, Fraction] = {}
        for index, worth in wanted.items():
            vat = self._parts[index].line.vat_percent
            by_vat[vat] = by_vat.get(vat, Fraction(0)) + worth
        rounded = {vat: min(self._money(worth), self._cents[vat]) for vat, worth in by_vat.items() if vat in self._cents}
        deducted = self._deduct(self._capped(rounded, max_amount), wanted)
        return _Deduction(deducted, energy_wh, seconds) if deducted else _Deduction({})

    def saves_at(self, min_spend: Money | None) -> bool:
        return min_spend is None or self._whole >= min_spend

    def _wanted(self, cut: DiscountRule) -> tuple[dict[int, Fraction], int, int]:
        """What a cut would take, by line index, and the free energy (Wh) and time (s) it uses up."""
        if cut.percent is not None:
            eligible = {index: part for index, part in enumerate(self._parts) if part.line.dimension in cut.dimensions}
            return {index: part.worth * Fraction(cut.percent) / 100 for index, part in eligible.items()}, 0, 0
        if cut.per_kwh is not None:
            energy = {index: part for index, part in enumerate(self._parts) if part.line.dimension is Dimension.ENERGY}
            return {i: min(part.worth, Fraction(cut.per_kwh) * part.quantity / 1000) for i, part in energy.items()}, 0, 0
        return self._free(cut)

    def _free(self, cut: DiscountRule) -> tuple[dict[int, Fraction], int, int]:
        eligible = frozenset({Dimension.ENERGY}) if cut.energy_wh is not None else _TIMED & cut.dimensions
        free = Fraction(cut.energy_wh if cut.energy_wh is not None else cut.seconds or 0)
        wanted, used = {}, Fraction(0)
        for index, part in enumerate(self._parts):
            if part.line.dimension in eligible and part.quantity > 0 and part.worth > 0 and used < free:
                quantity = min(free - used, part.quantity)
                wanted[index] = part.worth * quantity / part.quantity
                part.quantity -= quantity
                used += quantity
        whole = -(-used.numerator // used.denominator)
        return (wanted, whole, 0) if cut.energy_wh is not None else (wanted, 0, whole)

    def _spread(self, amount: Money) -> ByVat:
        """Split an amount among the VAT categories in proportion to what is left of each, to the cent."""
        whole = sum(money.minor for money in self._cents.values())
        if not whole:
            return {}
        weights = [Decimal(money.minor) for money in self._cents.values()]
        parts = apportion(min(amount.minor, whole), weights)
        return {vat: Money(part, self._currency) for vat, part in zip(self._cents, parts, strict=True)}

    def _capped(self, by_vat: ByVat, max_amount: Money | None) -> ByVat:
        whole = sum(money.minor for money in by_vat.values())
        if max_amount is None or whole <= max_amount.minor:
            return by_vat
        parts = apportion(max_amount.minor, [Decimal(money.minor) for money in by_vat.values()])
        return {vat: Money(part, self._currency) for vat, part in zip(by_vat, parts, strict=True)}

    def _deduct(self, by_vat: ByVat, wanted: Mapping[int, Fraction] | None = None) -> ByVat:
        """Deduct the amounts from what is left of the categories and their lines."""
        positive = {vat: amount for vat, amount in by_vat.items() if amount.minor > 0}
        for vat, amount in positive.items():
            members = {index: part for index, part in enumerate(self._parts) if part.line.vat_percent == vat}
            shares = {index: part.worth if wanted is None else wanted.get(index, Fraction(0)) for index, part in members.items()}
            whole = sum(shares.values())
            for index, part in members.items():
                part.worth -= Fraction(amount.amount) * shares[index] / whole if whole else 0
        for vat, amount in positive.items():
            self._cents[vat] = self._cents[vat] - amount
        return positive

    def _money(self, worth: Fraction) -> Money:
        return Money.of(Decimal(worth.numerator) / Decimal(worth.denominator), self._currency)


def _chosen(rating: Rating, held: list[Entitlement]) -> list[Entitlement]:
    usable = [each for each in held if _Remaining(rating).saves_at(each.least_spend)]
    chosen = [each for each in usable if each.stacks]
    for kind in EntitlementKind:
        single = sorted((each for each in usable if each.kind is kind and not each.stacks), key=lambda each: each.source)
        if single:
            chosen.append(max(single, key=lambda each: _saves(rating, each)))
    return sorted(chosen, key=lambda each: (_ORDER[each.kind], each.source))


def _saves(rating: Rating, entitlement: Entitlement) -> int:
    """Minor units that the entitlement alone would take off the whole charge."""
    left, deducted = _Remaining(rating), _Deducted()
    for cut in entitlement.cuts:
        deducted.add(left.take(cut, None if entitlement.most is None else entitlement.most - deducted.amount(rating.currency)))
    return deducted.amount(rating.currency).minor


def _lines(entitlement: Entitlement, cut: DiscountRule, vat: Decimal | None, parts: tuple[Money, Money]) -> list[Discount]:
    """One line for each party that bears part of the discount: the partner, the operator."""
    partner = Funder(FunderKind.PARTNER, entitlement.funding.name, entitlement.funding.handle)
    discounts = []
    for funder, amount in zip((partner, _OPERATOR), parts, strict=True):
        if amount.minor:
            because = f"{discount_text(cut)}, borne by {funder.name}"
            discounts.append(Discount(entitlement.source, entitlement.kind, entitlement.title, funder, vat, -amount, because))
    return discounts


def discount_text(cut: DiscountRule) -> str:
    """ "10 % off", "5.00 EUR off", "0.05 off each kWh", "10 kWh free", "30 min free"."""
    if cut.percent is not None:
        return f"{number_text(cut.percent)} % off"
    if cut.amount is not None:
        return f"{cut.amount} off"
    if cut.per_kwh is not None:
        return f"{number_text(cut.per_kwh, 2)} off each kWh"
    if cut.energy_wh is not None:
        return f"{number_text(Decimal(cut.energy_wh) / 1000)} kWh free"
    return f"{number_text(Decimal(cut.seconds or 0) / 60)} min free"


def _gross(rating: Rating, line: Line) -> Fraction:
    amount = Fraction(line.amount)
    return amount if rating.tax_included or not line.vat_percent else amount * (100 + Fraction(line.vat_percent)) / 100


def _base(line: Line) -> Fraction:
    """The quantity in Wh or seconds; 0 for a flat fee. Recovers the original from a rounded line (2,400 s as 0.666666666667 h)."""
    if line.dimension is Dimension.FLAT:
        return Fraction(0)
    return Fraction(round_half_up(line.quantity * (1000 if line.dimension is Dimension.ENERGY else 3600), _DECIMALS))
