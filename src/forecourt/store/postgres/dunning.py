"""Reminders for unpaid documents, and runs of long jobs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, Run
from forecourt.kernel import DocumentId, DriverId, OperatorId
from forecourt.payments import DunningCase, DunningRules
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.direct_debits import LACKS
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_RUNS = Table(
    "job_runs",
    (
        ("operator_id", "uuid"),
        ("run_id", "uuid"),
        ("kind", "text"),
        ("period", "text"),
        ("started_at", "timestamptz"),
        ("finished_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("operator_id", "run_id"),
)
_CASES = Table(
    "dunning_cases",
    (
        ("operator_id", "uuid"),
        ("document_id", "uuid"),
        ("driver_id", "uuid"),
        ("since", "timestamptz"),
        ("open", "boolean"),
        ("next_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("operator_id", "document_id"),
)
_RULES = Table("dunning_rules", (("operator_id", "uuid"), ("data", "jsonb")), ("operator_id",))
_RUNS_LISTED = PagedQuery(ListOrders.RUNS, ("started_at", "run_id"))
_CASES_LISTED = PagedQuery(ListOrders.CASES, ("open", "since", "document_id"))
_RUN, _CASE, _RULE = Codec[Run](Run), Codec[DunningCase](DunningCase), Codec[DunningRules](DunningRules)
_DUE = f"""SELECT document_id FROM (
    SELECT document_id FROM dunning_cases WHERE operator_id = %(operator)s AND next_at <= %(at)s
    UNION ALL
    SELECT document_id FROM documents d
    WHERE operator_id = %(operator)s AND kind = 'INVOICE' AND due_minor > 0
        AND issued_at + make_interval(days => coalesce((data #>> '{{content,parties,due_days}}')::int, %(due_days)s)) <= %(at)s
        AND NOT EXISTS (SELECT FROM payments p WHERE p.document_id = d.document_id AND (p.open OR p.state = 'Captured'))
        AND NOT EXISTS (SELECT FROM documents c WHERE c.corrects = d.document_id)
        AND NOT EXISTS (SELECT FROM dunning_cases k WHERE k.document_id = d.document_id)
        AND NOT EXISTS (SELECT FROM account_statement_lines l WHERE l.document_id = d.document_id)
        AND coalesce(d.data #>> '{{content,parties,pays_by}}', (SELECT r.data->>'pay_by' FROM drivers r WHERE r.driver_id = d.driver_id))
            IS DISTINCT FROM 'ACCOUNT'
    UNION ALL
    SELECT statement_id FROM account_statements s
    WHERE operator_id = %(operator)s
        AND issued_at + make_interval(days => coalesce((data #>> '{{parties,due_days}}')::int, %(due_days)s)) <= %(at)s
        AND {LACKS}
        AND NOT EXISTS (SELECT FROM dunning_cases k WHERE k.document_id = s.statement_id)
) AS wanted WHERE %(after)s::uuid IS NULL OR document_id > %(after)s ORDER BY document_id LIMIT %(limit)s"""  # noqa: S608


class Runs:
    def __init__(self, db: DbConnection) -> None:
        self._db = db

    def of_period(self, operator_id: OperatorId, kind: str, period: str) -> Run | None:
        return self._first("operator_id = %s AND kind = %s AND period = %s", operator_id, kind, period)

    def try_lock(self, run_id: UUID) -> Run | None:
        return self._first("run_id = %s FOR NO KEY UPDATE SKIP LOCKED", run_id)

    def put(self, run: Run) -> None:
        record = {
            "operator_id": run.operator_id,
            "run_id": run.id,
            "kind": run.kind,
            "period": run.period,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "data": _RUN.pack(run),
        }
        self._db.write(_RUNS.upsert(), [record])

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Run]:
        return _RUNS_LISTED.page(self._find, request, "operator_id = %s", operator_id)

    def last(self, operator_id: OperatorId, kind: str) -> Run | None:
        return self._first("operator_id = %s AND kind = %s ORDER BY started_at DESC, run_id DESC LIMIT 1", operator_id, kind)

    def _find(self, where: str, *parameters: object) -> list[Run]:
        return [_RUN.read(data) for (data,) in self._db.rows(f"SELECT data FROM job_runs WHERE {where}", *parameters)]  # noqa: S608

    def _first(self, where: str, *parameters: object) -> Run | None:
        found = self._find(where, *parameters)
        return found[0] if found else None


def _record(one: DunningCase) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "document_id": one.document_id,
        "driver_id": one.driver_id,
        "since": one.since,
        "open": one.open,
        "next_at": one.next_at,
    }


class Dunning:
    """flush_others: of what is read here and may not be written yet. touched: drivers whose debts were changed in this unit of work."""

    def __init__(self, db: DbConnection, flush_others: Callable[[], None]) -> None:
        self._db, self._flush_others = db, flush_others
        self.touched: set[DriverId] = set()
        self._map: IdentityMap[DocumentId, DunningCase] = IdentityMap(db, _CASES, _CASE, lambda one: one.document_id, _record)

    def rules(self, operator_id: OperatorId) -> DunningRules:
        found = self._db.one("SELECT data FROM dunning_rules WHERE operator_id = %s", operator_id)
        return _RULE.read(found[0]) if found else DunningRules()

    def put_rules(self, operator_id: OperatorId, rules: DunningRules) -> None:
        self._db.write(_RULES.upsert(), [{"operator_id": operator_id, "data": _RULE.pack(rules)}])

    def case(self, document_id: DocumentId) -> DunningCase | None:
        return self._map.get(document_id, "document_id = %s", document_id)

    def put(self, case: DunningCase) -> None:
        self.touched.add(case.driver_id)
        self._map.put(case)

    def of_driver(self, driver_id: DriverId) -> Sequence[DunningCase]:
        return self._map.find("driver_id = %s ORDER BY since, document_id", driver_id)

    def waiting(self, operator_id: OperatorId) -> Sequence[DunningCase]:
        return self._map.find("operator_id = %s AND open ORDER BY since, document_id", operator_id)

    def waiting_count(self, operator_id: OperatorId) -> int:
        self.flush()
        found = self._db.one("SELECT count(*) FROM dunning_cases WHERE operator_id = %s AND open", operator_id)
        return int(found[0]) if found else 0

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[DunningCase]:
        return _CASES_LISTED.page(self._map.find, request, "operator_id = %s", operator_id)

    def due(self, operator_id: OperatorId, at: datetime, due_days: int, after: UUID | None, limit: int) -> Sequence[DocumentId]:
        self.flush()
        self._flush_others()
        parameters = {"operator": operator_id, "at": at, "due_days": due_days, "after": after, "limit": limit}
        return [document_id for (document_id,) in self._db.connection.execute(_DUE, parameters).fetchall()]

    def flush(self) -> None:
        self._map.flush()
