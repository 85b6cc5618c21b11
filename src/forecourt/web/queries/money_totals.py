"""Sums of money."""

from collections.abc import Iterable

from forecourt.kernel import Money


def total_by_currency(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """One sum for each currency."""
    totals: dict[str, Money] = {}
    for amount in amounts:
        totals[amount.currency] = totals.get(amount.currency, Money.zero(amount.currency)) + amount
    return tuple(totals[currency] for currency in sorted(totals))
