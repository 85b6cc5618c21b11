"""Bank statement lines: their kind, which of our numbers they mention, and which ledger entries they match."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import NAMESPACE_OID, UUID, uuid5

from forecourt.billing import referenced_numbers
from forecourt.kernel import Money, OperatorId
from forecourt.ledger import Txn

# As printed, or with spaces instead of dashes, as on bank forms.
_NUMBER = re.compile(r"(?<![A-Z0-9])([A-Z]{2,4})[- ]?([0-9]{4})[- ]?([0-9]{6})(?![0-9])")
_NO_WORD = re.compile(r"[^a-z0-9]")
_SHORTEST_NAME = 5
# The furthest apart a line and its ledger entry may be: payouts take days to arrive, and people book within the same quarter.
_PAYOUT_NEAR, _NAMED_NEAR = timedelta(days=10), timedelta(days=90)


class LineKind(StrEnum):
    """OPENING: the balance before the first statement. FEE: charged by the bank. RETURNED: a transfer that came back."""

    OPENING = "OPENING"
    MOVE = "MOVE"
    FEE = "FEE"
    RETURNED = "RETURNED"


@dataclass(frozen=True, slots=True)
class BankLine:
    """amount: what the account received; negative for what left it. text: the bank's text. payer: the IBAN the money came from."""

    id: UUID
    account: str
    day: date
    amount: Money
    text: str
    kind: LineKind = LineKind.MOVE
    payer: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Document and statement numbers in the text, as printed by us or as creditor references; each once."""
        found = ("-".join(parts) for parts in _NUMBER.findall(self.text.upper()))
        return tuple(dict.fromkeys((*found, *referenced_numbers(self.text))))

    @property
    def reference(self) -> str:
        """How to find the line. Its text, which may name people, stays with the line alone, so that both are deleted together."""
        return f"Bank statement of {self.day}"

    def names(self, name: str) -> bool:
        """Whether the text contains a name, ignoring everything but letters and digits."""
        wanted = _NO_WORD.sub("", name.lower())
        return len(wanted) >= _SHORTEST_NAME and wanted in _NO_WORD.sub("", self.text.lower())


@dataclass(frozen=True, slots=True)
class BankStatement:
    """account: its IBAN. name: the bank's for this statement. begins: day of the first line, or `closes` if there is none."""

    account: str
    name: str
    begins: date
    closes: date
    opening: Money
    closing: Money
    lines: tuple[BankLine, ...]


@dataclass(frozen=True, slots=True)
class BankAccount:
    """What is known of an account from its statements. since: the first day covered. closing: the balance on the last day covered."""

    operator_id: OperatorId
    account: str
    since: date
    closes: date
    closing: Money


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A stored line. positions: of the ledger entries it matches. booked_minor: their sum. note: what was done with it, or why it waits.
    by, at: who did it, and when. to_review: how many lines were open for review when a statement was last read; 0: reviewed."""

    line: BankLine
    operator_id: OperatorId
    by: str
    at: datetime
    note: str = ""
    positions: tuple[int, ...] = ()
    booked_minor: int = 0
    to_review: int = 0

    @property
    def missing(self) -> Money:
        return self.line.amount - Money(self.booked_minor, self.line.amount.currency)

    @property
    def open(self) -> bool:
        return bool(self.missing.minor)


class BankMove(NamedTuple):
    """A ledger entry that moved the bank account and matches no line yet. day: when it happened."""

    position: int
    day: date
    minor: int
    txn: Txn

    @property
    def payout(self) -> bool:
        """Whether it is a payout by the processor, or one that came back."""
        return self.txn.key.startswith("payout/")


def line_id(account: str, *fields: object) -> UUID:
    """An id derived from the line, so that the same line in another file has the same id."""
    return uuid5(NAMESPACE_OID, "\x1f".join(("bank", account, *map(str, fields))))


def match_line(line: BankLine, moves: Sequence[BankMove], names: Callable[[Txn], Sequence[str]]) -> BankMove | None:
    """The entry that a line matches: the nearest one with the line's amount and a name mentioned in it. A line that mentions nothing of
    ours may only match a payout, the oldest first: payouts of equal amounts are interchangeable, while matching others by amount alone
    would be a guess. names: what a bank may call an entry."""
    same_amount = [one for one in moves if one.minor == line.amount.minor and abs(one.day - line.day) <= _NAMED_NEAR]
    with_name = [one for one in same_amount if any(line.names(name) for name in names(one.txn))]
    if with_name or line.numbers:
        return min(with_name, key=lambda one: (abs(one.day - line.day), one.position), default=None)
    payouts = [one for one in same_amount if one.payout and abs(one.day - line.day) <= _PAYOUT_NEAR]
    return min(payouts, key=lambda one: (one.day, one.position), default=None)


def add_matches(stored: StoredLine, moves: Collection[BankMove], note: str, by: str, at: datetime) -> StoredLine:
    """Match a line with these entries, in addition to those it already matches."""
    positions = (*stored.positions, *(one.position for one in moves))
    booked = stored.booked_minor + sum(one.minor for one in moves)
    return replace(stored, positions=positions, booked_minor=booked, note=note, by=by, at=at, to_review=0)


def remove_match(stored: StoredLine, position: int, minor: int, note: str) -> StoredLine:
    """One of the line's entries was reversed, so the line must be reviewed again. minor: what that entry moved on the bank account."""
    positions = tuple(one for one in stored.positions if one != position)
    return replace(stored, positions=positions, booked_minor=stored.booked_minor - minor, note=note)
