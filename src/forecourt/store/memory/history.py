"""The history of chargers, summed span by span, in memory."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from forecourt.flows.ports import BayUptime, Closure
from forecourt.kernel import ChargerId, OperatorId, Span, instant_of
from forecourt.stations import (
    BEGUN_WITHIN,
    CHARGER_CAUSED_ENDS,
    Approval,
    ConnectorState,
    Evse,
    Incident,
    IncidentKind,
    Site,
    Socket,
    Uptime,
    merged,
    uptime,
)
from forecourt.store.memory.database import MemoryDatabase


class History:
    """The times are summed span by span, in Python."""

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def add(self, past: Incident) -> None:
        key = (past.operator_id, past.site_id, past.charger_id, past.number, past.what, past.since)
        if key not in self._db.history:
            self._db.history.put(key, past)

    def of_charger(self, charger_id: ChargerId, span: Span) -> Sequence[Incident]:
        touching = (one for one in self._every(charger_id) if one.since <= span.end and (one.until is None or one.until >= span.start))
        return sorted(touching, key=lambda one: (one.since, one.number, one.what))

    def uptimes(
        self, operator_id: OperatorId, span: Span, shut: Sequence[Closure], charger_id: ChargerId | None = None
    ) -> Sequence[BayUptime]:
        found = []
        for evse in self._db.evses.where(lambda one: one.operator_id == operator_id and charger_id in (None, one.charger_id)):
            charger, end = self._db.chargers.get(evse.charger_id), min(span.end, evse.retired_at or span.end)
            if charger is None or (evse.retired_at is not None and evse.retired_at <= span.start):
                continue
            since = max(span.start, charger.contact.watched or span.end, instant_of(evse.id) or span.start)
            watched = (Span(since, end),) if since < end else ()
            closed = merged(one.span for one in shut if one.site_id == evse.site_id and one.label in ("", evse.label))
            seen = Span(span.start - BEGUN_WITHIN, span.end)
            troubles = [one for one in self.of_charger(evse.charger_id, seen) if one.number in (0, evse.number)]
            starts = sum(one.what is IncidentKind.NO_START and span.contains(one.since) for one in troubles)
            figures = replace(uptime(watched, closed, troubles, span), no_starts=starts) + self._charged(evse, span)
            found.append((evse.number, BayUptime(evse.site_id, evse.charger_id, evse.id, evse.label, since if watched else None, figures)))
        return [one for _, one in sorted(found, key=lambda each: (each[1].site_id, each[1].charger_id, each[0]))]

    def errors(self, operator_id: OperatorId, span: Span, limit: int, charger_id: ChargerId | None = None) -> Sequence[tuple[str, int]]:
        chargers = self._db.chargers.where(lambda one: one.operator_id == operator_id and charger_id in (None, one.id))
        faults = [
            past for one in chargers for past in self._every(one.id) if past.what is IncidentKind.FAULTED and span.contains(past.since)
        ]
        return sorted(Counter(one.error for one in faults).items(), key=lambda item: (-item[1], item[0]))[:limit]

    def put_past_site(self, site: Site, until: datetime) -> None:
        key = (site.operator_id, site.id, until)
        if key not in self._db.past_sites:
            self._db.past_sites.put(key, (until, site))

    def past_sites(self, operator_id: OperatorId, since: datetime) -> Sequence[tuple[datetime, Site]]:
        here = self._db.past_sites.where(lambda one: one[1].operator_id == operator_id and one[0] > since)
        return sorted(here, key=lambda one: (one[0], one[1].id))

    def _every(self, charger_id: ChargerId) -> Iterator[Incident]:
        one = self._db.chargers.get(charger_id)
        if one is None or one.operator_id is None or one.site_id is None:
            return
        yield from self._db.history.where(lambda past: (past.operator_id, past.charger_id) == (one.operator_id, charger_id))
        if one.contact.watched and one.contact.since and not one.connected and one.approval is Approval.APPROVED:
            yield Incident(one.operator_id, one.site_id, one.id, 0, IncidentKind.OFFLINE, one.contact.since, None)
        for evse in self._db.evses.where(lambda evse: evse.charger_id == charger_id and evse.retired_at is None):
            socket = self._db.sockets.get(evse.id) or Socket(evse.id)
            since = socket.since or socket.at
            if socket.state in (ConnectorState.FAULTED, ConnectorState.UNAVAILABLE) and since is not None:
                what = IncidentKind(socket.state.value)
                yield Incident(evse.operator_id, evse.site_id, charger_id, evse.number, what, since, None, socket.error)

    def _charged(self, evse: Evse, span: Span) -> Uptime:
        ended = self._db.records.where(lambda one: one.evse_id == evse.id and span.contains(one.ended_at))
        empty = sum(one.energy_wh == 0 and one.token is not None for one in ended)
        return Uptime(charges=len(ended), empty=empty, broken=sum(one.reason in CHARGER_CAUSED_ENDS for one in ended))
