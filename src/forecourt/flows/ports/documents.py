"""Repositories for documents and their files, and for complaints about them, within a Store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from forecourt.billing import Complaint, DocumentKind, Invoice
from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import BookingId, DocumentId, DriverId, OperatorId, SessionId, lowered


class PaidState(StrEnum):
    """How an invoice stands: paid (also if nothing was due), to be paid, that and past its due day, waiting for a monthly statement, or
    credited in full; a credit note is credited. An invoice on a statement stands as its statement does."""

    PAID = "paid"
    OPEN = "open"
    OVERDUE = "overdue"
    MONTHLY = "monthly"
    CREDITED = "credited"


@dataclass(frozen=True, slots=True)
class PaidSearch:
    """state: OPEN includes what is overdue. at: now. due: time to pay, for documents where neither they nor their statement state one.
    What was written off is not overdue."""

    state: PaidState
    at: datetime
    due: timedelta


@dataclass(frozen=True, slots=True)
class DocumentSearch:
    """Filters for documents; an empty or None field matches everything.

    text: part of the number, or of a name or email address of the buyer or user, ignoring case. since / until: of the issue, until
    exclusive. payer_id: documents made out to this fleet payer for others' charges. least_minor / most_minor: of the total with tax,
    inclusive. paid: how they stand; only a store can tell. delivered_before: of charges that ended before that instant.
    """

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    driver_id: DriverId | None = None
    payer_id: DriverId | None = None
    kind: DocumentKind | None = None
    paid: PaidSearch | None = None
    delivered_before: datetime | None = None

    def fits(self, document: Invoice) -> bool:
        """Whether a document fits all but `paid`."""
        buyer, user = document.content.parties.buyer, document.content.parties.user
        used_by, delivery = document.content.parties.used_by, document.content.delivery
        names = (document.number, buyer.name or "guest", buyer.email, user.name, user.email)
        return (
            any(lowered(self.text) in lowered(one) for one in names)
            and self.driver_id in (None, document.driver_id)
            and self.kind in (None, document.kind)
            and (self.payer_id is None or (used_by is not None and used_by.payer_id == self.payer_id))
            and (self.delivered_before is None or (delivery is not None and delivery.ended_at < self.delivered_before))
            and (self.since is None or document.issued_at >= self.since)
            and (self.until is None or document.issued_at < self.until)
            and (self.least_minor is None or document.gross.minor >= self.least_minor)
            and (self.most_minor is None or document.gross.minor <= self.most_minor)
        )


@dataclass(frozen=True, slots=True)
class DocumentFiles:
    """A document's files; hashes are SHA-256, hexadecimal. xml: the e-invoice by itself, empty if there is none."""

    pdf: bytes
    pdf_sha256: str
    xml: bytes = b""
    xml_sha256: str = ""


def document_files(pdf: bytes, xml: bytes = b"") -> DocumentFiles:
    return DocumentFiles(pdf, sha256(pdf).hexdigest(), xml, sha256(xml).hexdigest() if xml else "")


class DocumentRepository(Protocol):
    """Issued documents: never changed, never deleted. The store refuses a second put of an id or a number."""

    def next_number(self, operator_id: OperatorId, series: str, year: int, count: int = 1) -> int:
        """The next of 1, 2, 3 … without a gap: the counter's row stays locked until this unit of work ends, and a rollback resets it.

        With a count, the first of that many numbers; the caller must use them all. A count of 0 only locks.
        """
        ...

    def put(self, invoice: Invoice) -> None: ...
    def put_all(self, invoices: Sequence[Invoice]) -> None: ...
    def billed(self, session_ids: Collection[SessionId]) -> set[SessionId]:
        """Those of these sessions that have a document."""
        ...

    def document(self, document_id: DocumentId) -> Invoice | None: ...
    def lock(self, document_id: DocumentId) -> Invoice | None:
        """The document, locked: no other unit of work decides how it is paid until this one ends."""
        ...

    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[Invoice]:
        """The documents with these numbers, locked in the order of their ids until this unit of work ends."""
        ...

    def by_number(self, operator_id: OperatorId, number: str) -> Invoice | None: ...
    def of_session(self, session_id: SessionId) -> Sequence[Invoice]:
        """By time of issue: the invoice first, then its corrections."""
        ...

    def prefetch_of_sessions(self, session_ids: Collection[SessionId]) -> None:
        """An optional hint: the documents of these sessions are about to be read, one session at a time."""
        ...

    def of_booking(self, booking_id: BookingId) -> Sequence[Invoice]:
        """The documents about a booking, by time of issue."""
        ...

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Invoice]:
        """Newest first."""
        ...

    def credit_notes_of(self, document_id: DocumentId) -> Sequence[Invoice]:
        """The credit notes of an invoice, by time of issue."""
        ...

    def with_reasons(self, driver_id: DriverId, reasons: Collection[str]) -> Sequence[Invoice]:
        """A driver's invoices that were issued for one of these reasons, by time of issue."""
        ...

    def recent(
        self, operator_id: OperatorId, limit: int = 100, before: datetime | None = None, before_number: str = ""
    ) -> Sequence[Invoice]:
        """Newest first. before: only documents issued earlier, or at that instant with a lower number than before_number."""
        ...

    def search(self, operator_id: OperatorId, wanted: DocumentSearch, limit: int = 100, last: Invoice | None = None) -> Sequence[Invoice]:
        """Matching documents, newest first. last: only those after this one in the list."""
        ...

    def page(self, operator_id: OperatorId, wanted: DocumentSearch, request: PageRequest = FIRST_PAGE) -> ListPage[Invoice]:
        """Newest first."""
        ...

    def put_files(self, document_id: DocumentId, files: DocumentFiles) -> None:
        """Store a document's files. The first put is final; a second one changes nothing."""
        ...

    def files(self, document_id: DocumentId) -> DocumentFiles | None: ...
    def without_files(self, at: datetime, limit: int = 50) -> Sequence[Invoice]:
        """Documents whose files are due to be produced, earliest due first (a new document is due when issued). Locks them until this
        unit of work ends, and leaves out those that another has locked."""
        ...

    def retry_files_at(self, document_id: DocumentId, due_at: datetime) -> None:
        """Postpone a document whose files could not be produced: `without_files` returns it again from that instant on."""
        ...


class ComplaintRepository(Protocol):
    def put(self, complaint: Complaint) -> None: ...
    def complaint(self, complaint_id: UUID) -> Complaint | None: ...
    def lock(self, complaint_id: UUID) -> Complaint | None:
        """The complaint as it is now, locked until this unit of work ends."""
        ...

    def of_document(self, document_id: DocumentId) -> Sequence[Complaint]:
        """The complaints about a document, oldest first."""
        ...

    def of_driver(self, driver_id: DriverId) -> Sequence[Complaint]:
        """The driver's complaints, oldest first."""
        ...

    def waiting(self, operator_id: OperatorId) -> Sequence[Complaint]:
        """Open complaints, oldest first."""
        ...

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Complaint]:
        """Open complaints first, then closed ones, each newest first."""
        ...
