"""How old what is owed is: an account's balance laid on its newest charges, for what was paid paid the oldest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# Upper ends of the age classes; what is older falls in the last.
AGES = (timedelta(days=30), timedelta(days=60), timedelta(days=90))


@dataclass(frozen=True, slots=True)
class Aged:
    """Minor units owed by age class: up to 30, 60, 90 days, and older. credit_minor: what the account holds in favour."""

    by_age: tuple[int, int, int, int]
    credit_minor: int = 0


def aged(balance_minor: int, charged: Iterable[tuple[datetime, int]], at: datetime) -> Aged:
    """charged: (when, minor units) of what was put on the account, newest first; no more of it is read than the balance asks for. The
    classes sum to the balance."""
    if balance_minor <= 0:
        return Aged((0, 0, 0, 0), -balance_minor)
    classes, left = [0, 0, 0, 0], balance_minor
    for when, minor in charged:
        part = min(left, max(0, minor))
        classes[sum(1 for age in AGES if at - when > age)] += part
        left -= part
        if not left:
            break
    classes[-1] += left  # older than anything listed
    return Aged((classes[0], classes[1], classes[2], classes[3]))
