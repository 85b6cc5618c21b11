"""How much to hold before a charge."""

from decimal import Decimal

from forecourt.kernel import Money, minor_digits


def hold_amount(estimate: Money, preauthorise: Decimal | None = None) -> Money:
    """The estimate, but at most the tariff's own preauthorise amount (major units); in whole major units, at least one.

    If a charge costs more than its hold, a second payment takes the rest: not every hold can be increased.
    """
    amount = estimate if preauthorise is None else min(estimate, Money.of(preauthorise, estimate.currency))
    unit = 10 ** minor_digits(amount.currency)
    return Money(max(1, -(-amount.minor // unit)) * unit, amount.currency)
