"""The totals stated in a CDR: its periods are billed, and the bill notes any total that disagrees with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from forecourt.kernel import divide_half_up, minor_digits, scaled_decimal
from forecourt.tariffs.json_reader import Reader
from forecourt.tariffs.model import Line, Note, PhaseState, Rating
from forecourt.tariffs.slices import Slice
from forecourt.tariffs.terms import Dimension, Scope
from forecourt.tariffs.texts import number_text

_MINUTE_US = 60_000_000
_HOUR_US = 60 * _MINUTE_US
_PARTS = {
    "total_fixed_cost": Dimension.FLAT,
    "total_energy_cost": Dimension.ENERGY,
    "total_time_cost": Dimension.TIME,
    "total_parking_cost": Dimension.PARKING_TIME,
}
# Before tax and after; None where the side is not stated.
_Price = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class StatedTotals:
    """Costs by field name; energy in kWh, times in hours."""

    costs: dict[str, _Price]
    energy_kwh: Decimal | None
    time_h: Decimal | None
    parking_h: Decimal | None


_ALL = ("total_cost", *_PARTS, "total_reservation_cost", "total_energy", "total_time", "total_parking_time")


def read_stated_totals(root: Reader) -> StatedTotals | None:
    """The totals of a CDR, None where it has none. Prices are read in the words of 2.1.1 (a number), 2.2.1 (excl_vat, incl_vat)
    or 2.3.0 (before_taxes, taxes)."""
    stated = [name for name in _ALL if root.value.get(name) is not None]
    if not stated:
        return None
    names = [name for name in stated if name.endswith("_cost")]
    costs = {name: _price(root, name) for name in names}
    return StatedTotals(costs, root.number("total_energy"), root.number("total_time"), root.number("total_parking_time"))


def disagreements(stated: StatedTotals, rating: Rating, slices: Sequence[Slice]) -> list[Note]:
    """A note for every total that differs from the sum of the periods."""
    session = [piece for piece in slices if piece.state is not PhaseState.RESERVED]
    notes = _amounts(stated, session)
    for name, (before, after) in stated.costs.items():
        for side, cost, found in zip(("before", "after"), (before, after), _cost(rating, name), strict=True):
            if cost is None or (name == "total_cost" and cost in (rating.net.amount, rating.gross.amount)):
                continue  # rounded as a bill is: each rate's net, and the tax of that
            # A credit CDR turns its total alone.
            difference = Fraction(cost) - found if name == "total_cost" else abs(Fraction(cost)) - abs(found)
            if abs(difference) >= Fraction(1, 10 ** minor_digits(rating.currency)):
                text = f"cdr.{name} says {number_text(cost, 2)} {side} tax, its periods come to {_amount(found)}; the periods are billed."
                notes.append(Note(name, text))
                break
    return notes


def _amounts(stated: StatedTotals, session: Sequence[Slice]) -> list[Note]:
    notes = []
    if stated.energy_kwh is not None:
        counted = sum((Fraction(piece.wh) for piece in session), Fraction(0))
        if abs(Fraction(stated.energy_kwh) * 1000 - counted) > 1:
            text = f"cdr.total_energy says {stated.energy_kwh} kWh, its periods add up to {_amount(counted / 1000)}"
            notes.append(Note("total_energy", f"{text}; the periods are billed."))
    length, idle, withheld = (_length(session, kinds) for kinds in (tuple(PhaseState), (PhaseState.IDLE,), (PhaseState.WITHHELD,)))
    for name, stated_h, least, most in (
        ("total_time", stated.time_h, length, length),
        ("total_parking_time", stated.parking_h, idle, idle + withheld),
    ):
        if stated_h is not None and not least - _MINUTE_US <= stated_h * _HOUR_US <= most + _MINUTE_US:
            text = f"cdr.{name} says {stated_h} h, its periods add up to {_amount(Fraction(least, _HOUR_US))}"
            notes.append(Note(name, f"{text}; the periods are billed."))
    return notes


def _length(slices: Sequence[Slice], states: Sequence[PhaseState]) -> int:
    return sum(piece.end_us - piece.start_us for piece in slices if piece.state in states)


def _cost(rating: Rating, name: str) -> tuple[Fraction, Fraction]:
    """What the rating has, before and after tax, of what a field counts."""
    if name == "total_cost":
        return Fraction(rating.exact_net), Fraction(rating.exact_gross)
    reserved = name == "total_reservation_cost"
    lines = [line for line in rating.lines if (line.scope is not Scope.SESSION) is reserved]
    if not reserved:
        # A limit's line is part of the total alone.
        lines = [line for line in lines if line.dimension is _PARTS[name] and not line.because.startswith("limit:")]
    sides = [_sides(line, rating.tax_included) for line in lines]
    return sum((net for net, _ in sides), Fraction(0)), sum((gross for _, gross in sides), Fraction(0))


def _sides(line: Line, inside: bool) -> tuple[Fraction, Fraction]:
    amount, rate = Fraction(line.amount), 1 + Fraction(line.vat_percent or 0) / 100
    return (amount / rate, amount) if inside else (amount, amount * rate)


def _price(root: Reader, name: str) -> _Price:
    at = root.object(name) if isinstance(root.value.get(name), Mapping) else None
    if at is None:
        return root.number(name), None
    before, after = at.number("before_taxes"), at.number("after_taxes")
    if before is None:
        return at.number("excl_vat"), at.number("incl_vat")
    taxes = [each.required_number("amount") for each in at.objects("taxes")]
    return before, after if after is not None or not taxes else before + sum(taxes)


def _amount(value: Fraction) -> str:
    return number_text(scaled_decimal(divide_half_up(value.numerator * 10**4, value.denominator), 4), 2)
