"""Operators, sites, EVSEs, chargers and the live state of sockets."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import proxy

from forecourt.flows.ports import BayCount, ChargerSummary
from forecourt.kernel import ChargerId, EvseId, NotFound, OperatorId, SiteId
from forecourt.stations import Approval, Charger, ConnectorState, Evse, Operator, Site, Socket
from forecourt.store.codec import CachingCodec, Codec
from forecourt.store.postgres.config_cache import ConfigCache
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table
from forecourt.store.postgres.history import History
from forecourt.store.postgres.identity_map import IdentityMap, MergingIdentityMap
from forecourt.tariffs import PhaseState

_OPERATORS = Table("operators", (("operator_id", "uuid"), ("name", "text"), ("data", "jsonb")), ("operator_id",))
_SITES = Table("sites", (("operator_id", "uuid"), ("site_id", "uuid"), ("slug", "text"), ("data", "jsonb")), ("site_id",))
_EVSES = Table(
    "evses",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("evse_id", "uuid"),
        ("charger_id", "text"),
        ("number", "integer"),
        ("kind", "text"),
        ("data", "jsonb"),
    ),
    ("evse_id",),
)
_CHARGERS = Table(
    "chargers",
    (("charger_id", "text"), ("operator_id", "uuid"), ("site_id", "uuid"), ("approval", "text"), ("data", "jsonb")),
    ("charger_id",),
)
_SOCKETS = Table(
    "sockets",
    (("operator_id", "uuid"), ("site_id", "uuid"), ("evse_id", "uuid"), ("state", "text"), ("data", "jsonb")),
    ("operator_id", "site_id", "evse_id"),
)
_OPERATOR = Codec[Operator](Operator)
_SITE = Codec[Site](Site)
_EVSE = Codec[Evse](Evse)
_CHARGER = CachingCodec[Charger](Charger, 4096)
_SOCKET = Codec[Socket](Socket)
_CHARGERS_AT = "(%s::uuid IS NULL OR (operator_id = %s AND site_id = %s)) AND (%s::text IS NULL OR approval = %s) ORDER BY charger_id"
_THESE_CHARGERS = "charger_id = ANY(%s)"
_AT_SITES = "operator_id = ANY(%s) AND site_id = ANY(%s)"
_SOCKETS_AT = "operator_id = %s AND site_id = %s"

_BAYS = """WITH stopped AS MATERIALIZED (SELECT (point->>'evse_id')::uuid AS evse_id FROM sites,
        LATERAL (SELECT data FROM plans WHERE plans.site_id = sites.site_id ORDER BY number DESC LIMIT 1) AS newest,
        jsonb_array_elements(newest.data->'setpoints') AS point WHERE operator_id = %(of)s AND (point->>'limit_a')::integer = 0),
    running AS MATERIALIZED (SELECT DISTINCT ON (evse_id) evse_id, state, coalesce((data->>'power_w')::bigint, 0) AS power_w
        FROM sessions WHERE operator_id = %(of)s ORDER BY evse_id, started_at DESC, session_id DESC),
    kept AS MATERIALIZED (SELECT evse_id FROM bookings WHERE operator_id = %(of)s AND state = 'Bound'
        UNION SELECT evse_id FROM queue_tickets WHERE operator_id = %(of)s AND evse_id IS NOT NULL)
SELECT evses.site_id, coalesce(sockets.state, 'UNKNOWN') AS socket, coalesce((chargers.data->>'connected')::boolean, false) AS connected,
    running.state AS charge, ARRAY[stopped.evse_id IS NOT NULL, kept.evse_id IS NOT NULL, coalesce(power_w, 0) > 0] AS flags,
    array_agg(evses.data->>'label' ORDER BY evses.data->>'label'), coalesce(sum(power_w), 0)
FROM evses LEFT JOIN chargers USING (operator_id, site_id, charger_id) LEFT JOIN sockets USING (operator_id, site_id, evse_id)
    LEFT JOIN running USING (evse_id) LEFT JOIN stopped USING (evse_id) LEFT JOIN kept USING (evse_id)
WHERE evses.operator_id = %(of)s AND evses.data->>'retired_at' IS NULL
GROUP BY evses.site_id, socket, connected, charge, flags ORDER BY 1, 2, 3, 4, 5"""
_BRIEFS = """SELECT charger_id, site_id, approval, (data->>'connected')::boolean, data->>'vendor', data->>'model', data->>'firmware',
    (data->'last_connection'->>'certificate_ends')::timestamptz, coalesce(data->'certificates'->'request'->>'state' = 'BY_HAND', false),
    coalesce(jsonb_array_length(data->'outside') > 0, false)
FROM chargers WHERE (operator_id = %s OR operator_id IS NULL) AND approval <> 'PENDING' ORDER BY charger_id"""


@dataclass(frozen=True, slots=True)
class _Config:
    """How the kinds of configuration are written: immediately, because nothing may be cached that is not yet in the database."""

    db: DbConnection
    config_cache: ConfigCache

    def put(self, columns: Table, record: dict[str, object]) -> None:
        self.db.write(columns.upsert(), [record])
        self.config_cache.change()


class Stations:
    def __init__(self, db: DbConnection, config_cache: ConfigCache) -> None:
        self._db = db
        self._config_cache = config_cache
        self._config = _Config(db, config_cache)
        self._chargers: MergingIdentityMap[ChargerId, Charger] = MergingIdentityMap(
            db,
            _CHARGERS,
            _CHARGER,
            lambda one: one.id,
            lambda one: {"charger_id": one.id, "operator_id": one.operator_id, "site_id": one.site_id, "approval": one.approval},
        )
        self._sockets: IdentityMap[EvseId, Socket] = IdentityMap(
            db, _SOCKETS, _SOCKET, lambda one: one.evse_id, partial(_socket_record, proxy(self))
        )
        self._sockets_known: set[SiteId] = set()
        self._secrets: dict[ChargerId, tuple[str | None, tuple[str, ...]]] = {}

    def operators(self) -> Sequence[Operator]:
        snapshot = self._config_cache.snapshot
        if not snapshot.operators_complete:
            for (data,) in self._db.rows("SELECT data FROM operators"):
                operator = _OPERATOR.read(data)
                snapshot.operators[operator.id] = operator
            snapshot.operators_complete = True
        return sorted(snapshot.operators.values(), key=lambda one: (one.name, one.id))

    def operator(self, operator_id: OperatorId) -> Operator:
        self.operators()
        if operator_id not in self._config_cache.snapshot.operators:
            raise NotFound("operator", "There is no such operator.")
        return self._config_cache.snapshot.operators[operator_id]

    def put_operator(self, operator: Operator) -> None:
        self._config.put(_OPERATORS, {"operator_id": operator.id, "name": operator.name, "data": operator})

    def sites(self, operator_id: OperatorId | None = None) -> Sequence[Site]:
        all_sites = sorted(self._every_site().values(), key=lambda one: (one.name, one.id))
        return [one for one in all_sites if operator_id in (None, one.operator_id)]

    def site(self, site_id: SiteId) -> Site:
        site = self._every_site().get(site_id)
        if site is None:
            raise NotFound("site", "There is no such site.")
        return site

    def site_by_slug(self, slug: str) -> Site | None:
        return next((one for one in self._every_site().values() if one.slug == slug), None)

    def put_site(self, site: Site) -> None:
        self._config.put(_SITES, {"operator_id": site.operator_id, "site_id": site.id, "slug": site.slug, "data": site})

    def evse(self, evse_id: EvseId) -> Evse:
        snapshot = self._config_cache.snapshot
        if evse_id not in snapshot.evses:
            self._learn("site_id = (SELECT site_id FROM evses WHERE evse_id = %s)", evse_id)
        found = self._config_cache.snapshot.evses.get(evse_id)
        if found is None:
            raise NotFound("evse", "There is no such EVSE.")
        return found

    def evses(self, site_id: SiteId) -> Sequence[Evse]:
        snapshot = self._config_cache.snapshot
        if site_id not in snapshot.of_site:
            self._learn("operator_id = %s AND site_id = %s", self.site(site_id).operator_id, site_id)
            snapshot.of_site.setdefault(site_id, ())
        return snapshot.of_site[site_id]

    def prefetch_evses(self, site_ids: Collection[SiteId]) -> None:
        snapshot = self._config_cache.snapshot
        found: dict[SiteId, list[Evse]] = {one: [] for one in site_ids if one not in snapshot.of_site}
        if found:
            operators = list({self.site(one).operator_id for one in found})
            query = f"SELECT data FROM evses WHERE {_AT_SITES} ORDER BY charger_id, number"  # noqa: S608
            for (data,) in self._db.rows(query, operators, list(found)):
                evse = _EVSE.read(data)
                found[evse.site_id].append(evse)
            for site_id, evses in found.items():
                snapshot.add_site(site_id, tuple(evses))

    def prefetch_sites(self, sites: Sequence[Site]) -> None:
        """Read ahead their chargers and their sockets, in two questions."""
        operators, site_ids = list({one.operator_id for one in sites}), [one.id for one in sites]
        chargers = f"SELECT site_id, data FROM chargers WHERE {_AT_SITES} ORDER BY charger_id"  # noqa: S608
        self._db.prefetch_each(
            (chargers, (operators, site_ids)), lambda one: self._chargers.find_query(_CHARGERS_AT, *self._at(one, None)), site_ids
        )
        sockets = f"SELECT site_id, data FROM sockets WHERE {_AT_SITES}"  # noqa: S608
        self._db.prefetch_each(
            (sockets, (operators, site_ids)), lambda one: self._sockets.find_query(_SOCKETS_AT, self.site(one).operator_id, one), site_ids
        )

    def evse_at(self, charger_id: ChargerId, number: int) -> Evse | None:
        snapshot = self._config_cache.snapshot
        if (charger_id, number) not in snapshot.by_number:
            self._learn("site_id = (SELECT site_id FROM evses WHERE charger_id = %s AND number = %s)", charger_id, number)
        return snapshot.by_number.get((charger_id, number))

    def put_evse(self, evse: Evse) -> None:
        record: dict[str, object] = {
            "operator_id": evse.operator_id,
            "site_id": evse.site_id,
            "evse_id": evse.id,
            "charger_id": evse.charger_id,
            "number": evse.number,
            "kind": evse.kind,
            "data": evse,
        }
        self._config.put(_EVSES, record)

    def prefetch(self, charger_ids: Sequence[ChargerId]) -> None:
        wanted = [one for one in charger_ids if one not in self._chargers.known]
        if wanted:
            self.preload_chargers(wanted)
            secrets = self._db.rows("SELECT charger_id, secret_hash, offered FROM charger_secrets WHERE charger_id = ANY(%s)", wanted)
            self._secrets |= dict.fromkeys(wanted, (None, ())) | {one: (kept, tuple(offered)) for one, kept, offered in secrets}

    def find_query(self, charger_ids: Sequence[ChargerId]) -> DbQuery:
        """The query that `preload_chargers` runs."""
        return self._chargers.find_query(_THESE_CHARGERS, charger_ids)

    def preload_chargers(self, charger_ids: Sequence[ChargerId]) -> None:
        self._chargers.find(_THESE_CHARGERS, charger_ids)

    def lock_available(self, charger_ids: Sequence[ChargerId]) -> Sequence[Charger]:
        return self._chargers.find_locked("charger_id = ANY(%s) ORDER BY charger_id FOR NO KEY UPDATE SKIP LOCKED", list(charger_ids))

    def charger(self, charger_id: ChargerId) -> Charger | None:
        return self._chargers.get(charger_id, "charger_id = %s", charger_id)

    def chargers(self, site_id: SiteId | None = None, approval: Approval | None = None) -> Sequence[Charger]:
        return self._chargers.find(_CHARGERS_AT, *self._at(site_id, approval))

    def terminal_chargers(self, site_ids: Collection[SiteId]) -> Collection[ChargerId]:
        operators = list({self.site(one).operator_id for one in site_ids})
        allowed = self._chargers.find(f"{_AT_SITES} AND (data->'terminal'->>'allowed')::boolean", operators, list(site_ids))
        return {one.id for one in allowed if one.takes_terminal}

    def _at(self, site_id: SiteId | None, approval: Approval | None) -> tuple[object, ...]:
        operator_id = self.site(site_id).operator_id if site_id else None
        return site_id, operator_id, site_id, approval, approval

    def pool_queries(self, site_id: SiteId) -> list[DbQuery]:
        chargers = self._chargers.find_query(_CHARGERS_AT, *self._at(site_id, Approval.APPROVED))
        return [chargers, *self.sockets_queries(site_id)]

    def put_charger(self, charger: Charger) -> None:
        self._chargers.put(charger)

    def secret_hash(self, charger_id: ChargerId) -> str | None:
        return self._secret(charger_id)[0]

    def offered_hashes(self, charger_id: ChargerId) -> tuple[str, ...]:
        return self._secret(charger_id)[1]

    def _secret(self, charger_id: ChargerId) -> tuple[str | None, tuple[str, ...]]:
        if charger_id in self._secrets:
            return self._secrets[charger_id]
        found = self._db.one("SELECT secret_hash, offered FROM charger_secrets WHERE charger_id = %s", charger_id)
        return (found[0], tuple(found[1])) if found else (None, ())

    def put_secret_hash(self, charger_id: ChargerId, secret_hash: str, offered: tuple[str, ...] = ()) -> None:
        self._secrets.pop(charger_id, None)
        self._db.run(
            "INSERT INTO charger_secrets (charger_id, secret_hash, offered) VALUES (%s, %s, %s)"
            " ON CONFLICT (charger_id) DO UPDATE SET secret_hash = EXCLUDED.secret_hash, offered = EXCLUDED.offered",
            charger_id,
            secret_hash,
            list(offered),
        )

    def socket(self, evse_id: EvseId) -> Socket:
        known = self._sockets.known.get(evse_id)
        if known is not None:
            return known
        evse = self.evse(evse_id)
        if evse.site_id in self._sockets_known:
            return Socket(evse_id)
        where = "operator_id = %s AND site_id = %s AND evse_id = %s"
        return self._sockets.first(where, evse.operator_id, evse.site_id, evse_id) or Socket(evse_id)

    def sockets(self, site_id: SiteId) -> Sequence[Socket]:
        evses = self.evses(site_id)
        if site_id not in self._sockets_known:
            self._sockets.find(_SOCKETS_AT, self.site(site_id).operator_id, site_id)
        return [self._sockets.known.get(evse.id) or Socket(evse.id) for evse in evses]

    def put_socket(self, socket: Socket) -> None:
        self._sockets.put(socket)

    def sockets_queries(self, site_id: SiteId) -> list[DbQuery]:
        """The queries that `preload` runs."""
        known = site_id in self._sockets_known
        return [] if known else [self._sockets.find_query(_SOCKETS_AT, self.site(site_id).operator_id, site_id)]

    def preload(self, site_id: SiteId) -> None:
        """Read the site's sockets once. The caller must be their only writer until the unit ends."""
        self.sockets(site_id)
        self._sockets_known.add(site_id)

    def flush(self) -> None:
        self._chargers.flush()
        self._sockets.flush()

    def history(self, *flushes: Callable[[], None]) -> History:
        """flushes: of what other repositories have not written yet."""
        return History(self._db, self._chargers.flush, self._sockets.flush, *flushes)

    def _every_site(self) -> dict[SiteId, Site]:
        snapshot = self._config_cache.snapshot
        if not snapshot.sites_complete:
            for (data,) in self._db.rows("SELECT data FROM sites"):
                site = _SITE.read(data)
                snapshot.sites[site.id] = site
            snapshot.sites_complete = True
        return snapshot.sites

    def _learn(self, where: str, *parameters: object) -> None:
        """Read all EVSEs of one site."""
        rows = self._db.rows(f"SELECT data FROM evses WHERE {where} ORDER BY charger_id, number", *parameters)  # noqa: S608
        evses = tuple(_EVSE.read(data) for (data,) in rows)
        if evses:
            self._config_cache.snapshot.add_site(evses[0].site_id, evses)


def _socket_record(stations: Stations, socket: Socket) -> dict[str, object]:
    evse = stations.evse(socket.evse_id)
    return {"operator_id": evse.operator_id, "site_id": evse.site_id, "evse_id": evse.id, "state": socket.state}


class NetworkStatus:
    """The present state of a network. Values stay in the database: of thousands of chargers a page needs a few fields each.

    flushes: of what is read here and may not be written yet."""

    def __init__(self, db: DbConnection, *flushes: Callable[[], None]) -> None:
        self._db = db
        self._flushes = flushes

    def bays(self, operator_id: OperatorId) -> Sequence[BayCount]:
        self._flush()
        return [_alike(*row) for row in self._db.connection.execute(_BAYS, {"of": operator_id})]

    def chargers(self, operator_id: OperatorId) -> Sequence[ChargerSummary]:
        self._flush()
        return [
            ChargerSummary(charger_id, site_id, Approval(approval), *said)
            for charger_id, site_id, approval, *said in self._db.rows(_BRIEFS, operator_id)
        ]

    def _flush(self) -> None:
        for flush in self._flushes:
            flush()


def _alike(site_id: SiteId, socket: str, connected: bool, charge: str | None, *of_bays: Any) -> BayCount:
    (stopped, promised, draws), labels, watts = of_bays
    state = PhaseState(charge) if charge else None
    return BayCount(site_id, ConnectorState(socket), connected, state, stopped, promised, draws, tuple(labels), int(watts))
