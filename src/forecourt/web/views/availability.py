"""Availability of chargers in a month, and the history of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Span
from forecourt.stations import Incident, IncidentKind, Uptime

MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class UptimeRow:
    """For a socket, a charger, a site or all together. key: its name in addresses. since: the start of its history, if that is within the
    month; watched: whether it has one."""

    key: str
    name: str
    site: str
    figures: Uptime
    watched: bool
    since: datetime | None

    @property
    def percent(self) -> str:
        """Truncated, not rounded: 100 means that nothing was missing."""
        share = self.figures.share
        return "–" if share is None else f"{int(share * 10_000 + 1e-6) / 100:.2f}"


@dataclass(frozen=True, slots=True)
class TroubleSpan:
    """Part of a picture's row. what: None = it was not meant to be in service."""

    span: Span
    what: IncidentKind | None


@dataclass(frozen=True, slots=True)
class HistoryStrip:
    """span: what is drawn, in days of the zone. rows: by the socket's label."""

    span: Span
    zone: str
    rows: tuple[tuple[str, tuple[TroubleSpan, ...]], ...]


@dataclass(frozen=True, slots=True)
class ChargerHistory:
    """every: all trouble by time, with the socket's label ("" = the whole charger)."""

    charger_id: str
    site: str
    slug: str
    zone: str
    whole: UptimeRow
    sockets: tuple[UptimeRow, ...]
    errors: Sequence[tuple[str, int]]
    every: tuple[tuple[Incident, str], ...]
    strip: HistoryStrip

    @property
    def latest(self) -> tuple[tuple[Incident, str], ...]:
        """What its page lists, the latest first; its CSV has everything."""
        return self.every[: -MAX_LISTED - 1 : -1]
