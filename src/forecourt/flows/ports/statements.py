"""Repository for monthly account statements, within a Store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from forecourt.billing import AccountStatement, Invoice
from forecourt.flows.ports.documents import PaidSearch
from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId, lowered


class AppliedCredit(NamedTuple):
    """A credit note that lowers a statement by an amount, which may be only part of the note."""

    note: Invoice
    amount: Money


@dataclass(frozen=True, slots=True)
class StatementSearch:
    """Filters for statements; an empty or None field matches everything. text: part of the number, or of the payer's name or email address,
    ignoring case. since / until: of the issue, until exclusive. paid: paid, to be paid or overdue; only a store can tell."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    paid: PaidSearch | None = None

    def fits(self, statement: AccountStatement) -> bool:
        """Whether a statement fits all but `paid`."""
        buyer, text = statement.parties.buyer, lowered(self.text)
        return (
            any(text in lowered(one) for one in (statement.number, buyer.name, buyer.email))
            and (self.since is None or statement.issued_at >= self.since)
            and (self.until is None or statement.issued_at < self.until)
        )


ALL_STATEMENTS = StatementSearch()


class AccountStatementRepository(Protocol):
    """Issued statements: never changed. The store refuses a document on two statements."""

    def put(self, statement: AccountStatement) -> None: ...
    def statement(self, statement_id: DocumentId) -> AccountStatement | None: ...
    def lock(self, statement_id: DocumentId) -> AccountStatement | None: ...
    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[AccountStatement]:
        """The statements with these numbers, locked in the order of their ids until this unit of work ends."""
        ...

    def by_number(self, operator_id: OperatorId, number: str) -> AccountStatement | None: ...
    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[AccountStatement]:
        """Those the driver pays, newest first."""
        ...

    def page_of(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[AccountStatement]:
        """Newest first."""
        ...

    def page(
        self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE, wanted: StatementSearch = ALL_STATEMENTS
    ) -> ListPage[AccountStatement]:
        """Newest first."""
        ...

    def of_document(self, document_id: DocumentId) -> DocumentId | None:
        """The id of the statement that lists a document."""
        ...

    def awaiting_statement(self, operator_id: OperatorId, until: datetime, after: UUID | None, limit: int) -> Sequence[DriverId]:
        """Payers with something to put on a statement, in ascending order of id: with invoices on account that were issued before an
        instant, are on no statement and have no payment; or with a credit note from before it that is on no statement yet."""
        ...

    def documents_of(self, payer: DriverId, until: datetime) -> Sequence[Invoice]:
        """What to put on a payer's next statement, oldest first: invoices as in `awaiting_statement`, made out to the payer or for charges
        begun in its fleet; and credit notes on no statement yet for these or for invoices on its earlier statements."""
        ...

    def credits(self, operator_id: OperatorId, payer: DriverId | None = None) -> Sequence[Invoice]:
        """Credit notes that are on no statement, for invoices that are on one, oldest first. payer: of those statements; None: of any."""
        ...

    def apply_credit(self, note_id: DocumentId, statement_id: DocumentId, elsewhere: Mapping[DocumentId, Money]) -> None:
        """Set a credit note that is on no statement yet against the statement of its invoice. elsewhere: the parts of it that lower other
        statements."""
        ...

    def applied_credits(self, statement: AccountStatement) -> Sequence[AppliedCredit]:
        """The credit notes that have lowered a statement since its issue, oldest first; amounts are positive."""
        ...

    def payer_of(self, driver_id: DriverId, at: datetime) -> DriverId | None:
        """Who pays for a driver: a fleet's payer (of several groups the first by name), else a roaming partner. None: nobody else."""
        ...

    def payers(self, operator_id: OperatorId) -> Sequence[tuple[str, DriverId]]:
        """The payer of each group that has one, by group."""
        ...

    def put_payer(self, operator_id: OperatorId, group: str, payer: DriverId | None) -> None:
        """Set the payer of a group; None: the group has no payer any more."""
        ...

    def put_pdf(self, statement_id: DocumentId, pdf: bytes, sha256: str) -> None:
        """Store the PDF. The first put is final."""
        ...

    def pdf(self, statement_id: DocumentId) -> bytes | None: ...
    def without_pdf(self, limit: int = 20) -> Sequence[AccountStatement]:
        """Issued statements whose PDF is not made yet, earliest issued first."""
        ...
