"""How much of a month chargers could be used, and what one of them went through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Span
from forecourt.stations import Past, Trouble, Uptime

MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class UptimeRow:
    """Of a socket, a charger, a site or all together. key: by which addresses name it. since: from when its history is kept, where that is
    within the month; watched: whether it is at all."""

    key: str
    name: str
    site: str
    figures: Uptime
    watched: bool
    since: datetime | None

    @property
    def percent(self) -> str:
        """Cut, not rounded: 100 says that nothing was missing."""
        share = self.figures.share
        return "–" if share is None else f"{int(share * 10_000 + 1e-6) / 100:.2f}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a picture's row. what: None = when it was not meant to serve."""

    span: Span
    what: Trouble | None


@dataclass(frozen=True, slots=True)
class HistoryStrip:
    """span: what is drawn, in days of the zone. rows: by the socket's label."""

    span: Span
    zone: str
    rows: tuple[tuple[str, tuple[Stretch, ...]], ...]


@dataclass(frozen=True, slots=True)
class ChargerHistory:
    """every: trouble in order of time, with its socket's label ("" = the whole charger)."""

    charger_id: str
    site: str
    slug: str
    zone: str
    whole: UptimeRow
    sockets: tuple[UptimeRow, ...]
    errors: Sequence[tuple[str, int]]
    every: tuple[tuple[Past, str], ...]
    strip: HistoryStrip

    @property
    def latest(self) -> tuple[tuple[Past, str], ...]:
        """What is listed on its page, the latest first; its CSV has all."""
        return self.every[: -MOST_LISTED - 1 : -1]
