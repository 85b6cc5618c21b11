"""Past states of chargers, stored as they end, and their sums over a span."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from forecourt.kernel import ChargerId, EvseId, OperatorId, SiteId, Span
from forecourt.stations import Incident, Site, Uptime


@dataclass(frozen=True, slots=True)
class Closure:
    """When a site, or one of its sockets, was not meant to be in service. label: the socket's; "" = all of them."""

    site_id: SiteId
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class BayUptime:
    """since: from when on it was observed within the span; None = never."""

    site_id: SiteId
    charger_id: ChargerId
    evse_id: EvseId
    label: str
    since: datetime | None
    figures: Uptime


class History(Protocol):
    def add(self, past: Incident) -> None:
        """Store a past state. Storing the same again changes nothing."""
        ...

    def of_charger(self, charger_id: ChargerId, span: Span) -> Sequence[Incident]:
        """States that overlap the span, by beginning, including current ones."""
        ...

    def uptimes(
        self, operator_id: OperatorId, span: Span, shut: Sequence[Closure], charger_id: ChargerId | None = None
    ) -> Sequence[BayUptime]:
        """For each socket that was not retired before the span, by site, charger and number. charger_id: for this charger only."""
        ...

    def errors(self, operator_id: OperatorId, span: Span, limit: int, charger_id: ChargerId | None = None) -> Sequence[tuple[str, int]]:
        """Faults of sockets that began within the span by code, the most frequent first."""
        ...

    def put_past_site(self, site: Site, until: datetime) -> None:
        """A site's hours and maintenance as they were until they were changed."""
        ...

    def past_sites(self, operator_id: OperatorId, since: datetime) -> Sequence[tuple[datetime, Site]]:
        """Past settings that applied at that instant or later, with when they ended, by that."""
        ...
