"""Operators, sites, EVSEs, chargers and sockets, in memory; and the search by name or number."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from forecourt.drivers import Driver
from forecourt.flows.ports import BayCount, BayUptime, ChargerSummary, Closure
from forecourt.kernel import ChargerId, DriverId, EvseId, NotFound, OperatorId, SessionId, SiteId, Span, instant_of, lowered
from forecourt.payments import Payment
from forecourt.reservations import Booking, Bound
from forecourt.stations import (
    BEGUN_WITHIN,
    CHARGER_CAUSED_ENDS,
    Approval,
    Charger,
    ConnectorState,
    Evse,
    Incident,
    IncidentKind,
    Operator,
    RequestState,
    Site,
    Socket,
    Uptime,
    merged,
    uptime,
)
from forecourt.store.memory.database import MemoryDatabase
from forecourt.tariffs import PhaseState

_Alike = tuple[SiteId, ConnectorState, bool, PhaseState | None, bool, bool, bool]


class Stations:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def operators(self) -> Sequence[Operator]:
        return sorted(self._db.operators, key=lambda one: (one.name, one.id))

    def operator(self, operator_id: OperatorId) -> Operator:
        found = self._db.operators.get(operator_id)
        if found is None:
            raise NotFound("operator", "There is no such operator.")
        return found

    def put_operator(self, operator: Operator) -> None:
        self._db.operators.put(operator.id, operator)

    def sites(self, operator_id: OperatorId | None = None) -> Sequence[Site]:
        here = self._db.sites.where(lambda one: operator_id in (None, one.operator_id))
        return sorted(here, key=lambda one: (one.name, one.id))

    def site(self, site_id: SiteId) -> Site:
        found = self._db.sites.get(site_id)
        if found is None:
            raise NotFound("site", "There is no such site.")
        return found

    def site_by_slug(self, slug: str) -> Site | None:
        return next((one for one in self._db.sites if one.slug == slug), None)

    def put_site(self, site: Site) -> None:
        self._db.sites.put(site.id, site)

    def evse(self, evse_id: EvseId) -> Evse:
        found = self._db.evses.get(evse_id)
        if found is None:
            raise NotFound("evse", "There is no such EVSE.")
        return found

    def evses(self, site_id: SiteId) -> Sequence[Evse]:
        self.site(site_id)
        return tuple(sorted(self._db.evses.where(lambda one: one.site_id == site_id), key=lambda one: (one.charger_id, one.number)))

    def evse_at(self, charger_id: ChargerId, number: int) -> Evse | None:
        return next((one for one in self._db.evses if (one.charger_id, one.number) == (charger_id, number)), None)

    def put_evse(self, evse: Evse) -> None:
        self._db.evses.put(evse.id, evse)

    def prefetch_evses(self, site_ids: object) -> None:
        """Nothing to read ahead."""

    def prefetch(self, charger_ids: Sequence[ChargerId]) -> None:
        """Nothing to read ahead."""

    def lock_available(self, charger_ids: Sequence[ChargerId]) -> Sequence[Charger]:
        """All are free: units of work run one at a time."""
        return [charger for one in sorted(set(charger_ids)) if (charger := self._db.chargers.get(one)) is not None]

    def charger(self, charger_id: ChargerId) -> Charger | None:
        return self._db.chargers.get(charger_id)

    def chargers(self, site_id: SiteId | None = None, approval: Approval | None = None) -> Sequence[Charger]:
        if site_id is not None:
            self.site(site_id)
        here = self._db.chargers.where(lambda one: site_id in (None, one.site_id) and approval in (None, one.approval))
        return sorted(here, key=lambda one: one.id)

    def terminal_chargers(self, site_ids: Collection[SiteId]) -> Collection[ChargerId]:
        return {one.id for one in self._db.chargers.where(lambda one: one.site_id in site_ids and one.takes_terminal)}

    def put_charger(self, charger: Charger) -> None:
        self._db.chargers.put(charger.id, charger)

    def secret_hash(self, charger_id: ChargerId) -> str | None:
        kept = self._db.secrets.get(charger_id)
        return kept[0] if kept else None

    def put_secret_hash(self, charger_id: ChargerId, secret_hash: str, offered: tuple[str, ...] = ()) -> None:
        self._db.secrets.put(charger_id, (secret_hash, *offered))

    def offered_hashes(self, charger_id: ChargerId) -> tuple[str, ...]:
        return (self._db.secrets.get(charger_id) or ("",))[1:]

    def socket(self, evse_id: EvseId) -> Socket:
        self.evse(evse_id)
        return self._db.sockets.get(evse_id) or Socket(evse_id)

    def sockets(self, site_id: SiteId) -> Sequence[Socket]:
        return [self.socket(evse.id) for evse in self.evses(site_id)]

    def put_socket(self, socket: Socket) -> None:
        self.evse(socket.evse_id)
        self._db.sockets.put(socket.evse_id, socket)


class NetworkStatus:
    """The present state of a network."""

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def bays(self, operator_id: OperatorId) -> Sequence[BayCount]:
        db, alike = self._db, defaultdict[_Alike, list[tuple[Evse, int]]](list)
        running = {one.evse_id: one for one in sorted(db.sessions, key=lambda one: (one.started_at, one.id))}
        plans = {one.site_id: one for one in sorted(db.plans, key=lambda one: one.number)}
        kept = {one.state.evse_id for one in db.bookings if isinstance(one.state, Bound)} | {one.called_to for one in db.tickets}
        for evse in db.evses.where(lambda one: one.operator_id == operator_id and one.retired_at is None):
            charger, session = db.chargers.get(evse.charger_id), running.get(evse.id)
            newest, watts = plans.get(evse.site_id), session.power_w or 0 if session else 0
            stopped = newest is not None and any(one.evse_id == evse.id and one.limit_a == 0 for one in newest.setpoints)
            told = (db.sockets.get(evse.id) or Socket(evse.id)).state
            here = charger is not None and charger.site_id == evse.site_id and charger.connected
            alike[evse.site_id, told, here, session.state if session else None, stopped, evse.id in kept, watts > 0].append((evse, watts))
        return [
            BayCount(*key, labels=tuple(sorted(one.label for one, _ in found)), power_w=sum(watts for _, watts in found))
            for key, found in alike.items()
        ]

    def chargers(self, operator_id: OperatorId) -> Sequence[ChargerSummary]:
        known = self._db.chargers.where(lambda one: one.operator_id in (None, operator_id) and one.approval is not Approval.PENDING)
        return [
            ChargerSummary(
                one.id,
                one.site_id,
                one.approval,
                one.connected,
                one.vendor,
                one.model,
                one.firmware,
                one.last_connection.certificate_ends,
                one.certificates.request is not None and one.certificates.request.state is RequestState.BY_HAND,
                bool(one.outside),
            )
            for one in sorted(known, key=lambda one: one.id)
        ]


class History:
    """The history of chargers; summed span by span."""

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


class Lookup:
    """Finds things by what somebody reads out on the phone."""

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def guests(self, operator_id: OperatorId, email: str, limit: int) -> Sequence[Driver]:
        mine = self._db.drivers.where(lambda one: one.operator_id == operator_id and one.guest and lowered(one.email) == lowered(email))
        return sorted(mine, key=lambda one: one.id, reverse=True)[:limit]

    def holders(self, operator_id: OperatorId, last4: str, limit: int) -> Sequence[DriverId]:
        cards = self._db.cards.where(lambda one: one.operator_id == operator_id and one.last4 == last4)
        newest = sorted(cards, key=lambda one: (one.added_at, one.driver_id), reverse=True)
        return list(dict.fromkeys(one.driver_id for one in newest))[:limit]

    def charges(self, operator_id: OperatorId, transaction: str, limit: int) -> Sequence[SessionId]:
        running = self._db.sessions.where(lambda one: one.operator_id == operator_id and one.transaction == transaction)
        ended = self._db.records.where(lambda one: one.operator_id == operator_id and one.transaction == transaction)
        found = [one.id for one in sorted(running, key=lambda one: (one.started_at, one.id), reverse=True)]
        found += [one.session_id for one in sorted(ended, key=lambda one: (one.ended_at, one.session_id), reverse=True)]
        return found[:limit]

    def bookings(self, operator_id: OperatorId, number: int, limit: int) -> Sequence[Booking]:
        found = self._db.bookings.where(lambda one: one.operator_id == operator_id and one.number == number)
        return sorted(found, key=lambda one: one.id)[:limit]

    def evses(self, operator_id: OperatorId, label: str, limit: int) -> Sequence[Evse]:
        found = self._db.evses.where(lambda one: one.operator_id == operator_id and lowered(one.label) == lowered(label))
        return sorted(found, key=lambda one: one.id)[:limit]

    def payments(self, operator_id: OperatorId, reference: str, limit: int) -> Sequence[Payment]:
        found = self._db.payments.where(lambda one: one.operator_id == operator_id and one.reference == reference)
        return sorted(found, key=lambda one: (one.made_at, one.id), reverse=True)[:limit]
