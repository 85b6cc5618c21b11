"""The one place where an amount loses digits."""

from decimal import ROUND_HALF_UP, Context, Decimal

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


def decimal_at(units: int, decimals: int) -> Decimal:
    """units / 10**decimals as a Decimal, every digit kept."""
    return Decimal(units).scaleb(-decimals, _WIDE)
