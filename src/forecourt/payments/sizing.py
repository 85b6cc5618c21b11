"""How much to hold before a charge."""

from decimal import Decimal

from forecourt.kernel import Money, minor_digits


def hold_for(estimate: Money, preauthorise: Decimal | None = None) -> Money:
    """The estimate, but no more than the tariff's own preauthorise (in major units); in whole major units, at least one.

    A charge that ends dearer than its hold takes the rest by a second payment: holds cannot be counted on to grow.
    """
    amount = estimate if preauthorise is None else min(estimate, Money.of(preauthorise, estimate.currency))
    unit = 10 ** minor_digits(amount.currency)
    return Money(max(1, -(-amount.minor // unit)) * unit, amount.currency)
