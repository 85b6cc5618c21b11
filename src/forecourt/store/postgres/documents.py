"""Issued documents, their gapless numbers and their files."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.ports import FIRST_PAGE, DocumentFiles, DocumentSearch, ListOrders, ListPage, PageRequest, PaidState
from forecourt.kernel import BookingId, DocumentId, DriverId, OperatorId, SessionId
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.document_search import possible_documents, searched
from forecourt.store.postgres.paged_query import PagedQuery

_INSERT = Table(
    "documents",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("document_id", "uuid"),
        ("number", "text"),
        ("series", "text"),
        ("year", "integer"),
        ("sequence", "integer"),
        ("kind", "text"),
        ("driver_id", "uuid"),
        ("session_id", "uuid"),
        ("booking_id", "uuid"),
        ("corrects", "uuid"),
        ("issued_at", "timestamptz"),
        ("currency", "text"),
        ("gross_minor", "bigint"),
        ("due_minor", "bigint"),
        ("data", "jsonb"),
    ),
    (),
).insert()
_TO_PRINT = Table(
    "unprinted_documents",
    (("operator_id", "uuid"), ("document_id", "uuid"), ("issued_at", "timestamptz"), ("due_at", "timestamptz")),
    (),
).insert()
# Documents that another unit of work is printing are skipped.
_UNPRINTED = """SELECT d.data FROM unprinted_documents u JOIN documents d USING (operator_id, document_id)
WHERE u.due_at <= %s ORDER BY u.due_at, u.document_id LIMIT %s FOR UPDATE OF u SKIP LOCKED"""
_CODEC = Codec[Invoice](Invoice)
_DATA = "SELECT data FROM documents WHERE "
_PAGED = PagedQuery(ListOrders.DOCUMENTS, ("issued_at", "number"))
NO_SITE = UUID(int=0)  # of a membership's invoice
_NUMBER = """INSERT INTO document_numbers VALUES (%s, %s, %s, %s)
ON CONFLICT (operator_id, series, year) DO UPDATE SET last_number = document_numbers.last_number + EXCLUDED.last_number
RETURNING last_number"""
_KEEP_FILES = """WITH kept AS (INSERT INTO document_pdfs (document_id, sha256, pdf, xml_sha256, xml) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (document_id) DO NOTHING) DELETE FROM unprinted_documents WHERE document_id = %s"""
_BY_ISSUE = "ORDER BY issued_at, number"
_INVOICE_FIRST = "ORDER BY issued_at, kind <> 'INVOICE', number"  # numbers of credit notes may sort before those of invoices
# Only an instant: what is before it; with a number as well: what follows that document.
_BEHIND = "(issued_at, number) < (coalesce(%s, 'infinity'::timestamptz), %s)"
_NEWEST = "ORDER BY issued_at DESC, number DESC"
_RECENT = """issued_at >= coalesce((SELECT o.issued_at FROM documents o
    WHERE o.operator_id = %s ORDER BY o.issued_at DESC OFFSET 1000 LIMIT 1), '-infinity'::timestamptz)"""


def _record(one: Invoice) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "site_id": one.content.site_id or NO_SITE,
        "document_id": one.id,
        "number": one.number,
        "series": one.series,
        "year": one.year,
        "sequence": one.sequence,
        "kind": one.kind,
        "driver_id": one.driver_id,
        "session_id": one.session_id,
        "booking_id": one.booking_id,
        "corrects": one.content.corrects,
        "issued_at": one.issued_at,
        "currency": one.currency,
        "gross_minor": one.gross.minor,
        "due_minor": one.due.minor,
        "data": _CODEC.pack(one),
    }


def _to_print(one: Invoice) -> dict[str, object]:
    return {"operator_id": one.operator_id, "document_id": one.id, "issued_at": one.issued_at, "due_at": one.issued_at}


class Documents:
    def __init__(self, db: DbConnection, flush: Callable[[], None]) -> None:
        """flush: of what says how a document is paid."""
        self._db = db
        self._flush = flush

    def next_number(self, operator_id: OperatorId, series: str, year: int, count: int = 1) -> int:
        found = self._db.one(_NUMBER, operator_id, series, year, count)
        return int(found[0]) - count + 1 if found else 0

    def put(self, invoice: Invoice) -> None:
        self.put_all((invoice,))

    def put_all(self, invoices: Sequence[Invoice]) -> None:
        self._db.write(_INSERT, [_record(one) for one in invoices])
        self._db.write(_TO_PRINT, [_to_print(one) for one in invoices])

    def billed(self, session_ids: Collection[SessionId]) -> set[SessionId]:
        rows = self._db.rows("SELECT DISTINCT session_id FROM documents WHERE session_id = ANY(%s)", list(session_ids))
        return {session_id for (session_id,) in rows}

    def document(self, document_id: DocumentId) -> Invoice | None:
        return self._first("document_id = %s", document_id)

    def lock(self, document_id: DocumentId) -> Invoice | None:
        return self._first("document_id = %s FOR NO KEY UPDATE", document_id)

    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[Invoice]:
        return self._find("operator_id = %s AND number = ANY(%s) ORDER BY document_id FOR NO KEY UPDATE", operator_id, list(numbers))

    def by_number(self, operator_id: OperatorId, number: str) -> Invoice | None:
        return self._first("operator_id = %s AND number = %s", operator_id, number)

    def of_session(self, session_id: SessionId) -> Sequence[Invoice]:
        return self._find(f"session_id = %s {_INVOICE_FIRST}", session_id)

    def prefetch(self, document_ids: Collection[DocumentId]) -> None:
        self._expect("document_id", "", document_ids)

    def prefetch_of_sessions(self, session_ids: Collection[SessionId]) -> None:
        self._expect("session_id", f" {_INVOICE_FIRST}", session_ids)

    def prefetch_credit_notes(self, document_ids: Collection[DocumentId]) -> None:
        self._expect("corrects", f" {_BY_ISSUE}", document_ids)

    def _expect(self, column: str, order: str, ids: Collection[UUID]) -> None:
        query = f"SELECT {column}, data FROM documents WHERE {column} = ANY(%s){order}"  # noqa: S608
        self._db.prefetch_each((query, (list(ids),)), lambda one: (f"{_DATA}{column} = %s{order}", (one,)), ids)

    def of_booking(self, booking_id: BookingId) -> Sequence[Invoice]:
        return self._find(f"booking_id = %s {_INVOICE_FIRST}", booking_id)

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Invoice]:
        return self._find(f"driver_id = %s {_NEWEST} LIMIT %s", driver_id, limit)

    def credit_notes_of(self, document_id: DocumentId) -> Sequence[Invoice]:
        return self._find(f"corrects = %s {_BY_ISSUE}", document_id)

    def with_reasons(self, driver_id: DriverId, reasons: Collection[str]) -> Sequence[Invoice]:
        where = "driver_id = %s AND kind = %s AND data #>> '{content,reason}' = ANY(%s)"
        return self._find(f"{where} {_BY_ISSUE}", driver_id, DocumentKind.INVOICE, list(reasons))

    def recent(
        self, operator_id: OperatorId, limit: int = 100, before: datetime | None = None, before_number: str = ""
    ) -> Sequence[Invoice]:
        return self._find(f"operator_id = %s AND {_BEHIND} {_NEWEST} LIMIT %s", operator_id, before, before_number, limit)

    def search(self, operator_id: OperatorId, wanted: DocumentSearch, limit: int = 100, last: Invoice | None = None) -> Sequence[Invoice]:
        end = (last.issued_at, last.number) if last else (None, "")
        where, known = self._searched(operator_id, wanted)
        return self._find(f"{where} AND {_BEHIND} {_NEWEST} LIMIT %s", *known, *end, limit)

    def page(self, operator_id: OperatorId, wanted: DocumentSearch, request: PageRequest = FIRST_PAGE) -> ListPage[Invoice]:
        where, known = self._searched(operator_id, wanted)
        if wanted.paid is None or wanted.paid.state is PaidState.PAID:
            return _PAGED.page(self._find, request, where, *known)
        if not (request.beside or request.back or request.rising):
            recent = _PAGED.page(self._find, request, f"{where} AND {_RECENT}", *known, operator_id)
            if recent.older:  # a state that many have
                return recent
        table, of_whom = possible_documents(operator_id, wanted.paid.state)
        query = f"SELECT data FROM {table} WHERE "  # noqa: S608
        return _PAGED.page(lambda bound, *rest: self._read(query + bound, *of_whom, *rest), request, where, *known)

    def _searched(self, operator_id: OperatorId, wanted: DocumentSearch) -> tuple[str, tuple[object, ...]]:
        if wanted.paid:
            self._flush()
        return searched(operator_id, wanted)

    def put_files(self, document_id: DocumentId, files: DocumentFiles) -> None:
        self._db.run(_KEEP_FILES, document_id, files.pdf_sha256, files.pdf, files.xml_sha256, files.xml, document_id)

    def files(self, document_id: DocumentId) -> DocumentFiles | None:
        found = self._db.one("SELECT pdf, sha256, xml, xml_sha256 FROM document_pdfs WHERE document_id = %s", document_id)
        if found is None:
            return None
        pdf, pdf_sha256, xml, xml_sha256 = found
        return DocumentFiles(bytes(pdf), pdf_sha256, bytes(xml), xml_sha256)

    def without_files(self, at: datetime, limit: int = 50) -> Sequence[Invoice]:
        return [_CODEC.read(data) for (data,) in self._db.rows(_UNPRINTED, at, limit)]

    def retry_files_at(self, document_id: DocumentId, due_at: datetime) -> None:
        self._db.run("UPDATE unprinted_documents SET due_at = %s WHERE document_id = %s", due_at, document_id)

    def _find(self, where: str, *parameters: object) -> list[Invoice]:
        return self._read(f"{_DATA}{where}", *parameters)

    def _read(self, query: str, *parameters: object) -> list[Invoice]:
        return [_CODEC.read(data) for (data,) in self._db.rows(query, *parameters)]

    def _first(self, where: str, *parameters: object) -> Invoice | None:
        found = self._find(where, *parameters)
        return found[0] if found else None
