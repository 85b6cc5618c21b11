"""Operators, sites, EVSEs, chargers and sockets, in memory."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from forecourt.flows.ports import BayCount, ChargerSummary
from forecourt.kernel import ChargerId, EvseId, NotFound, OperatorId, SiteId
from forecourt.reservations import Bound
from forecourt.stations import Approval, Charger, ConnectorState, Evse, Operator, RequestState, Site, Socket
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

    def prefetch_evses(self, site_ids: object) -> None:
        """Nothing to read ahead."""

    def evse_at(self, charger_id: ChargerId, number: int) -> Evse | None:
        return next((one for one in self._db.evses if (one.charger_id, one.number) == (charger_id, number)), None)

    def put_evse(self, evse: Evse) -> None:
        self._db.evses.put(evse.id, evse)

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

    def offered_hashes(self, charger_id: ChargerId) -> tuple[str, ...]:
        return (self._db.secrets.get(charger_id) or ("",))[1:]

    def put_secret_hash(self, charger_id: ChargerId, secret_hash: str, offered: tuple[str, ...] = ()) -> None:
        self._db.secrets.put(charger_id, (secret_hash, *offered))

    def socket(self, evse_id: EvseId) -> Socket:
        self.evse(evse_id)
        return self._db.sockets.get(evse_id) or Socket(evse_id)

    def sockets(self, site_id: SiteId) -> Sequence[Socket]:
        return [self.socket(evse.id) for evse in self.evses(site_id)]

    def put_socket(self, socket: Socket) -> None:
        self.evse(socket.evse_id)
        self._db.sockets.put(socket.evse_id, socket)


class NetworkStatus:
    """Counted socket by socket at every call."""

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
