"""Splitting a whole amount into parts that sum to it."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from forecourt.kernel import BadInput, round_within


def apportion(total_minor: int, weights: Sequence[Decimal]) -> tuple[int, ...]:
    """Whole minor units in proportion to the weights, summing to total_minor exactly.

    Each part is its exact share rounded down; the units left over go to the parts with the largest fractions, earlier
    parts first among equals (largest remainder method). Weights may be negative (a discount), but their sum must not be zero.
    """
    whole = sum((Fraction(weight) for weight in weights), Fraction(0))
    if not weights or (whole == 0 and total_minor != 0):
        raise BadInput("apportion", f"{total_minor} cannot be split by weights that sum to nothing.")
    shares = [Fraction(weight) * total_minor / whole if whole else Fraction(0) for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    remainder = total_minor - sum(parts)
    by_fraction = sorted(range(len(parts)), key=lambda index: (parts[index] - shares[index], index))
    for index in by_fraction[:remainder]:
        parts[index] += 1
    return tuple(parts)


def apportion_within(total_minor: int, weights: Sequence[Decimal], bounds: Sequence[int]) -> tuple[int, ...]:
    """Like `apportion`, but no part is larger than its bound, nor below zero.

    If a total falls, with the earlier parts as bounds, no part rises; by largest remainder alone, one in a few hundred would.
    """
    whole = sum((Fraction(weight) for weight in weights), Fraction(0))
    if whole <= 0:
        raise BadInput("apportion", f"{total_minor} cannot be split by weights that sum to nothing.")
    return round_within(total_minor, [Fraction(weight) * total_minor / whole for weight in weights], [(0, bound) for bound in bounds])
