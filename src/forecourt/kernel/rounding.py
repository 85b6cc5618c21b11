"""The one place where an amount loses digits."""

from decimal import ROUND_HALF_UP, Decimal


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Round to `decimals` places, halves away from zero (0.125 -> 0.13, -0.125 -> -0.13).

    This is commercial rounding (DIN 1333). `round(Decimal)` rounds halves to even and must not be used for money.
    """
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
