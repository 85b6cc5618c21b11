"""Invoices and credit notes with their files, in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.ports import FIRST_PAGE, DocumentFiles, DocumentSearch, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import BookingId, DocumentId, DriverId, OperatorId, SessionId
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.paid_states import stands


class Documents:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def next_number(self, operator_id: OperatorId, series: str, year: int, count: int = 1) -> int:
        last = self._db.document_numbers.get((operator_id, series, year)) or 0
        self._db.document_numbers.put((operator_id, series, year), last + count)
        return last + 1

    def put(self, invoice: Invoice) -> None:
        self._db.documents.put(invoice.id, invoice)

    def put_all(self, invoices: Sequence[Invoice]) -> None:
        for invoice in invoices:
            self.put(invoice)

    def billed(self, session_ids: Collection[SessionId]) -> set[SessionId]:
        return {one for one in session_ids if self.of_session(one)}

    def document(self, document_id: DocumentId) -> Invoice | None:
        return self._db.documents.get(document_id)

    def lock(self, document_id: DocumentId) -> Invoice | None:
        return self.document(document_id)  # units of work run alone here

    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[Invoice]:
        found = self._db.documents.where(lambda one: one.operator_id == operator_id and one.number in numbers)
        return sorted(found, key=lambda one: one.id)

    def by_number(self, operator_id: OperatorId, number: str) -> Invoice | None:
        return next((one for one in self._db.documents if (one.operator_id, one.number) == (operator_id, number)), None)

    def of_session(self, session_id: SessionId) -> Sequence[Invoice]:
        return _invoice_first(self._db.documents.where(lambda one: one.session_id == session_id))

    def prefetch_of_sessions(self, session_ids: object) -> None:
        """Nothing to read ahead."""

    def of_booking(self, booking_id: BookingId) -> Sequence[Invoice]:
        return _invoice_first(self._db.documents.where(lambda one: one.booking_id == booking_id))

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Invoice]:
        return _by_issue(self._db.documents.where(lambda one: one.driver_id == driver_id))[::-1][:limit]

    def credit_notes_of(self, document_id: DocumentId) -> Sequence[Invoice]:
        return _by_issue(self._db.documents.where(lambda one: one.content.corrects == document_id))

    def with_reasons(self, driver_id: DriverId, reasons: Collection[str]) -> Sequence[Invoice]:
        mine = self._db.documents.where(lambda one: one.driver_id == driver_id and one.kind is DocumentKind.INVOICE)
        return _by_issue([one for one in mine if one.content.reason in reasons])

    def recent(
        self, operator_id: OperatorId, limit: int = 100, before: datetime | None = None, before_number: str = ""
    ) -> Sequence[Invoice]:
        end = None if before is None else (before, before_number)
        mine = self._db.documents.where(lambda one: one.operator_id == operator_id and (end is None or (one.issued_at, one.number) < end))
        return _by_issue(mine)[::-1][:limit]

    def search(self, operator_id: OperatorId, wanted: DocumentSearch, limit: int = 100, last: Invoice | None = None) -> Sequence[Invoice]:
        end = None if last is None else (last.issued_at, last.number)
        found = self._db.documents.where(
            lambda one: self._fits(operator_id, wanted, one) and (end is None or (one.issued_at, one.number) < end)
        )
        return _by_issue(found)[::-1][:limit]

    def page(self, operator_id: OperatorId, wanted: DocumentSearch, request: PageRequest = FIRST_PAGE) -> ListPage[Invoice]:
        fitting = self._db.documents.where(lambda one: self._fits(operator_id, wanted, one))
        return page_of(fitting, ListOrders.DOCUMENTS, request)

    def _fits(self, operator_id: OperatorId, wanted: DocumentSearch, one: Invoice) -> bool:
        return one.operator_id == operator_id and wanted.fits(one) and (wanted.paid is None or stands(self._db, one, wanted.paid))

    def put_files(self, document_id: DocumentId, files: DocumentFiles) -> None:
        if document_id not in self._db.files:
            self._db.files.put(document_id, files)

    def files(self, document_id: DocumentId) -> DocumentFiles | None:
        return self._db.files.get(document_id)

    def without_files(self, at: datetime, limit: int = 50) -> Sequence[Invoice]:
        def due_at(one: Invoice) -> datetime:
            return self._db.print_later.get(one.id) or one.issued_at

        waiting = self._db.documents.where(lambda one: one.id not in self._db.files and due_at(one) <= at)
        return sorted(waiting, key=lambda one: (due_at(one), one.id))[:limit]

    def retry_files_at(self, document_id: DocumentId, due_at: datetime) -> None:
        self._db.print_later.put(document_id, due_at)


def _invoice_first(documents: Sequence[Invoice]) -> list[Invoice]:
    return sorted(documents, key=lambda one: (one.issued_at, one.kind is not DocumentKind.INVOICE, one.number))


def _by_issue(documents: Sequence[Invoice]) -> list[Invoice]:
    return sorted(documents, key=lambda one: (one.issued_at, one.number))
