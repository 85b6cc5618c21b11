"""Debtor accounts of single customers (DATEV's Personenkonten): a fleet or a partner has a number of its own at the accountant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from forecourt.kernel import BadInput, Conflict

COLLECTIVE = "10000"  # of everybody who has no number of their own
_FIRST, _LAST = 10_001, 69_999


@dataclass(frozen=True, slots=True)
class CustomerAccount:
    """customer: the driver or partner whose debts it has, as in the names of accounts. number: 10001 to 69999; empty: the collective
    account again. since: the first day on which it is used; None: on all days."""

    customer: UUID
    number: str
    since: date | None = None

    def __post_init__(self) -> None:
        number = self.number.strip()
        if number and not (number.isascii() and number.isdigit() and _FIRST <= int(number) <= _LAST):
            raise BadInput("number", f"{number[:20]!r} is not a debtor account.", f"Enter a number from {_FIRST} to {_LAST}.")
        object.__setattr__(self, "number", number)


def number_on(accounts: Iterable[CustomerAccount], day: date | None) -> str:
    """The number that a customer's accounts, the earliest first, give for a day; None: the last one. Empty: the collective account's."""
    numbers = [one.number for one in accounts if day is None or one.since is None or one.since <= day]
    return numbers[-1] if numbers else ""


def renumbered(known: Sequence[CustomerAccount], wanted: CustomerAccount) -> tuple[CustomerAccount, ...]:
    """All accounts with a customer's new number, which replaces one that would be used from the same day. Raises Conflict if the number has
    ever been another customer's: its entries may be at the accountant."""
    if wanted.number and any(one.number == wanted.number and one.customer != wanted.customer for one in known):
        raise Conflict("number", f"{wanted.number} is or was another customer's account.", "Choose another number.")
    earlier = [one for one in known if (one.customer, one.since) != (wanted.customer, wanted.since)]
    before = number_on((one for one in earlier if one.customer == wanted.customer), None)
    return tuple(earlier) if before == wanted.number else (*earlier, wanted)


def next_number(known: Iterable[CustomerAccount]) -> str:
    """The number after the highest ever given. Raises Conflict if there is none."""
    number = max((int(one.number) for one in known if one.number), default=_FIRST - 1) + 1
    if number > _LAST:
        raise Conflict("number", f"No number after {_LAST} is left.", "Enter free numbers one by one.")
    return str(number)
