"""What flows need for the statements of those on account: a repository within a Store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from forecourt.billing import AccountStatement, Invoice
from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId


class TakenOff(NamedTuple):
    """A credit note lowers a statement by an amount, which may be a part of it."""

    note: Invoice
    amount: Money


class StatementBook(Protocol):
    """Issued statements: never changed. The store refuses a document on two statements."""

    def put(self, statement: AccountStatement) -> None: ...
    def statement(self, statement_id: DocumentId) -> AccountStatement | None: ...
    def lock(self, statement_id: DocumentId) -> AccountStatement | None: ...
    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[AccountStatement]: ...
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
        """By id, after one: who pays for invoices of drivers on account that were issued before an instant, lack money, stand on no
        statement, and of which no payment was ever asked; and those of whose statements a credit note of before it waits."""
        ...

    def documents_of(self, payer: DriverId, until: datetime) -> Sequence[Invoice]:
        """Such invoices as the payer pays: made out to it, or of when the charge began in its fleet; and credit notes, not stated yet, of
        what is or will be stated."""
        ...

    def credits(self, operator_id: OperatorId, payer: DriverId | None = None) -> Sequence[Invoice]:
        """Credit notes that wait for a statement, of bills that have one, oldest first. payer: of whose statements; None: of all."""
        ...

    def take_off(self, note_id: DocumentId, statement_id: DocumentId, elsewhere: Mapping[DocumentId, Money]) -> None:
        """A credit note that no later statement has stands with the one whose bill it takes back. elsewhere: what of it lowers other
        statements."""
        ...

    def taken_off(self, statement: AccountStatement) -> Sequence[TakenOff]:
        """What lowers it since, by the oldest credit note first; never nothing."""
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
