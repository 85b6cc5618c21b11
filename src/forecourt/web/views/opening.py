"""When a place serves, as people are shown it."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class OpeningView:
    """until: when that changes; None = not within a month. week: a line for each day, as it is written; empty = day and night.
    reason: why it is closed now, of maintenance or of a special day. days: of the month to come that do not go by the week, each with its
    hours and why. last_day: after it the place is closed for good."""

    open: bool
    until: datetime | None
    week: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    days: tuple[tuple[date, str, str], ...] = ()
    last_day: date | None = None
