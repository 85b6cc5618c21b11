"""When a place serves, as people are shown it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OpeningView:
    """until: when that changes; None = not within a month. week: a line for each day, as it is written; empty = day and night.
    reason: of the maintenance that closes the place now."""

    open: bool
    until: datetime | None
    week: tuple[tuple[str, str], ...] = ()
    reason: str = ""
