"""Account statements, who pays for a group, and credit notes that lower what a statement asks for, in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.ports import (
    ALL_STATEMENTS,
    FIRST_PAGE,
    AppliedCredit,
    ListOrders,
    ListPage,
    PageRequest,
    PaidState,
    StatementSearch,
    page_of,
)
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.paid_states import is_late, is_open, on_account, taken_off


class AccountStatements:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, statement: AccountStatement) -> None:
        db = self._db
        db.account_statements.put(statement.id, statement)
        for line in statement.lines:
            db.stated.put(line.document_id, statement.id)

    def statement(self, statement_id: DocumentId) -> AccountStatement | None:
        return self._db.account_statements.get(statement_id)

    def lock(self, statement_id: DocumentId) -> AccountStatement | None:
        return self.statement(statement_id)  # units of work run alone here

    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[AccountStatement]:
        found = self._db.account_statements.where(lambda one: one.operator_id == operator_id and one.number in numbers)
        return sorted(found, key=lambda one: one.id)

    def by_number(self, operator_id: OperatorId, number: str) -> AccountStatement | None:
        return next((one for one in self._db.account_statements if (one.operator_id, one.number) == (operator_id, number)), None)

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[AccountStatement]:
        return _newest(self._db.account_statements.where(lambda one: one.driver_id == driver_id))[:limit]

    def page_of(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[AccountStatement]:
        return page_of(self._db.account_statements.where(lambda one: one.driver_id == driver_id), ListOrders.STATEMENTS, request)

    def page(
        self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE, wanted: StatementSearch = ALL_STATEMENTS
    ) -> ListPage[AccountStatement]:
        found = self._db.account_statements.where(lambda one: one.operator_id == operator_id and self._fits(one, wanted))
        return page_of(found, ListOrders.STATEMENTS, request)

    def _fits(self, one: AccountStatement, wanted: StatementSearch) -> bool:
        if not wanted.paid or not wanted.fits(one):
            return wanted.fits(one)
        open_, late = is_open(self._db, one), is_late(self._db, one, wanted.paid)
        return {PaidState.PAID: not open_, PaidState.OPEN: open_, PaidState.OVERDUE: open_ and late}.get(wanted.paid.state, False)

    def of_document(self, document_id: DocumentId) -> DocumentId | None:
        return self._db.stated.get(document_id)

    def awaiting_statement(self, operator_id: OperatorId, until: datetime, after: UUID | None, limit: int) -> Sequence[DriverId]:
        found = {self._payer(one) for one in self._waiting(until) if one.operator_id == operator_id}
        found |= {statement.driver_id for _, statement in self._waiting_notes(operator_id, until)}
        return sorted(one for one in found if after is None or one > after)[:limit]

    def documents_of(self, payer: DriverId, until: datetime) -> Sequence[Invoice]:
        invoices = [one for one in self._waiting(until) if self._payer(one) == payer]
        ids = {one.id for one in invoices}
        mine = {line.document_id for one in self._db.account_statements if one.driver_id == payer for line in one.lines}
        taken_back = self._db.documents.where(
            lambda one: one.content.corrects in ids | mine and one.id not in self._db.stated and one.issued_at < until
        )
        return sorted((*invoices, *taken_back), key=lambda one: (one.issued_at, one.id))

    def credits(self, operator_id: OperatorId, payer: DriverId | None = None) -> Sequence[Invoice]:
        found = self._waiting_notes(operator_id, None)
        return [note for note, statement in found if note.due.minor and payer in (None, statement.driver_id)]

    def _payer(self, one: Invoice) -> DriverId:
        used_by, delivery = one.content.parties.used_by, one.content.delivery
        if used_by is not None:
            return used_by.payer_id
        return self.payer_of(one.driver_id, delivery.started_at if delivery else one.issued_at) or one.driver_id

    def apply_credit(self, note_id: DocumentId, statement_id: DocumentId, elsewhere: Mapping[DocumentId, Money]) -> None:
        self._db.stated.put(note_id, statement_id)
        for other, amount in elsewhere.items():
            self._db.credit_parts.put((note_id, other), (note_id, other, amount))

    def applied_credits(self, statement: AccountStatement) -> Sequence[AppliedCredit]:
        return taken_off(self._db, statement)

    def payer_of(self, driver_id: DriverId, at: datetime) -> DriverId | None:
        groups = sorted(one.group for one in self._db.members if one.driver_id == driver_id and one.is_valid_at(at))
        driver = self._db.drivers.get(driver_id)
        payers = dict(self.payers(driver.operator_id)) if driver else {}
        partner_id = driver.roaming_partner_id if driver else None
        return next((payers[group] for group in groups if group in payers), DriverId(partner_id) if partner_id else None)

    def payers(self, operator_id: OperatorId) -> Sequence[tuple[str, DriverId]]:
        return sorted((group, payer) for (of, group), payer in self._db.payers.items() if of == operator_id)

    def put_payer(self, operator_id: OperatorId, group: str, payer: DriverId | None) -> None:
        if payer is None:
            self._db.payers.drop((operator_id, group))
        else:
            self._db.payers.put((operator_id, group), payer)

    def put_pdf(self, statement_id: DocumentId, pdf: bytes, sha256: str) -> None:
        if statement_id not in self._db.account_pdfs:
            self._db.account_pdfs.put(statement_id, pdf)

    def pdf(self, statement_id: DocumentId) -> bytes | None:
        return self._db.account_pdfs.get(statement_id)

    def without_pdf(self, limit: int = 20) -> Sequence[AccountStatement]:
        waiting = self._db.account_statements.where(lambda one: one.id not in self._db.account_pdfs)
        return sorted(waiting, key=lambda one: (one.issued_at, one.id))[:limit]

    def _waiting_notes(self, operator_id: OperatorId, until: datetime | None) -> list[tuple[Invoice, AccountStatement]]:
        """Credit notes not on a statement yet, each with the statement whose bill it credits, oldest first."""
        db = self._db
        waits = db.documents.where(
            lambda one: (
                one.operator_id == operator_id
                and one.kind is DocumentKind.CREDIT_NOTE
                and one.id not in db.stated
                and (until is None or one.issued_at < until)
            )
        )
        stated = ((one, db.stated.get(one.content.corrects)) for one in waits if one.content.corrects)
        found = ((one, db.account_statements.get(about)) for one, about in stated if about)
        return sorted(((one, data) for one, data in found if data), key=lambda each: (each[0].issued_at, each[0].id))

    def _waiting(self, until: datetime) -> list[Invoice]:
        """Invoices of drivers on account that are not fully paid, were never requested, are not credited already, and are on no
        statement."""
        db = self._db
        asked = {one.document_id for one in db.payments}
        return db.documents.where(
            lambda one: (
                one.kind is DocumentKind.INVOICE
                and one.due.minor > 0
                and one.issued_at < until
                and on_account(db, one)
                and one.id not in asked
                and one.id not in db.stated
            )
        )


def _newest(statements: Sequence[AccountStatement]) -> list[AccountStatement]:
    return sorted(statements, key=lambda one: (one.issued_at, one.number), reverse=True)
