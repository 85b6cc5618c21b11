"""What flows need for the statements of those on account: a repository within a Store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.billing import AccountStatement, Invoice
from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.kernel import DocumentId, DriverId, OperatorId


class StatementBook(Protocol):
    """Issued statements: never changed. The store refuses a document on two statements."""

    def put(self, statement: AccountStatement) -> None: ...
    def statement(self, statement_id: DocumentId) -> AccountStatement | None: ...
    def lock(self, statement_id: DocumentId) -> AccountStatement | None: ...
    def by_number(self, operator_id: OperatorId, number: str) -> AccountStatement | None: ...
    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[AccountStatement]:
        """Those the driver pays, newest first."""
        ...

    def page_of(self, driver_id: DriverId, asked: PageAsked = FIRST_PAGE) -> ListPage[AccountStatement]: ...

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[AccountStatement]: ...
    def of_document(self, document_id: DocumentId) -> DocumentId | None:
        """The statement a document stands on."""
        ...

    def unstated(self, operator_id: OperatorId, until: datetime, after: UUID | None, limit: int) -> Sequence[DriverId]:
        """By id, after one: drivers on account with an invoice issued before an instant that lacks money, that no statement has,
        and of which no payment was ever asked."""
        ...

    def documents_of(self, payer: DriverId, until: datetime) -> Sequence[Invoice]:
        """Such invoices of the payer and of those the payer pays for; and credit notes, not stated yet, of what is or will be stated."""
        ...

    def payer_of(self, driver_id: DriverId, at: datetime) -> DriverId | None:
        """Who pays for a driver: in a fleet its payer (of several groups the first by name), else a roaming partner. None: nobody else."""
        ...

    def payers(self, operator_id: OperatorId) -> Sequence[tuple[str, DriverId]]:
        """By group."""
        ...

    def put_payer(self, operator_id: OperatorId, group: str, payer: DriverId | None) -> None: ...
    def put_pdf(self, statement_id: DocumentId, pdf: bytes, sha256: str) -> None:
        """The first one stays for ever."""
        ...

    def pdf(self, statement_id: DocumentId) -> bytes | None: ...
    def without_pdf(self, limit: int = 20) -> Sequence[AccountStatement]: ...
