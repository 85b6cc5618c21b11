"""What the page of the ledger shows of its months."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BookMonth:
    """name: "2026-06". begins: its first instant. can_close: it has been over for long enough."""

    name: str
    begins: datetime
    closed: bool
    can_close: bool


@dataclass(frozen=True, slots=True)
class BookMonths:
    """Newest first. open_from: nothing is dated before; None: nothing was ever closed. last_closed: what reopening begins with."""

    rows: tuple[BookMonth, ...]
    open_from: datetime | None

    @property
    def last_closed(self) -> BookMonth | None:
        return next((one for one in self.rows if one.closed), None)
