"""What the page that leads through the end of a month shows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StepState(StrEnum):
    """How a step stands. CARRIED: open, and may go into the next month so. NOTHING: there is nothing to do. LATER: it is too early."""

    DONE = "DONE"
    OPEN = "OPEN"
    CARRIED = "CARRIED"
    NOTHING = "NOTHING"
    LATER = "LATER"


@dataclass(frozen=True, slots=True)
class MonthStep:
    """title: what is to be so. text: how it stands. links: where it is done, and what the page is called."""

    title: str
    state: StepState
    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """An export that somebody took of just these days. what: as the log says it."""

    what: str
    final: bool
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """name: "2026-06". begins: its first instant; first_day, last_day: "2026-06-01". steps: before its books are closed, in order.
    before, after: the months beside it; after is empty for the one that runs."""

    name: str
    begins: datetime
    first_day: str
    last_day: str
    closed: bool
    can_close: bool
    steps: tuple[MonthStep, ...]
    taken: tuple[Taken, ...]
    before: str
    after: str

    @property
    def open_count(self) -> int:
        return sum(one.state is StepState.OPEN for one in self.steps)

    @property
    def final_taken(self) -> bool:
        return any(one.final for one in self.taken)
