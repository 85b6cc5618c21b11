"""Open sessions, their meter points, and the sealed records of ended ones."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from forecourt.flows.ports import FIRST_PAGE, UNBILLED_REASONS, ChargeSearch, ListOrders, ListPage, PageRequest
from forecourt.kernel import ChargerId, DriverId, EvseId, NotFound, OperatorId, SessionId, SiteId, Span
from forecourt.sessions import ChargeRecord, EndedCharge, MeterPoint, Session
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table
from forecourt.store.postgres.drivers import CALLED, within
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery
from forecourt.store.power import power_steps
from forecourt.tariffs import PhaseState

_SESSIONS = Table(
    "sessions",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("session_id", "uuid"),
        ("evse_id", "uuid"),
        ("charger_id", "text"),
        ("transaction", "text"),
        ("driver_id", "uuid"),
        ("state", "text"),
        ("started_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("operator_id", "site_id", "session_id"),
)
_RECORDS = Table(
    "charge_records",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("session_id", "uuid"),
        ("evse_id", "uuid"),
        ("charger_id", "text"),
        ("transaction", "text"),
        ("driver_id", "uuid"),
        ("started_at", "timestamptz"),
        ("ended_at", "timestamptz"),
        ("energy_wh", "bigint"),
        ("held", "boolean"),
        ("data", "jsonb"),
    ),
    ("operator_id", "site_id", "session_id"),
)
_SESSION = Codec[Session](Session)
_OPENED_AT = "operator_id = %s AND site_id = %s"
_OPEN_AT = "site_id = %s ORDER BY started_at, session_id"
_RECORD = Codec[ChargeRecord](ChargeRecord)
_HERE = "operator_id = (SELECT operator_id FROM sites WHERE site_id = %s) AND site_id = %s"
_WITHIN = """operator_id = %s AND ended_at >= coalesce(%s, '-infinity'::timestamptz)
AND ended_at < coalesce(%s, 'infinity'::timestamptz)"""
_OF_WHOM = f"""(strpos(lower(charger_id), lower(%s)) > 0
OR driver_id IN (SELECT driver_id FROM drivers WHERE operator_id = %s AND {CALLED})
OR driver_id IN (SELECT driver_id FROM tokens WHERE operator_id = %s AND uid = %s))"""  # noqa: S608
_UNBILLED = f"""(held OR driver_id IS NOT NULL OR energy_wh > 0)
AND NOT EXISTS (SELECT FROM documents WHERE documents.session_id = charge_records.session_id)
AND session_id::text NOT IN (SELECT coalesce(data->>'subject', '') FROM quarantine
    WHERE operator_id = %s AND code IN {UNBILLED_REASONS} GROUP BY 1 HAVING bool_and(cleared))"""  # noqa: S608
_PAGED = PagedQuery(ListOrders.CHARGES, ("ended_at", "session_id"))
_SUMMARY = Codec[EndedCharge](EndedCharge)
_COURSE = sorted({one.name for one in fields(ChargeRecord)} - {one.name for one in fields(EndedCharge)})
_POINTS = "COPY meter_points (operator_id, site_id, session_id, at, energy_wh, state, power_w, current_ma, soc_percent) FROM STDIN"
_POINT_COLUMNS = "session_id, at, energy_wh, state, power_w, current_ma, soc_percent"


def _point(row: tuple[Any, ...]) -> MeterPoint:
    session_id, at, energy_wh, state, power_w, current_ma, soc_percent = row
    return MeterPoint(session_id, at, energy_wh, PhaseState(state), power_w, current_ma, soc_percent)


def _session_record(one: Session) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "site_id": one.site_id,
        "session_id": one.id,
        "evse_id": one.evse_id,
        "charger_id": one.charger_id,
        "transaction": one.transaction,
        "driver_id": one.driver_id,
        "state": one.state,
        "started_at": one.started_at,
    }


def _ended_record(one: ChargeRecord) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "site_id": one.site_id,
        "session_id": one.session_id,
        "evse_id": one.evse_id,
        "charger_id": one.charger_id,
        "transaction": one.transaction,
        "driver_id": one.driver_id,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "energy_wh": one.energy_wh,
        "held": one.held,
    }


def _narrowed(wanted: ChargeSearch, where: str, operator_id: OperatorId, *known: object) -> tuple[str, list[object]]:
    """The conditions for a search of charges, running or ended."""
    parameters: list[object] = [operator_id, *known]
    for column, value in (("site_id", wanted.site_id), ("driver_id", wanted.driver_id)):
        if value is not None:
            where, parameters = f"{where} AND {column} = %s", [*parameters, value]
    if wanted.text:
        text = wanted.text
        where, parameters = f"{where} AND {_OF_WHOM}", [*parameters, text, operator_id, within(text), operator_id, text.upper()]
    return where, parameters


class Sessions:
    """flush_others: of what a search reads and may not be written yet."""

    def __init__(self, db: DbConnection, flush_others: Callable[[], None]) -> None:
        self._db, self._flush_others = db, flush_others
        self._open: IdentityMap[SessionId, Session] = IdentityMap(db, _SESSIONS, _SESSION, lambda one: one.id, _session_record)
        self._ended: IdentityMap[SessionId, ChargeRecord] = IdentityMap(db, _RECORDS, _RECORD, lambda one: one.session_id, _ended_record)
        self._points: list[MeterPoint] = []
        self._gone: dict[SessionId, ChargeRecord] = {}
        self._ending: set[SessionId] = set()
        # What `preload` has read completely: no need to ask the database whether there is another.
        self._warm_sites: set[SiteId] = set()
        self._warm_evses: set[EvseId] = set()
        self._warm_chargers: set[ChargerId] = set()
        self._by_transaction: dict[tuple[ChargerId, str], SessionId] = {}
        self._records_for: dict[tuple[ChargerId, str], ChargeRecord | None] = {}

    def session(self, session_id: SessionId) -> Session | None:
        if session_id in self._gone:
            return None
        return self._open.get(session_id, "session_id = %s", session_id)

    def open_on(self, evse_id: EvseId) -> Session | None:
        if evse_id in self._warm_evses:
            return max((one for one in self._open.known.values() if one.evse_id == evse_id), key=lambda one: one.started_at, default=None)
        self._flush_ends()
        return self._open.first("evse_id = %s ORDER BY started_at DESC LIMIT 1", evse_id)

    def open_for(self, charger_id: ChargerId, transaction: str) -> Session | None:
        known = self._by_transaction.get((charger_id, transaction))
        if known is not None and known in self._open.known:
            return self._open.known[known]
        if charger_id in self._warm_chargers:
            return None
        self._flush_ends()
        return self._open.first("charger_id = %s AND transaction = %s", charger_id, transaction)

    def open_at(self, site_id: SiteId) -> Sequence[Session]:
        if site_id in self._warm_sites:
            at_site = [one for one in self._open.known.values() if one.site_id == site_id]
            return sorted(at_site, key=lambda one: (one.started_at, one.id))
        self._flush_ends()
        return self._open.find(_OPEN_AT, site_id)

    def running(self, operator_id: OperatorId, wanted: ChargeSearch, skip: int = 0, limit: int = 50) -> Sequence[Session]:
        if wanted.until is not None or wanted.unbilled:
            return []
        self._flush_ends()
        self._flush_others()
        where, known = _narrowed(wanted, "operator_id = %s", operator_id)
        return self._open.find(f"{where} ORDER BY started_at DESC, session_id DESC LIMIT %s OFFSET %s", *known, limit, skip)

    def pool_queries(self, site_id: SiteId) -> list[DbQuery]:
        if site_id in self._warm_sites:
            return []
        self._flush_ends()
        return [self._open.find_query(_OPEN_AT, site_id)]

    def prefetch_sites(self, site_ids: Sequence[SiteId]) -> None:
        self._flush_ends()
        query = "SELECT site_id, data FROM sessions WHERE site_id = ANY(%s) ORDER BY started_at, session_id"
        self._db.prefetch_each((query, (list(site_ids),)), lambda one: self._open.find_query(_OPEN_AT, one), site_ids)

    def open_of(self, driver_id: DriverId) -> Sequence[Session]:
        self._flush_ends()
        return self._open.find("driver_id = %s ORDER BY started_at, session_id", driver_id)

    def put(self, session: Session) -> None:
        self._gone.pop(session.id, None)
        self._by_transaction[session.charger_id, session.transaction] = session.id
        self._open.put(session)

    def add_points(self, points: Sequence[MeterPoint]) -> None:
        self._points.extend(points)

    def points(self, session_id: SessionId) -> Sequence[MeterPoint]:
        owner = self._owner(session_id)
        if owner is None:
            return []
        pending = [one for one in self._points if one.session_id == session_id]
        rows = self._db.rows(
            f"SELECT {_POINT_COLUMNS} FROM meter_points WHERE operator_id = %s AND site_id = %s AND session_id = %s ORDER BY at, id",  # noqa: S608
            *owner,
            session_id,
        )
        stored = [_point(row) for row in rows]
        return sorted([*stored, *pending], key=lambda one: one.at)

    def site_power(self, site_id: SiteId, span: Span, step_s: int) -> Sequence[tuple[datetime, int]]:
        self.flush()
        rows = self._db.rows(
            f"""SELECT {_POINT_COLUMNS} FROM meter_points JOIN (
                SELECT operator_id, site_id, session_id FROM sessions WHERE site_id = %s AND started_at < %s
                UNION ALL SELECT operator_id, site_id, session_id FROM charge_records
                WHERE operator_id = (SELECT operator_id FROM sites WHERE site_id = %s) AND site_id = %s
                    AND ended_at > %s AND started_at < %s
            ) AS there USING (operator_id, site_id, session_id) ORDER BY session_id, at, id""",  # noqa: S608
            site_id,
            span.end,
            site_id,
            site_id,
            span.start,
            span.end,
        )
        traces: dict[SessionId, list[MeterPoint]] = {}
        for row in rows:
            traces.setdefault(row[0], []).append(_point(row))
        return power_steps(traces.values(), span, step_s)

    def end(self, record: ChargeRecord) -> None:
        self._gone[record.session_id] = record
        self._ending.add(record.session_id)
        self._open.discard(record.session_id)
        self._records_for[record.charger_id, record.transaction] = record
        self._ended.put(record)

    def record(self, session_id: SessionId) -> ChargeRecord | None:
        return self._ended.get(session_id, "session_id = %s", session_id)

    def prefetch_records(self, session_ids: Collection[SessionId]) -> None:
        self._ended.find("session_id = ANY(%s)", list(session_ids))

    def record_for(self, charger_id: ChargerId, transaction: str) -> ChargeRecord | None:
        key = (charger_id, transaction)
        if key not in self._records_for:
            where = "charger_id = %s AND transaction = %s ORDER BY started_at DESC LIMIT 1"
            self._records_for[key] = self._ended.first(where, charger_id, transaction)
        return self._records_for[key]

    def records(self, site_id: SiteId, limit: int = 100) -> Sequence[ChargeRecord]:
        return self._ended.find(f"{_HERE} ORDER BY ended_at DESC, session_id DESC LIMIT %s", site_id, site_id, limit)

    def ended(self, site_id: SiteId, limit: int = 100) -> Sequence[EndedCharge]:
        return self._summaries(f"{_HERE} ORDER BY ended_at DESC, session_id DESC LIMIT %s", site_id, site_id, limit)

    def ended_within(self, site_id: SiteId, span: Span) -> Sequence[EndedCharge]:
        where = f"{_HERE} AND ended_at >= %s AND ended_at < %s ORDER BY ended_at, session_id"
        return self._summaries(where, site_id, site_id, span.start, span.end)

    def page(self, operator_id: OperatorId, wanted: ChargeSearch, request: PageRequest = FIRST_PAGE) -> ListPage[EndedCharge]:
        self._flush_others()
        where, known = _narrowed(wanted, _WITHIN, operator_id, wanted.since, wanted.until)
        if wanted.unbilled:
            where, known = f"{where} AND {_UNBILLED}", [*known, operator_id]
        return _PAGED.page(self._summaries, request, where, *known)

    def _summaries(self, where: str, *parameters: object) -> list[EndedCharge]:
        """The course of the charge stays in the database: it is nine tenths of the value."""
        self._ended.flush()
        query = f"SELECT data - %s::text[] FROM charge_records WHERE {where}"  # noqa: S608
        return [_SUMMARY.read(data) for (data,) in self._db.rows(query, _COURSE, *parameters)]

    def records_of(self, driver_id: DriverId, limit: int = 50) -> Sequence[ChargeRecord]:
        return self._ended.find("driver_id = %s ORDER BY ended_at DESC, session_id DESC LIMIT %s", driver_id, limit)

    def recent_drivers(self, site_id: SiteId, since: datetime, limit: int) -> Sequence[DriverId]:
        self._ended.flush()
        query = f"""SELECT driver_id FROM charge_records WHERE {_HERE} AND ended_at >= %s AND driver_id IS NOT NULL
            GROUP BY driver_id ORDER BY max(ended_at) DESC, driver_id DESC LIMIT %s"""  # noqa: S608
        return [DriverId(one) for (one,) in self._db.rows(query, site_id, site_id, since, limit)]

    def preload_query(self, operator_id: OperatorId, site_id: SiteId) -> DbQuery:
        """The first question that `preload` runs."""
        self._flush_ends()
        return self._open.find_query(_OPENED_AT, operator_id, site_id)

    def preload(
        self, operator_id: OperatorId, site_id: SiteId, evses: Sequence[tuple[EvseId, ChargerId]], wanted: set[tuple[ChargerId, str]]
    ) -> None:
        """Read the open sessions, and the records asked for, once. The caller must be the only writer of the site's sessions until the
        unit ends."""
        self._flush_ends()
        for session in self._open.find(_OPENED_AT, operator_id, site_id):
            self._by_transaction[session.charger_id, session.transaction] = session.id
        self._warm_sites.add(site_id)
        self._warm_evses.update(evse_id for evse_id, _ in evses)
        self._warm_chargers.update(charger_id for _, charger_id in evses)
        missing = wanted - self._by_transaction.keys() - self._records_for.keys()
        if missing:
            where = "(charger_id, transaction) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
            ended = self._ended.find(where, [one for one, _ in missing], [one for _, one in missing])
            self._records_for.update(dict.fromkeys(missing))
            for record in sorted(ended, key=lambda one: one.started_at):
                self._records_for[record.charger_id, record.transaction] = record

    def preload_chargers(self, charger_ids: Collection[ChargerId]) -> None:
        """Read what is open at many chargers at once, for units that only read."""
        self._flush_ends()
        for session in self._open.find("charger_id = ANY(%s)", list(charger_ids)):
            self._by_transaction[session.charger_id, session.transaction] = session.id
        self._warm_chargers.update(charger_ids)

    def flush(self) -> None:
        self.flush_points()
        self._flush_ends()
        self._open.flush()
        self._ended.flush()

    def flush_points(self) -> None:
        """Uses COPY, which cannot share a pipeline with other statements."""
        if self._points:
            points, self._points = self._points, []
            rows = [
                (
                    *self._must_own(one.session_id),
                    one.session_id,
                    one.at,
                    one.energy_wh,
                    one.state.value,
                    one.power_w,
                    one.current_ma,
                    one.soc_percent,
                )
                for one in points
            ]
            self._db.copy(_POINTS, rows)

    def _flush_ends(self) -> None:
        if self._ending:
            ending, self._ending = self._ending, set()
            self._db.run("DELETE FROM sessions WHERE session_id = ANY(%s)", list(ending))

    def _owner(self, session_id: SessionId) -> tuple[OperatorId, SiteId] | None:
        found = self._open.known.get(session_id) or self._gone.get(session_id) or self.session(session_id) or self.record(session_id)
        return (found.operator_id, found.site_id) if found else None

    def _must_own(self, session_id: SessionId) -> tuple[OperatorId, SiteId]:
        owner = self._owner(session_id)
        if owner is None:
            raise NotFound("session", f"Meter points belong to no session ({session_id}).")
        return owner
