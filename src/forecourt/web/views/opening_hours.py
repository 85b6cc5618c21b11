"""Opening times, as shown to people."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class OpeningView:
    """until: when that changes; None = not within a month. week: a line for each day; empty = always open. reason: why it is closed now:
    maintenance or a special day. days: those of the coming month that differ from the week, each with its hours and reason. last_day: after
    it the place closes for good."""

    open: bool
    until: datetime | None
    week: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    days: tuple[tuple[date, str, str], ...] = ()
    last_day: date | None = None
