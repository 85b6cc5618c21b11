"""The one place where an amount loses digits."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from forecourt.kernel.errors import BadInput

# Wide enough that no amount of money loses a digit before it is rounded on purpose.
_WIDE = Context(prec=80)


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Round to `decimals` places, halves away from zero (0.125 -> 0.13, -0.125 -> -0.13).

    This is commercial rounding (DIN 1333). `round(Decimal)` rounds halves to even and must not be used for money.
    """
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_WIDE)


def divide_half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator (positive) to a whole number, halves away from zero, exact for integers of any size."""
    half = denominator >> 1
    return (numerator + half) // denominator if numerator >= 0 else -((half - numerator) // denominator)


def net_of_gross(gross_minor: int, up: int, down: int) -> int:
    """The net part of an amount that includes tax, both in minor units; up / down: the ratio of gross to net (119 / 100).

    The tax in it is gross x rate / (100 + rate), rounded once; the rest is net. So tax = net x rate, rounded, wherever some net plus
    that tax equals the gross. At 19 % one amount in six has no such net (0.80 on 4.23 makes 5.03, 0.81 on 4.24 makes 5.05, nothing makes
    5.04); there the net is a unit off.
    """
    return divide_half_up(gross_minor * down, up)


def scaled_decimal(units: int, decimals: int) -> Decimal:
    """units / 10**decimals as a Decimal, every digit kept."""
    return Decimal(units).scaleb(-decimals, _WIDE)


def round_to_total(total_minor: int, exact: Sequence[Fraction], wanted: Sequence[Fraction] | None = None) -> tuple[int, ...]:
    """Round exact amounts in minor units to whole ones that sum to total_minor, each within a unit of its exact value.

    wanted: the values the results should be close to; None = the exact values. If the total differs by more than rounding explains (a
    category capped by a price limit), the difference goes to the last part.
    """
    if not exact:
        if total_minor:
            raise BadInput("rounded_to", f"{total_minor} cannot be shown in no lines.")
        return ()
    parts = [value.numerator // value.denominator for value in exact]
    left = total_minor - sum(parts)
    up = min(max(left, 0), len(parts))
    near = exact if wanted is None else wanted
    for index in sorted(range(len(parts)), key=lambda index: (parts[index] - near[index], index))[:up]:
        parts[index] += 1
    parts[-1] += left - up
    return tuple(parts)


def round_within(total_minor: int, exact: Sequence[Fraction], bounds: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Round exact amounts in minor units to whole ones that sum to total_minor, each within its bounds (least, most, both inclusive) and
    otherwise as close to its exact value as the total allows (largest remainder, earlier parts first among equals).

    Raises BadInput if the bounds do not allow that total.
    """
    parts = [min(max(value.numerator // value.denominator, least), most) for value, (least, most) in zip(exact, bounds, strict=True)]
    while left := total_minor - sum(parts):
        step = 1 if left > 0 else -1
        free = [index for index, part in enumerate(parts) if part != bounds[index][step > 0]]
        if not free:
            raise BadInput("rounded_within", f"{total_minor} cannot be split within {list(bounds)}.")
        parts[max(free, key=lambda index: ((exact[index] - parts[index]) * step, -index))] += step
    return tuple(parts)
