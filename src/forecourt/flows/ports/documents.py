"""What flows need for documents and complaints about them: repositories within a Store."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.billing import Complaint, Invoice
from forecourt.flows.ports.document_search import DocumentSearch
from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.flows.ports.papers import DocumentFiles
from forecourt.kernel import BookingId, DocumentId, DriverId, OperatorId, SessionId


class Documents(Protocol):
    """Issued documents: never changed, never deleted. The store refuses a second put of an id or a number."""

    def next_number(self, operator_id: OperatorId, series: str, year: int, count: int = 1) -> int:
        """1, 2, 3 … without a gap: the counter's row stays locked until this unit of work ends, and a rollback takes it back.

        Of a count, the first; the caller uses them all. A count of 0 takes none, and locks.
        """
        ...

    def put(self, invoice: Invoice) -> None: ...
    def put_all(self, invoices: Sequence[Invoice]) -> None: ...
    def billed(self, session_ids: Collection[SessionId]) -> set[SessionId]:
        """Those that have a document."""
        ...

    def document(self, document_id: DocumentId) -> Invoice | None: ...
    def lock(self, document_id: DocumentId) -> Invoice | None:
        """The document; no other unit of work decides how it is paid until this one ends."""
        ...

    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[Invoice]:
        """As `lock`, those of these numbers in one step."""
        ...

    def by_number(self, operator_id: OperatorId, number: str) -> Invoice | None: ...
    def of_session(self, session_id: SessionId) -> Sequence[Invoice]:
        """By time of issue: the invoice first, then what corrects it."""
        ...

    def of_booking(self, booking_id: BookingId) -> Sequence[Invoice]: ...
    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Invoice]:
        """Newest first."""
        ...

    def correcting(self, document_id: DocumentId) -> Sequence[Invoice]:
        """The credit notes of an invoice."""
        ...

    def recent(
        self, operator_id: OperatorId, limit: int = 100, before: datetime | None = None, before_number: str = ""
    ) -> Sequence[Invoice]:
        """Newest first; before: issued earlier than that, or at that instant with a lower number than before_number."""
        ...

    def search(self, operator_id: OperatorId, wanted: DocumentSearch, limit: int = 100, last: Invoice | None = None) -> Sequence[Invoice]:
        """Those that fit, newest first; last: only what comes behind it."""
        ...

    def page(self, operator_id: OperatorId, wanted: DocumentSearch, asked: PageAsked = FIRST_PAGE) -> ListPage[Invoice]: ...

    def put_files(self, document_id: DocumentId, files: DocumentFiles) -> None:
        """The first files kept for a document stay for ever; a second put changes nothing."""
        ...

    def files(self, document_id: DocumentId) -> DocumentFiles | None: ...
    def unprinted(self, at: datetime, limit: int = 50) -> Sequence[Invoice]:
        """Issued documents whose files are still to be made, oldest first. No other unit of work is given them until this one ends."""
        ...

    def print_later(self, document_id: DocumentId, due_at: datetime) -> None:
        """Its files could not be made: it is given out again from then on."""
        ...


class ComplaintBook(Protocol):
    def put(self, complaint: Complaint) -> None: ...
    def complaint(self, complaint_id: UUID) -> Complaint | None: ...
    def lock(self, complaint_id: UUID) -> Complaint | None:
        """As it is now; no other unit of work changes it until this one ends."""
        ...

    def of_document(self, document_id: DocumentId) -> Sequence[Complaint]:
        """Oldest first, as below."""
        ...

    def of_driver(self, driver_id: DriverId) -> Sequence[Complaint]: ...
    def waiting(self, operator_id: OperatorId) -> Sequence[Complaint]:
        """All that nobody has answered yet."""
        ...

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[Complaint]:
        """Those that wait first, then those that are over, each newest first."""
        ...
