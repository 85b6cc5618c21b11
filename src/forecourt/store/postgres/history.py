"""The history of chargers and its totals: time ranges are cut, joined and summed by PostgreSQL."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from forecourt.flows.ports import BayUptime, Closure
from forecourt.kernel import ChargerId, OperatorId, Span
from forecourt.stations import BEGUN_WITHIN, SHORTEST_OUTAGE_S, Incident, IncidentKind, Site, Uptime
from forecourt.store.codec import Codec, json_bytes
from forecourt.store.postgres.db_connection import DbConnection, Table

_HISTORY = Table(
    "charger_history",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("charger_id", "text"),
        ("number", "integer"),
        ("what", "text"),
        ("since", "timestamptz"),
        ("until", "timestamptz"),
        ("error", "text"),
    ),
    ("operator_id", "site_id", "charger_id", "number", "what", "since"),
)
_PAST_SITES = Table(
    "past_sites",
    (("operator_id", "uuid"), ("site_id", "uuid"), ("until", "timestamptz"), ("data", "jsonb")),
    ("operator_id", "site_id", "until"),
)
_SITE = Codec[Site](Site)
# Past periods, current ones of chargers, and current ones of their sockets; of one charger, or of all if %(charger)s is NULL. Up to the
# exact end of a span, so that a trouble that turns into another there is not mistaken for repaired.
_SOCKET_SINCE = "coalesce(s.data->>'since', s.data->>'at')::timestamptz"
_TROUBLES = f"""SELECT operator_id, site_id, charger_id, number, what, error, since, until FROM charger_history
    WHERE operator_id = %(of)s AND until >= %(seen)s AND since <= %(end)s AND (%(charger)s::text IS NULL OR charger_id = %(charger)s)
UNION ALL SELECT operator_id, site_id, charger_id, 0, 'OFFLINE', '', (data #>> '{{contact,since}}')::timestamptz, NULL
FROM chargers WHERE operator_id = %(of)s AND site_id IS NOT NULL AND approval = 'APPROVED'
    AND NOT coalesce((data->>'connected')::boolean, false) AND data #>> '{{contact,watched}}' IS NOT NULL
    AND (data #>> '{{contact,since}}')::timestamptz <= %(end)s AND (%(charger)s::text IS NULL OR charger_id = %(charger)s)
UNION ALL SELECT s.operator_id, s.site_id, e.charger_id, e.number, s.state, coalesce(s.data->>'error', ''), {_SOCKET_SINCE}, NULL
FROM sockets s JOIN evses e USING (evse_id)
WHERE s.operator_id = %(of)s AND s.state IN ('FAULTED', 'UNAVAILABLE') AND e.data->>'retired_at' IS NULL AND {_SOCKET_SINCE} <= %(end)s
    AND (%(charger)s::text IS NULL OR e.charger_id = %(charger)s)"""  # noqa: S608


def _seconds(ranges: str) -> str:
    """The ranges are in a subquery: in FROM itself they would be materialised first, which takes twice as long."""
    summed = f"SELECT round(extract(epoch FROM sum(upper(r) - lower(r)))) FROM (SELECT unnest({ranges}) AS r) AS each_one"  # noqa: S608
    return f"coalesce(({summed}), 0)::bigint"


def _of_both(trouble: str) -> str:
    """Of the socket itself, and of the whole charger."""
    return f"coalesce(own.{trouble}, '{{}}') + coalesce(whole.{trouble}, '{{}}') AS {trouble}"


# Durations are in whole seconds, so half a second or more is rounded up.
_SHORTEST = f"make_interval(secs => {SHORTEST_OUTAGE_S} - 0.5)"
# watched: how long a bay's history was recorded; served: the part when it was meant to be in service. An outage keeps a bay out of service
# without a break for at least a minute; time while it is closed does not count.
_UPTIMES = f"""WITH shut AS MATERIALIZED (SELECT site_id, label, range_agg(tstzrange(since, until)) AS spans
        FROM json_to_recordset(%(shut)s::json) AS x (site_id uuid, label text, since timestamptz, until timestamptz) GROUP BY 1, 2),
    begun AS MATERIALIZED (SELECT e.site_id, e.charger_id, e.number, e.evse_id, e.data->>'label' AS label,
            CASE WHEN c.data #>> '{{contact,watched}}' IS NOT NULL THEN
                greatest(%(start)s, (c.data #>> '{{contact,watched}}')::timestamptz, uuid_extract_timestamp(evse_id)) END AS since,
            least(%(end)s, (e.data->>'retired_at')::timestamptz) AS until
        FROM evses e JOIN chargers c USING (charger_id) WHERE e.operator_id = %(of)s
            AND (%(charger)s::text IS NULL OR e.charger_id = %(charger)s)
            AND ((e.data->>'retired_at')::timestamptz > %(start)s OR e.data->>'retired_at' IS NULL)),
    bays AS MATERIALIZED (SELECT begun.*, watched, closed, watched - closed AS served
        FROM begun LEFT JOIN shut whole ON whole.site_id = begun.site_id AND whole.label = ''
            LEFT JOIN shut own ON own.site_id = begun.site_id AND own.label = begun.label,
            LATERAL (SELECT coalesce(whole.spans, '{{}}') + coalesce(own.spans, '{{}}') AS closed,
                CASE WHEN since < until THEN tstzmultirange(tstzrange(since, until)) ELSE '{{}}' END AS watched) AS spans),
    troubles AS MATERIALIZED ({_TROUBLES}),
    down AS MATERIALIZED (SELECT charger_id, number,
            coalesce(range_agg(tstzrange(since, until)) FILTER (WHERE what = 'OFFLINE'), '{{}}') AS offline,
            coalesce(range_agg(tstzrange(since, until)) FILTER (WHERE what = 'FAULTED'), '{{}}') AS faulted,
            coalesce(range_agg(tstzrange(since, until)) FILTER (WHERE what = 'UNAVAILABLE'), '{{}}') AS unavailable,
            count(*) FILTER (WHERE what = 'NO_START' AND since >= %(start)s AND since < %(end)s) AS no_starts
        FROM troubles GROUP BY charger_id, number),
    charges AS MATERIALIZED (SELECT evse_id, count(*) AS charges,
            count(*) FILTER (WHERE energy_wh = 0 AND data->>'token' IS NOT NULL) AS empty FROM charge_records
        WHERE operator_id = %(of)s AND (%(charger)s::text IS NULL OR charger_id = %(charger)s)
            AND ended_at >= %(start)s AND ended_at < %(end)s GROUP BY evse_id),
    broken AS MATERIALIZED (SELECT evse_id, count(*) AS broken FROM charge_records
        WHERE operator_id = %(of)s AND (%(charger)s::text IS NULL OR charger_id = %(charger)s)
            AND ended_at >= %(start)s AND ended_at < %(end)s
            AND data->>'reason' IN ('FAULT', 'POWER_LOSS', 'EMERGENCY', 'REBOOT') GROUP BY evse_id)
SELECT bays.site_id, bays.charger_id, bays.evse_id, bays.label, lower(watched), {_seconds("served")}, {_seconds("watched - served")},
    {_seconds("down.offline * served")}, {_seconds("down.faulted * served - down.offline")},
    {_seconds("down.unavailable * served - down.offline - down.faulted")},
    coalesce(ends.outages, 0), coalesce(ends.repaired, 0), coalesce(ends.repair_s, 0),
    coalesce(own.no_starts, 0) + coalesce(whole.no_starts, 0), coalesce(charges, 0), coalesce(empty, 0), coalesce(broken, 0)
FROM bays LEFT JOIN down own USING (charger_id, number)
    LEFT JOIN down whole ON whole.charger_id = bays.charger_id AND whole.number = 0 AND bays.number > 0
    LEFT JOIN charges USING (evse_id) LEFT JOIN broken USING (evse_id),
    LATERAL (SELECT {_of_both("offline")}, {_of_both("faulted")}, {_of_both("unavailable")}) AS down,
    LATERAL (SELECT count(*) FILTER (WHERE lower(r) >= %(start)s) AS outages, count(*) FILTER (WHERE upper(r) <= %(end)s) AS repaired,
        round(extract(epoch FROM sum(upper(r) - lower(r)) FILTER (WHERE upper(r) <= %(end)s)))::bigint AS repair_s
        FROM (SELECT unnest(down.offline + down.faulted + (down.unavailable - closed)) AS r) AS each_end
        WHERE CASE WHEN served @> r THEN upper(r) - lower(r) >= {_SHORTEST}
            ELSE served && r AND {_seconds("tstzmultirange(r) * served")} >= {SHORTEST_OUTAGE_S} END) AS ends
ORDER BY bays.site_id, bays.charger_id, bays.number"""  # noqa: S608
_ERRORS = f"""SELECT error, count(*) FROM ({_TROUBLES}) AS trouble WHERE what = 'FAULTED' AND since >= %(start)s AND since < %(end)s
GROUP BY error ORDER BY 2 DESC, error LIMIT %(limit)s"""  # noqa: S608


class History:
    """flushes: of what is read here and may not be written yet."""

    def __init__(self, db: DbConnection, *flushes: Callable[[], None]) -> None:
        self._db = db
        self._flushes = flushes
        self._added: list[dict[str, object]] = []

    def add(self, past: Incident) -> None:
        self._added.append({name: getattr(past, name) for name, _ in _HISTORY.types})

    def flush(self) -> None:
        added, self._added = self._added, []
        self._db.write(f"{_HISTORY.insert()} ON CONFLICT DO NOTHING", added)

    def of_charger(self, charger_id: ChargerId, span: Span) -> Sequence[Incident]:
        of = self._db.one("SELECT operator_id FROM chargers WHERE charger_id = %s", charger_id)
        rows = self._ask(f"{_TROUBLES} ORDER BY since, number, what", of[0] if of else None, span, charger=charger_id)
        return [
            Incident(of, site, charger, number, IncidentKind(what), since, until, error)
            for of, site, charger, number, what, error, since, until in rows
        ]

    def uptimes(
        self, operator_id: OperatorId, span: Span, shut: Sequence[Closure], charger_id: ChargerId | None = None
    ) -> Sequence[BayUptime]:
        closures = [{"site_id": one.site_id, "label": one.label, "since": one.span.start, "until": one.span.end} for one in shut]
        seen = span.start - BEGUN_WITHIN
        rows = self._ask(_UPTIMES, operator_id, span, seen=seen, charger=charger_id, shut=json_bytes(closures).decode())
        return [BayUptime(site, charger, evse, label, since, Uptime(*map(int, sums))) for site, charger, evse, label, since, *sums in rows]

    def errors(self, operator_id: OperatorId, span: Span, limit: int, charger_id: ChargerId | None = None) -> Sequence[tuple[str, int]]:
        return [(error, count) for error, count in self._ask(_ERRORS, operator_id, span, charger=charger_id, limit=limit)]

    def put_past_site(self, site: Site, until: datetime) -> None:
        record = {"operator_id": site.operator_id, "site_id": site.id, "until": until, "data": _SITE.pack(site)}
        self._db.write(f"{_PAST_SITES.insert()} ON CONFLICT DO NOTHING", [record])

    def past_sites(self, operator_id: OperatorId, since: datetime) -> Sequence[tuple[datetime, Site]]:
        query = "SELECT until, data FROM past_sites WHERE operator_id = %s AND until > %s ORDER BY until, site_id"
        return [(until, _SITE.read(data)) for until, data in self._db.rows(query, operator_id, since)]

    def _ask(self, query: str, of: OperatorId | None, span: Span, **more: object) -> list[tuple[Any, ...]]:
        for flush in (*self._flushes, self.flush):
            flush()
        parameters = {"of": of, "start": span.start, "seen": span.start, "end": span.end, "charger": None, **more}
        return self._db.connection.execute(query, parameters).fetchall()
