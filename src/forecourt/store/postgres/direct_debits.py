"""Drivers' mandates, and the files with which banks collect."""

from collections.abc import Callable, Collection, Mapping, Sequence
from uuid import UUID

from forecourt.billing import AccountStatement
from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import DriverId, OperatorId, PaymentId
from forecourt.payments import WRITTEN_OFF, Mandate
from forecourt.settlement import CollectedStatement, CollectionFile
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_MANDATES = Table(
    "mandates",
    (("operator_id", "uuid"), ("mandate_id", "uuid"), ("driver_id", "uuid"), ("number", "text"), ("ended_on", "date"), ("data", "jsonb")),
    ("mandate_id",),
)
_FILES = Table(
    "collection_files",
    (
        ("operator_id", "uuid"),
        ("file_id", "uuid"),
        ("number", "text"),
        ("made_at", "timestamptz"),
        ("payments", "uuid[]"),
        ("data", "jsonb"),
    ),
    ("file_id",),
)
_MANDATE, _FILE = Codec[Mandate](Mandate), Codec[CollectionFile](CollectionFile)
_STATEMENT = Codec[AccountStatement](AccountStatement)
_PAGED = PagedQuery(ListOrders.COLLECTIONS, ("made_at", "file_id"))
# Of a statement `s`, in minor units: what is unpaid, including what is owed beside it (`DunningCase.beside`), before later deductions.
_LACKING = """(s.data #>> '{due,minor}')::bigint
    - (SELECT coalesce(sum((p.data #>> '{state,amount,minor}')::bigint), 0) FROM payments p
        WHERE p.document_id = s.statement_id AND p.state = 'Captured')
    + coalesce((SELECT coalesce((k.data #>> '{reclaimed,minor}')::bigint, 0) + coalesce((SELECT sum((n #>> '{fee,minor}')::bigint)
        FROM jsonb_array_elements(k.data->'notices') AS n WHERE k.data->>'outcome' IS DISTINCT FROM 'credited'), 0)
        FROM dunning_cases k WHERE k.document_id = s.statement_id), 0)"""
# Credit notes on it now: those it was issued with are already in its sum, and would count twice.
TAKEN_OFF = """(s.data #>> '{due,minor}')::bigint
    - (SELECT sum(CASE d.kind WHEN 'CREDIT_NOTE' THEN -d.due_minor ELSE d.due_minor END)
        FROM account_statement_lines l JOIN documents d USING (document_id) WHERE l.statement_id = s.statement_id)
    - (SELECT coalesce(sum(p.minor), 0) FROM account_credit_parts p JOIN account_statement_lines l ON l.document_id = p.note_id
        WHERE l.statement_id = s.statement_id)
    + (SELECT coalesce(sum(p.minor), 0) FROM account_credit_parts p WHERE p.statement_id = s.statement_id)"""
# Of a statement `s`: no one is asked to pay it, and less has been paid than is due by now.
LACKS = f"""NOT EXISTS (SELECT FROM payments p WHERE p.document_id = s.statement_id AND p.open)
    AND CASE WHEN {_LACKING} > 0 THEN {_LACKING} > {TAKEN_OFF} ELSE false END"""
_OPEN = f"""SELECT data FROM account_statements s
WHERE operator_id = %s AND driver_id IN (SELECT driver_id FROM mandates WHERE operator_id = %s AND ended_on IS NULL)
    AND {LACKS}
    AND NOT EXISTS (SELECT FROM dunning_cases k WHERE k.document_id = s.statement_id AND k.data->>'outcome' = %s)
ORDER BY issued_at, number LIMIT %s"""  # noqa: S608


class DirectDebits:
    def __init__(self, db: DbConnection, flush_payments: Callable[[], None], flush_cases: Callable[[], None]) -> None:
        self._db, self._flush_payments, self._flush_cases = db, flush_payments, flush_cases
        self._mandates: IdentityMap[UUID, Mandate] = IdentityMap(db, _MANDATES, _MANDATE, lambda one: one.id, _mandate_record)
        self._files: IdentityMap[UUID, CollectionFile] = IdentityMap(db, _FILES, _FILE, lambda one: one.id, _file_record)

    def put_mandate(self, mandate: Mandate) -> None:
        self._mandates.put(mandate)

    def mandates_of(self, driver_id: DriverId) -> Sequence[Mandate]:
        return self._mandates.find("driver_id = %s ORDER BY number DESC", driver_id)

    def active_mandates(self, operator_id: OperatorId) -> Sequence[Mandate]:
        return self._mandates.find("operator_id = %s AND ended_on IS NULL ORDER BY number", operator_id)

    def mandate(self, operator_id: OperatorId, number: str) -> Mandate | None:
        return self._mandates.first("operator_id = %s AND number = %s FOR NO KEY UPDATE", operator_id, number)

    def open_statements(self, operator_id: OperatorId, limit: int) -> Sequence[AccountStatement]:
        self._mandates.flush()
        self._flush_payments()
        self._flush_cases()
        return [_STATEMENT.read(data) for (data,) in self._db.rows(_OPEN, operator_id, operator_id, WRITTEN_OFF, limit)]

    def put_file(self, file: CollectionFile) -> None:
        self._files.put(file)

    def file(self, operator_id: OperatorId, number: str) -> CollectionFile | None:
        return self._files.first("operator_id = %s AND number = %s", operator_id, number)

    def file_of(self, operator_id: OperatorId, file_id: UUID) -> CollectionFile | None:
        return self._files.first("operator_id = %s AND file_id = %s", operator_id, file_id)

    def files(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[CollectionFile]:
        return _PAGED.page(self._files.find, request, "operator_id = %s", operator_id)

    def collected_of(self, operator_id: OperatorId, payment_ids: Collection[PaymentId]) -> Sequence[CollectedStatement]:
        found = self.files_with(operator_id, wanted := set(payment_ids))
        return [one for file in found for one in file.collected if one.payment_id in wanted]

    def files_with(self, operator_id: OperatorId, payment_ids: Collection[PaymentId]) -> Sequence[CollectionFile]:
        return self._files.find("operator_id = %s AND payments && %s::uuid[] ORDER BY made_at, file_id", operator_id, list(payment_ids))

    def open_debit_counts(self, files: Collection[CollectionFile]) -> Mapping[UUID, int]:
        self._flush_payments()
        payment_ids = {one.payment_id for file in files for one in file.collected}
        rows = self._db.rows("SELECT payment_id FROM payments WHERE payment_id = ANY(%s) AND open", list(payment_ids))
        still_open = {payment_id for (payment_id,) in rows}
        return {file.id: sum(one.payment_id in still_open for one in file.collected) for file in files}

    def flush(self) -> None:
        self._mandates.flush()
        self._files.flush()


def _mandate_record(one: Mandate) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "mandate_id": one.id,
        "driver_id": one.driver_id,
        "number": one.number,
        "ended_on": one.ended_on,
    }


def _file_record(one: CollectionFile) -> dict[str, object]:
    payment_ids = [each.payment_id for each in one.collected]
    return {"operator_id": one.operator_id, "file_id": one.id, "number": one.number, "made_at": one.made_at, "payments": payment_ids}
