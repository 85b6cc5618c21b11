"""Payouts made by the bank from one file: numbered, each in one file at a time, identified by their end-to-end id."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import BadInput, Money, OperatorId
from forecourt.settlement.bank_files import check_account, find_references, withdrawal_reason

TRANSFERS = "PAY"
MAX_TRANSFERS = 500


class TransferKind(StrEnum):
    """STATEMENT: a partner's. PAYBACK: money that came by transfer and was credited."""

    STATEMENT = "STATEMENT"
    PAYBACK = "PAYBACK"


@dataclass(frozen=True, slots=True)
class DueTransfer:
    """A transfer to be made. about: the id of what it pays; number: what people call that. iban: empty if unknown.
    times: how often a transfer for it came back."""

    kind: TransferKind
    about: UUID
    number: str
    name: str
    iban: str
    amount: Money
    times: int = 0

    @property
    def fingerprint(self) -> str:
        """What a person confirms by choosing it: where it goes, how much, and which attempt it is."""
        return f"{self.iban} {self.amount} {self.times}"


@dataclass(frozen=True, slots=True)
class TransferFile:
    """account, name: the payer's. day: when the bank is to pay. withdrawn: why it was never sent; empty if it is still valid."""

    id: UUID
    operator_id: OperatorId
    number: str
    account: str
    name: str
    day: date
    dues: tuple[DueTransfer, ...]
    by: str
    made_at: datetime
    withdrawn: str = ""

    def __post_init__(self) -> None:
        check_account(self.account)
        if not 1 <= len(self.dues) <= MAX_TRANSFERS:
            raise BadInput("dues", f"A file has 1 to {MAX_TRANSFERS} payouts.", "Choose what to pay.")
        if len({one.about for one in self.dues}) < len(self.dues):
            raise BadInput("dues", "A payout can be in a file only once.")
        for one in self.dues:
            check_due(one)

    @property
    def amount(self) -> Money:
        return Money(sum(one.amount.minor for one in self.dues), "EUR")

    def end_to_end(self, due: DueTransfer) -> str:
        """The end-to-end id by which the bank's statement refers to a transfer."""
        return f"{self.number}-{self.dues.index(due) + 1:03d}"


def check_due(due: DueTransfer) -> None:
    """Raises BadInput if a file cannot pay this."""
    if due.amount.minor <= 0 or due.amount.currency != "EUR":
        raise BadInput("dues", f"{due.number}: {due.amount} cannot be paid by a euro transfer.", "Pay it at your bank and record it here.")
    check_account(due.iban, due.number)


def withdraw_transfer_file(file: TransferFile, reason: str) -> TransferFile:
    """The file was never given to the bank, so its contents may go in another. Raises BadInput, Conflict."""
    return replace(file, withdrawn=withdrawal_reason(file.number, file.withdrawn, reason))


def find_transfers(text: str) -> tuple[tuple[str, int], ...]:
    """The transfer files that a bank line mentions, with the place in each; each once."""
    return find_references(TRANSFERS, text)


def transfer_at(file: TransferFile, place: int) -> DueTransfer | None:
    """The transfer at a place, counted from 1."""
    return file.dues[place - 1] if 1 <= place <= len(file.dues) else None


def find_file(due: DueTransfer, files: Sequence[TransferFile]) -> TransferFile | None:
    """The file that is to pay it, given how often it has come back so far."""
    return find_file_of((due.about, due.times), files)


def find_file_of(wanted: tuple[UUID, int], files: Sequence[TransferFile]) -> TransferFile | None:
    """The same, by the id of what it pays and how often that has come back."""
    return next((file for file in files if not file.withdrawn and wanted in {(one.about, one.times) for one in file.dues}), None)


def transfer_obstacle(due: DueTransfer) -> str:
    """Why no file can pay it; empty if one can."""
    try:
        check_due(due)
    except BadInput as error:
        return error.text
    return ""
