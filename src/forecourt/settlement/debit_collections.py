"""Statements to be collected through one bank file: numbered, each in one file at a time, identified by their end-to-end id."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from forecourt.kernel import BadInput, Money, OperatorId, PaymentId
from forecourt.settlement.bank_files import check_account, find_references, withdrawal_reason

COLLECTIONS = "COL"
MAX_COLLECTED = 500
# ISO 20022 codes for a collection that was refused or reversed.
_REASON = re.compile(r"\b(?:(?:AC|AG|AM|BE|ED|FF|MD|MS|RC|RR|SL|TM)\d{2}|CNOR|DNOR)\b")


@dataclass(frozen=True, slots=True)
class CollectedStatement:
    """number: of the statement being paid. name, iban: the account holder's. mandate: its number. formerly: the creditor
    identifier that the debtor's bank knows; empty if it is the file's."""

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
    """account, name, creditor_id: of the collecting operator. day: when the accounts are debited. withdrawn: why it was never sent; empty
    if it is still valid."""

    id: UUID
    operator_id: OperatorId
    number: str
    account: str
    name: str
    creditor_id: str
    day: date
    collected: tuple[CollectedStatement, ...]
    by: str
    made_at: datetime
    withdrawn: str = ""

    def __post_init__(self) -> None:
        check_account(self.account)
        if not self.creditor_id:
            raise BadInput("creditor_id", "Direct debits need a creditor identifier.", "Enter it under Company.")
        if not 1 <= len(self.collected) <= MAX_COLLECTED:
            raise BadInput("collected", f"A file has 1 to {MAX_COLLECTED} statements.", "Choose what to collect.")

    @property
    def amount(self) -> Money:
        return Money(sum(one.amount.minor for one in self.collected), "EUR")

    def end_to_end(self, one: CollectedStatement) -> str:
        """The end-to-end id by which the bank's statement refers to a collection."""
        return f"{self.number}-{self.collected.index(one) + 1:03d}"


def withdraw_collection(file: CollectionFile, reason: str) -> CollectionFile:
    """The file was never given to the bank, so its contents may go in another. Raises BadInput, Conflict."""
    return replace(file, withdrawn=withdrawal_reason(file.number, file.withdrawn, reason))


def find_collections(text: str) -> tuple[tuple[str, int], ...]:
    """The collection files that a bank line mentions, with the place in each; each once."""
    return find_references(COLLECTIONS, text)


def collection_at(file: CollectionFile, place: int) -> CollectedStatement | None:
    """The collection at a place, counted from 1."""
    return file.collected[place - 1] if 1 <= place <= len(file.collected) else None


def find_return_reason(text: str) -> str:
    """The bank's reason for reversing a collection, from the line's text; empty if there is none."""
    found: Sequence[str] = _REASON.findall(text.upper())
    return found[-1] if found else ""
