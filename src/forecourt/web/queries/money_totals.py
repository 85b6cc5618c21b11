"""Sums of money."""

from collections.abc import Iterable

from forecourt.kernel import Money


def total_by_currency(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """One sum for each currency."""
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, Money.zero(amount.currency)) + amount
    return tuple(sums[currency] for currency in sorted(sums))
