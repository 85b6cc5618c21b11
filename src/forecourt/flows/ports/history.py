"""Past states of chargers, stored as they end, and their sums over a span."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from forecourt.kernel import ChargerId, EvseId, OperatorId, SiteId, Span
from forecourt.stations import Incident, Site, Uptime


@dataclass(frozen=True, slots=True)
class Closure:
    """A span in which a site, or one of its sockets, was not meant to be in service. label: the socket's; "" for all sockets."""

    site_id: SiteId
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class BayUptime:
    """The uptime of one socket in a span. since: when its observation began, within the span; None: it was not observed."""

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
        """States that overlap or touch the span (both bounds inclusive), by their start, including current ones."""
        ...

    def uptimes(
        self, operator_id: OperatorId, span: Span, shut: Sequence[Closure], charger_id: ChargerId | None = None
    ) -> Sequence[BayUptime]:
        """The uptime of each socket that was not retired by the start of the span, by site, charger and number. shut: when sockets were
        not meant to be in service. charger_id: only the sockets of this charger."""
        ...

    def errors(self, operator_id: OperatorId, span: Span, limit: int, charger_id: ChargerId | None = None) -> Sequence[tuple[str, int]]:
        """Error codes of socket faults that began within the span, with their number: the most frequent first, at most `limit`."""
        ...

    def put_past_site(self, site: Site, until: datetime) -> None:
        """Store a site as it was until its hours or maintenance were changed at an instant. Storing the same again changes nothing."""
        ...

    def past_sites(self, operator_id: OperatorId, since: datetime) -> Sequence[tuple[datetime, Site]]:
        """Earlier versions of the operator's sites that applied at that instant or later, each with its end; earliest end first."""
        ...
