"""Lines of the bank's own statements: what each is, which of our numbers it names, and which entries of the book it is."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import NAMESPACE_OID, UUID, uuid5

from forecourt.billing import referred
from forecourt.kernel import Money, OperatorId
from forecourt.ledger import Txn

# As printed, or with blanks instead of the dashes, as banks' forms have it.
_NUMBER = re.compile(r"(?<![A-Z0-9])([A-Z]{2,4})[- ]?([0-9]{4})[- ]?([0-9]{6})(?![0-9])")
_NO_WORD = re.compile(r"[^a-z0-9]")
_SHORTEST_NAME = 5
# A line and what the book has of it lie no further apart: a payout is days on its way, and people book what they did in the same quarter.
_PAYOUT_NEAR, _NAMED_NEAR = timedelta(days=10), timedelta(days=90)


class LineKind(StrEnum):
    """OPENING: what was there before the first statement. FEE: of the bank. RETURNED: a transfer that came back."""

    OPENING = "OPENING"
    MOVE = "MOVE"
    FEE = "FEE"
    RETURNED = "RETURNED"


@dataclass(frozen=True, slots=True)
class BankLine:
    """amount: what the account received; negative for what left it. text: what was told with it. payer: the IBAN that money came from."""

    id: UUID
    account: str
    day: date
    amount: Money
    text: str
    kind: LineKind = LineKind.MOVE
    payer: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Of documents and statements, as we print them or by their references; each once."""
        found = ("-".join(parts) for parts in _NUMBER.findall(self.text.upper()))
        return tuple(dict.fromkeys((*found, *referred(self.text))))

    @property
    def reference(self) -> str:
        """Where it is found. Its words, which may name people, stand with the line alone, so that they end with it."""
        return f"Bank statement of {self.day}"

    def names(self, name: str) -> bool:
        """Whatever stands between its letters and digits."""
        wanted = _NO_WORD.sub("", name.lower())
        return len(wanted) >= _SHORTEST_NAME and wanted in _NO_WORD.sub("", self.text.lower())


@dataclass(frozen=True, slots=True)
class BankStatement:
    """account: its IBAN. name: the bank's for this statement. begins: of its first line; where it has none, closes."""

    account: str
    name: str
    begins: date
    closes: date
    opening: Money
    closing: Money
    lines: tuple[BankLine, ...]


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Of what is known by its statements. since: nothing of it before that day is. closing: on the last day that is."""

    operator_id: OperatorId
    account: str
    since: date
    closes: date
    closing: Money


@dataclass(frozen=True, slots=True)
class KeptLine:
    """positions: of the entries in the book that it is. booked_minor: what these come to. words: what was done with it, or why it waits.
    by, at: who did, and when. asked: of how many it is one that are still to be looked at; 0: it was."""

    line: BankLine
    operator_id: OperatorId
    by: str
    at: datetime
    words: str = ""
    positions: tuple[int, ...] = ()
    booked_minor: int = 0
    asked: int = 0

    @property
    def missing(self) -> Money:
        return self.line.amount - Money(self.booked_minor, self.line.amount.currency)

    @property
    def open(self) -> bool:
        return bool(self.missing.minor)


class BankMove(NamedTuple):
    """An entry of the book that moved the bank, and that no line is yet. day: when it happened."""

    position: int
    day: date
    minor: int
    txn: Txn

    @property
    def payout(self) -> bool:
        """Of the processor, or one that came back."""
        return self.txn.key.startswith("payout/")


def line_id(account: str, *told: object) -> UUID:
    """The same line of another file has the same id."""
    return uuid5(NAMESPACE_OID, "\x1f".join(("bank", account, *map(str, told))))


def move_of(line: BankLine, moves: Sequence[BankMove], names: Callable[[Txn], Sequence[str]]) -> BankMove | None:
    """The entry that a line is: of its amount, and named by it, the nearest; a payout also where it names nothing of ours, the oldest
    first. Payouts of one amount are as good as each other; anything else by its amount alone would be a guess. names: by which a bank may
    tell of an entry."""
    alike = [one for one in moves if one.minor == line.amount.minor and abs(one.day - line.day) <= _NAMED_NEAR]
    named = [one for one in alike if any(line.names(name) for name in names(one.txn))]
    if named or line.numbers:
        return min(named, key=lambda one: (abs(one.day - line.day), one.position), default=None)
    payouts = [one for one in alike if one.payout and abs(one.day - line.day) <= _PAYOUT_NEAR]
    return min(payouts, key=lambda one: (one.day, one.position), default=None)


def matched(kept: KeptLine, moves: Collection[BankMove], words: str, by: str, at: datetime) -> KeptLine:
    """These entries are what it tells of, with those that are already."""
    positions = (*kept.positions, *(one.position for one in moves))
    booked = kept.booked_minor + sum(one.minor for one in moves)
    return replace(kept, positions=positions, booked_minor=booked, words=words, by=by, at=at, asked=0)


def released(kept: KeptLine, position: int, minor: int, words: str) -> KeptLine:
    """An entry of it is taken back: the line is to be looked at again. minor: of that entry on the bank."""
    left = tuple(one for one in kept.positions if one != position)
    return replace(kept, positions=left, booked_minor=kept.booked_minor - minor, words=words)
