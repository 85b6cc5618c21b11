"""Power plans, and the current grants of each EVSE."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime

from forecourt.flows.ports import Grant, PowerDay, PowerPlan
from forecourt.kernel import ChargerId, EvseId, SiteId, Span
from forecourt.planning import EnergyCosts, SiteStays
from forecourt.stations import AcceptanceTest, ConnectorState, SiteAllowances
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.stations import Stations

_PLANS = Table(
    "plans",
    (("operator_id", "uuid"), ("site_id", "uuid"), ("number", "bigint"), ("made_at", "timestamptz"), ("data", "jsonb")),
    (),
)
_GRANTS = Table("grants", (("operator_id", "uuid"), ("site_id", "uuid"), ("evse_id", "uuid"), ("data", "jsonb")), ("evse_id",))
_COSTS = Table("energy_costs", (("operator_id", "uuid"), ("site_id", "uuid"), ("data", "jsonb")), ("operator_id", "site_id"))
_ALLOWANCES = Table("site_allowances", (("operator_id", "uuid"), ("site_id", "uuid"), ("data", "jsonb")), ("operator_id", "site_id"))
_TESTS = Table(
    "acceptance_tests",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("evse_id", "uuid"),
        ("test_id", "uuid"),
        ("ended_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("test_id",),
)
_TEST = Codec[AcceptanceTest](AcceptanceTest)
_STAYS = Table("site_stays", (("operator_id", "uuid"), ("site_id", "uuid"), ("data", "jsonb")), ("operator_id", "site_id"))
_DAYS = Table(
    "power_days", (("operator_id", "uuid"), ("site_id", "uuid"), ("day", "date"), ("data", "jsonb")), ("operator_id", "site_id", "day")
)
_PLAN = Codec[PowerPlan](PowerPlan)
_GRANT = Codec[Grant](Grant)
_ENERGY_COSTS_CODEC = Codec[EnergyCosts](EnergyCosts)
_DATA = "SELECT data FROM plans WHERE "
_UNHELD = (
    "SELECT DISTINCT evse.charger_id FROM evses evse LEFT JOIN grants USING (evse_id) WHERE evse.charger_id = ANY(%s)"
    " AND evse.data ->> 'retired_at' IS NULL AND grants.data ->> 'fallback_a' IS NULL"
)
_TO_PLAN = """SELECT site_id FROM sessions UNION SELECT site_id FROM site_allowances UNION SELECT site_id FROM sockets WHERE state = %s
UNION SELECT evses.site_id FROM evses JOIN chargers USING (charger_id) LEFT JOIN grants USING (evse_id)
WHERE evses.data->>'retired_at' IS NULL AND (chargers.data->>'connected')::boolean AND grants.data->>'fallback_a' IS NULL"""
_GRANTS_AT = "site_id = %s"
_LATEST = "site_id = %s ORDER BY number DESC LIMIT 1"
_NEVER = "infinity"
_ALLOWED = (
    "SELECT made_at, watts FROM (SELECT number, made_at, watts, lag(watts) OVER each AS before, lag(number) OVER each IS NULL AS first"
    " FROM (SELECT number, made_at, (data ->> 'allowed_w')::bigint AS watts FROM plans"
    " WHERE site_id = %s AND made_at >= %s AND made_at < %s) AS made WINDOW each AS (ORDER BY number)) AS found"
    " WHERE first OR watts IS DISTINCT FROM before ORDER BY number"
)
_LATEST_OF_EACH = (
    "SELECT site.id, newest.data FROM unnest(%s::uuid[]) AS site(id),"
    " LATERAL (SELECT data FROM plans WHERE site_id = site.id ORDER BY number DESC LIMIT 1) AS newest"
)


class Plans:
    """Planners, couriers and the inbox's consumers all change grants: to change one, take the site's lock before reading it."""

    def __init__(self, db: DbConnection, stations: Stations, flush_sessions: Callable[[], None]) -> None:
        self._db, self._stations, self._flush_sessions = db, stations, flush_sessions
        self._grants: IdentityMap[EvseId, Grant] = IdentityMap(
            db,
            _GRANTS,
            _GRANT,
            lambda one: one.evse_id,
            lambda one: {"operator_id": one.operator_id, "site_id": one.site_id, "evse_id": one.evse_id},
        )
        self._costs: IdentityMap[SiteId, EnergyCosts] = IdentityMap(
            db,
            _COSTS,
            _ENERGY_COSTS_CODEC,
            lambda one: one.site_id,
            lambda one: {"operator_id": one.operator_id, "site_id": one.site_id},
        )
        self._allowances: IdentityMap[SiteId, SiteAllowances] = IdentityMap(
            db,
            _ALLOWANCES,
            Codec[SiteAllowances](SiteAllowances),
            lambda one: one.site_id,
            lambda one: {"operator_id": one.operator_id, "site_id": one.site_id},
        )
        self._stays: IdentityMap[SiteId, SiteStays] = IdentityMap(
            db,
            _STAYS,
            Codec[SiteStays](SiteStays),
            lambda one: one.site_id,
            lambda one: {"operator_id": one.operator_id, "site_id": one.site_id},
        )
        self._days: IdentityMap[tuple[SiteId, date], PowerDay] = IdentityMap(
            db,
            _DAYS,
            Codec[PowerDay](PowerDay),
            lambda one: (one.site_id, one.day),
            lambda one: {"operator_id": one.operator_id, "site_id": one.site_id, "day": one.day},
        )
        self._plans: list[PowerPlan] = []
        self._locked: set[SiteId] = set()
        self._complete: set[SiteId] = set()
        self._unheld: dict[ChargerId, bool] = {}

    def lock_site(self, site_id: SiteId) -> None:
        if site_id not in self._locked:
            self._db.lock("site", site_id)
            self._locked.add(site_id)
            self._grants.forget()
            self._complete.clear()  # of sites locked before, too
            self._costs.forget()
            self._allowances.forget()
            self._unheld.clear()

    def sites_to_plan(self) -> Collection[SiteId]:
        for flush in (self._stations.flush, self._flush_sessions, self.flush):
            flush()
        return {SiteId(site_id) for (site_id,) in self._db.rows(_TO_PLAN, ConnectorState.OCCUPIED.value)}

    def latest(self, site_id: SiteId) -> PowerPlan | None:
        found = self._find(_LATEST, site_id)
        return found[0] if found else None

    def prefetch_sites(self, site_ids: Sequence[SiteId]) -> None:
        self._db.prefetch_each((_LATEST_OF_EACH, (list(site_ids),)), lambda one: (_DATA + _LATEST, (one,)), site_ids)

    def since(self, site_id: SiteId, at: datetime, until: datetime | None = None) -> Sequence[PowerPlan]:
        return self._find("site_id = %s AND made_at >= %s AND made_at < %s ORDER BY number", site_id, at, until or _NEVER)

    def allowed(self, site_id: SiteId, span: Span) -> Sequence[tuple[datetime, int | None]]:
        self.flush()
        return [(made_at, watts) for made_at, watts in self._db.rows(_ALLOWED, site_id, span.start, span.end)]

    def put(self, plan: PowerPlan) -> None:
        self._plans.append(plan)

    def grants(self, site_id: SiteId) -> Mapping[EvseId, Grant]:
        if site_id in self._complete:
            return {evse_id: one for evse_id, one in self._grants.known.items() if one.site_id == site_id}
        found = self._grants.find(_GRANTS_AT, site_id)
        if site_id in self._locked:
            self._complete.add(site_id)
        return {one.evse_id: one for one in found}

    def grants_queries(self, site_id: SiteId) -> list[DbQuery]:
        """The queries that `grants` runs."""
        return [] if site_id in self._complete else [self._grants.find_query(_GRANTS_AT, site_id)]

    def grant(self, evse_id: EvseId) -> Grant | None:
        site_id = self._stations.evse(evse_id).site_id
        self.lock_site(site_id)
        return self.grants(site_id).get(evse_id)

    def unheld_query(self, charger_ids: Sequence[ChargerId]) -> DbQuery:
        """The query that `preload_unheld` runs."""
        self._grants.flush()
        return _UNHELD, (list(charger_ids),)

    def preload_unheld(self, charger_ids: Sequence[ChargerId]) -> None:
        query, parameters = self.unheld_query(charger_ids)
        found = {charger_id for (charger_id,) in self._db.rows(query, *parameters)}
        self._unheld |= {one: one in found for one in charger_ids}

    def lacks_fallback(self, charger_id: ChargerId) -> bool:
        if charger_id not in self._unheld:
            self.preload_unheld([charger_id])
        return self._unheld[charger_id]

    def put_grant(self, grant: Grant) -> None:
        self._grants.put(grant)
        self._unheld.clear()

    def energy_costs(self, site_id: SiteId) -> EnergyCosts | None:
        return self._costs.get(site_id, "site_id = %s", site_id)

    def put_energy_costs(self, costs: EnergyCosts) -> None:
        self._costs.put(costs)

    def allowances(self, site_id: SiteId) -> SiteAllowances | None:
        return self._allowances.get(site_id, "site_id = %s", site_id)

    def put_allowances(self, allowances: SiteAllowances) -> None:
        self._allowances.put(allowances)

    def open_test(self, evse_id: EvseId) -> AcceptanceTest | None:
        return next(iter(self._find_tests("evse_id = %s AND ended_at IS NULL", evse_id)), None)

    def open_tests(self, site_id: SiteId) -> Sequence[AcceptanceTest]:
        return self._find_tests("site_id = %s AND ended_at IS NULL ORDER BY test_id", site_id)

    def tests_of(self, evse_id: EvseId, limit: int = 10) -> Sequence[AcceptanceTest]:
        return self._find_tests("evse_id = %s ORDER BY test_id DESC LIMIT %s", evse_id, limit)

    def put_test(self, test: AcceptanceTest) -> None:
        record = {name: getattr(test, name) for name in ("operator_id", "site_id", "evse_id", "ended_at")}
        self._db.write(_TESTS.upsert(), [{**record, "test_id": test.id, "data": _TEST.pack(test)}])

    def _find_tests(self, where: str, *parameters: object) -> list[AcceptanceTest]:
        return [_TEST.read(data) for (data,) in self._db.rows(f"SELECT data FROM acceptance_tests WHERE {where}", *parameters)]  # noqa: S608

    def stays(self, site_id: SiteId) -> SiteStays | None:
        return self._stays.get(site_id, "site_id = %s", site_id)

    def put_stays(self, stays: SiteStays) -> None:
        self._stays.put(stays)

    def days(self, site_id: SiteId, first: date) -> Sequence[PowerDay]:
        return self._days.find("site_id = %s AND day >= %s ORDER BY day", site_id, first)

    def put_day(self, day: PowerDay) -> None:
        self._days.put(day)

    def flush(self) -> None:
        self._stays.flush()
        self._days.flush()
        self._grants.flush()
        self._costs.flush()
        self._allowances.flush()
        if self._plans:
            plans, self._plans = self._plans, []
            records = [
                {
                    "operator_id": one.operator_id,
                    "site_id": one.site_id,
                    "number": one.number,
                    "made_at": one.made_at,
                    "data": _PLAN.pack(one),
                }
                for one in plans
            ]
            self._db.write(_PLANS.insert(), records)

    def _find(self, where: str, *parameters: object) -> list[PowerPlan]:
        self.flush()
        return [_PLAN.read(data) for (data,) in self._db.rows(_DATA + where, *parameters)]
