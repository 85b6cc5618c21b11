"""Statements that an operator has its bank collect by one file: numbered, each in one file at a time, found again by its end-to-end id."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from forecourt.kernel import BadInput, Money, OperatorId, PaymentId
from forecourt.settlement.bank_files import check_account, places_told, withdrawn_for

COLLECTIONS = "COL"
MOST_COLLECTED = 500
# As ISO 20022 names why a collection is refused or taken back.
_REASON = re.compile(r"\b(?:(?:AC|AG|AM|BE|ED|FF|MD|MS|RC|RR|SL|TM)\d{2}|CNOR|DNOR)\b")


@dataclass(frozen=True, slots=True)
class Collected:
    """number: of the statement that the payment is for. name, iban: of the account's holder. mandate: its number. formerly: the creditor
    identifier that the account's bank knows it by; empty where that is the file's."""

    payment_id: PaymentId
    number: str
    name: str
    iban: str
    mandate: str
    signed_on: date
    amount: Money
    formerly: str = ""

    def __post_init__(self) -> None:
        if self.amount.minor <= 0 or self.amount.currency != "EUR":
            raise BadInput("collected", f"{self.number}: {self.amount} cannot be collected in euro.")
        check_account(self.iban, self.number)


@dataclass(frozen=True, slots=True)
class CollectionFile:
    """account, name, creditor_id: who collects. day: on which the accounts are debited. withdrawn: why it was never sent; empty where it
    stands."""

    id: UUID
    operator_id: OperatorId
    number: str
    account: str
    name: str
    creditor_id: str
    day: date
    collected: tuple[Collected, ...]
    by: str
    made_at: datetime
    withdrawn: str = ""

    def __post_init__(self) -> None:
        check_account(self.account)
        if not self.creditor_id:
            raise BadInput("creditor_id", "Direct debits need a creditor identifier.", "Enter it under Company.")
        if not 1 <= len(self.collected) <= MOST_COLLECTED:
            raise BadInput("collected", f"A file has 1 to {MOST_COLLECTED} statements.", "Choose what to collect.")

    @property
    def amount(self) -> Money:
        return Money(sum(one.amount.minor for one in self.collected), "EUR")

    def end_to_end(self, one: Collected) -> str:
        """By which the bank's statement tells of it."""
        return f"{self.number}-{self.collected.index(one) + 1:03d}"


def withdraw_collection(file: CollectionFile, why: str) -> CollectionFile:
    """It was never given to the bank: what is in it may be in another. Raises BadInput, Conflict."""
    return replace(file, withdrawn=withdrawn_for(file.number, file.withdrawn, why))


def collected_in(text: str) -> tuple[tuple[str, int], ...]:
    """Of which files, and which places in them, a line of the bank tells; each once."""
    return places_told(COLLECTIONS, text)


def collected_at(file: CollectionFile, place: int) -> Collected | None:
    """places are counted from 1."""
    return file.collected[place - 1] if 1 <= place <= len(file.collected) else None


def reason_in(text: str) -> str:
    """Why the bank took a collection back, as it says with the line; empty where it does not."""
    found: Sequence[str] = _REASON.findall(text.upper())
    return found[-1] if found else ""
