"""Conversions between stored units (Wh, W, s: integers) and the ones people are billed in."""

from decimal import Decimal


def kilowatt_hours(energy_wh: int) -> Decimal:
    """Exact: 17666 Wh -> 17.666 kWh."""
    return Decimal(energy_wh).scaleb(-3)
