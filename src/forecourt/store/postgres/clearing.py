"""The processor's clearing file: rows, findings, and how far it has been read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ClearingProgress, ListOrders, ListPage, PageRequest
from forecourt.kernel import Money, OperatorId, PaymentId
from forecourt.settlement import Finding, StoredRow
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_ROWS = Table(
    "clearing_rows",
    (
        ("row_id", "text"),
        ("operator_id", "uuid"),
        ("payment_id", "uuid"),
        ("payout", "text"),
        ("kind", "text"),
        ("currency", "text"),
        ("net_minor", "bigint"),
        ("at", "timestamptz"),
        ("booked", "boolean"),
        ("data", "jsonb"),
    ),
    ("row_id",),
)
_FINDINGS = Table(
    "clearing_findings",
    (
        ("finding_id", "uuid"),
        ("operator_id", "uuid"),
        ("payment_id", "uuid"),
        ("open", "boolean"),
        ("found_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("finding_id",),
)
_READING = Table("clearing_reading", (("only_row", "boolean"), ("data", "jsonb")), ("only_row",))
_ROW, _FINDING, _READ = Codec[StoredRow](StoredRow), Codec[Finding](Finding), Codec[ClearingProgress](ClearingProgress)
_PAGED = PagedQuery(ListOrders.FINDINGS, ("open", "found_at", "finding_id"))
_MINE = "(operator_id IS NULL OR operator_id = %s)"
_BY_DAY = 'ORDER BY at, row_id COLLATE "C"'
_UNEVEN = """SELECT data, rows FROM (
    SELECT p.data, p.at, p.row_id, p.net_minor, coalesce((SELECT sum(r.net_minor) FROM clearing_rows r
        WHERE r.payout = p.payout AND r.payout <> '' AND r.row_id <> p.row_id AND r.currency = p.currency), 0) AS rows
    FROM clearing_rows p WHERE p.kind = 'PAYOUT' AND p.payout <> '' AND p.at >= %s) payouts
WHERE net_minor <> -rows ORDER BY at, row_id COLLATE "C" """


class Clearing:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._rows: IdentityMap[str, StoredRow] = IdentityMap(db, _ROWS, _ROW, lambda one: one.line.id, _row_record)
        self._findings: IdentityMap[UUID, Finding] = IdentityMap(db, _FINDINGS, _FINDING, lambda one: one.id, _finding_record)

    def rows(self, row_ids: Collection[str]) -> Mapping[str, StoredRow]:
        return {one.line.id: one for one in self._rows.find("row_id = ANY(%s)", list(row_ids))}

    def put_row(self, row: StoredRow) -> None:
        self._rows.put(row)

    def waiting(self, since: datetime) -> Sequence[StoredRow]:
        return self._rows.find(f"NOT booked AND at >= %s {_BY_DAY}", since)

    def rows_of_payment(self, payment_id: PaymentId) -> Sequence[StoredRow]:
        return self._rows.find(f"payment_id = %s {_BY_DAY}", payment_id)

    def rows_of_payout(self, payout: str) -> Sequence[StoredRow]:
        return self._rows.find(f"payout = %s {_BY_DAY}", payout)

    def mismatched_payouts(self, since: datetime) -> Sequence[tuple[StoredRow, Money]]:
        self._rows.flush()
        found = ((_ROW.read(data), int(rows)) for data, rows in self._db.rows(_UNEVEN, since))
        return [(payout, Money(rows, payout.line.gross.currency)) for payout, rows in found]

    def recent(self, operator_id: OperatorId, limit: int, before: tuple[datetime, str] | None = None) -> Sequence[StoredRow]:
        at, row_id = before or (None, "")
        where = f"""{_MINE} AND (%s::timestamptz IS NULL OR (at, row_id COLLATE "C") < (%s, %s))
            ORDER BY at DESC, row_id COLLATE "C" DESC LIMIT %s"""
        return self._rows.find(where, operator_id, at, at, row_id, limit)

    def lock_finding(self, finding_id: UUID) -> Finding | None:
        return self._findings.first("finding_id = %s FOR NO KEY UPDATE", finding_id)

    def put_finding(self, finding: Finding) -> None:
        self._findings.put(finding)

    def open_findings(self, operator_id: OperatorId | None = None) -> Sequence[Finding]:
        where = "open AND (%s::uuid IS NULL OR operator_id IS NULL OR operator_id = %s) ORDER BY found_at, finding_id"
        return self._findings.find(where, operator_id, operator_id)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Finding]:
        return _PAGED.page(self._findings.find, request, _MINE, operator_id)

    def findings_of_payment(self, payment_id: PaymentId) -> Sequence[Finding]:
        return self._findings.find("payment_id = %s ORDER BY found_at, finding_id", payment_id)

    def progress(self) -> ClearingProgress | None:
        found = self._db.one("SELECT data FROM clearing_reading")
        return _READ.read(found[0]) if found else None

    def put_progress(self, reading: ClearingProgress) -> None:
        self._db.write(_READING.upsert(), [{"only_row": True, "data": _READ.pack(reading)}])

    def flush(self) -> None:
        self._rows.flush()
        self._findings.flush()


def _row_record(one: StoredRow) -> dict[str, object]:
    line = one.line
    return {
        "row_id": line.id,
        "operator_id": one.operator_id,
        "payment_id": line.payment_id,
        "payout": line.payout,
        "kind": line.kind.value,
        "currency": line.gross.currency,
        "net_minor": line.net.minor,
        "at": line.at,
        "booked": one.booked,
    }


def _finding_record(one: Finding) -> dict[str, object]:
    doubt = one.doubt
    return {
        "finding_id": one.id,
        "operator_id": doubt.operator_id,
        "payment_id": doubt.payment_id,
        "open": one.open,
        "found_at": one.found_at,
    }
