"""Instants are UTC; a span is half open. Time is always an argument, never read here."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from forecourt.kernel.errors import BadInput

# Years outside this range are taken for mistakes; near the limits of datetime, arithmetic on dates would overflow.
YEARS = range(2000, 2101)


class Clock(Protocol):
    """Where the edges get the time from. Rooms and flows take instants as arguments."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds of this clock (a virtual clock may run faster)."""
        ...


def utc(instant: datetime) -> datetime:
    """The same instant in UTC; refuses an instant without a zone."""
    if instant.tzinfo is None:
        raise BadInput("instant_zone", f"{instant.isoformat()} has no time zone.", "Write it in UTC, such as 2026-11-23T12:00:00Z.")
    try:
        return instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    except OverflowError as error:
        raise BadInput("instant_range", f"{instant.isoformat()} lies outside 2000 to 2100.") from error


def parse_instant(text: str) -> datetime:
    """RFC 3339 text to a UTC instant; refuses text without a zone and years outside 2000..2100."""
    try:
        instant = utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise BadInput("instant", f"{text[:40]!r} is not an instant.", "Write it as 2026-11-23T12:00:00Z.") from error
    if instant.year not in YEARS:
        raise BadInput("instant_range", f"{text[:40]!r} lies outside 2000 to 2100.")
    return instant


def parse_day(text: str, field: str = "day") -> date:
    """ISO 8601 text to a day of the years 2000 to 2100. Raises BadInput that names the field."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput(field, f"{text[:20]!r} is not a day.", "Write it as 2026-06-30.") from error
    if day.year not in YEARS:
        raise BadInput(field, f"{text[:20]!r} lies outside 2000 to 2100.", "Write it as 2026-06-30.")
    return day


def instant_text(instant: datetime) -> str:
    """RFC 3339 with Z: 2026-11-23T12:00:00Z (milliseconds only if there are any)."""
    spec = "milliseconds" if instant.microsecond else "seconds"
    return utc(instant).isoformat(timespec=spec).replace("+00:00", "Z")


def month_name(instant: datetime, zone: ZoneInfo | str) -> str:
    """The local month that an instant lies in, such as "2026-06". A month of Berlin begins in UTC on the last day of the one before."""
    return f"{utc(instant).astimezone(ZoneInfo(str(zone))):%Y-%m}"


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` (inside) to `end` (outside), both UTC, never empty or backwards."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", utc(self.start))
        object.__setattr__(self, "end", utc(self.end))
        if self.end <= self.start:
            raise BadInput("span", f"The end {instant_text(self.end)} is not after the start {instant_text(self.start)}.")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def seconds(self) -> int:
        """Whole seconds, rounded down."""
        return self.length // timedelta(seconds=1)

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, instant: datetime) -> bool:
        return self.start <= instant < self.end
