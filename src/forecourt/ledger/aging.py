"""Ageing of receivables: which charges an account's balance still consists of, given that payments settle the oldest charges first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# Upper bounds of the age classes; anything older falls into the last class.
AGES = (timedelta(days=30), timedelta(days=60), timedelta(days=90))


@dataclass(frozen=True, slots=True)
class AgedBalance:
    """Minor units owed, by age: up to 30, 60 and 90 days, and older. credit_minor: the amount by which the account is in credit."""

    by_age: tuple[int, int, int, int]
    credit_minor: int = 0


def age_balance(balance_minor: int, charged: Iterable[tuple[datetime, int]], at: datetime) -> AgedBalance:
    """Split a balance into age classes, which sum to it.

    charged: (when, minor units) of the charges to the account, newest first; read only as far as needed to cover the balance."""
    if balance_minor <= 0:
        return AgedBalance((0, 0, 0, 0), -balance_minor)
    classes, remaining = [0, 0, 0, 0], balance_minor
    for charged_at, minor in charged:
        part = min(remaining, max(0, minor))
        classes[sum(1 for age in AGES if at - charged_at > age)] += part
        remaining -= part
        if not remaining:
            break
    classes[-1] += remaining  # older than every charge listed
    return AgedBalance((classes[0], classes[1], classes[2], classes[3]))
