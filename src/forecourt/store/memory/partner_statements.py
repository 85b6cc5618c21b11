"""The statements of partners, and their payment, in memory."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.flows.ports import DocumentFiles
from forecourt.kernel import DocumentId, OperatorId
from forecourt.settlement import Statement, StatementPayment
from forecourt.store.memory.database import MemoryDatabase


class Statements:
    """A part of `Partners`."""

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put_statement(self, statement: Statement) -> None:
        self._db.statements.put(statement.id, statement)

    def statement(self, statement_id: UUID) -> Statement | None:
        return self._db.statements.get(statement_id)

    def statements(self, operator_id: OperatorId, partner_id: UUID | None = None) -> Sequence[Statement]:
        mine = self._db.statements.where(lambda one: one.operator_id == operator_id and partner_id in (None, one.partner_id))
        return sorted(mine, key=lambda one: (one.issued_at, one.number), reverse=True)

    def settle(self, settled: StatementPayment) -> bool:
        if settled.statement_id in self._db.settled:
            return False
        self._db.settled.put(settled.statement_id, settled)
        return True

    def unsettle(self, statement_id: UUID) -> bool:
        if statement_id not in self._db.settled:
            return False
        self._db.settled.drop(statement_id)
        return True

    def settled(self, statement_id: UUID) -> StatementPayment | None:
        return self._db.settled.get(statement_id)

    def put_pdf(self, statement_id: UUID, pdf: bytes, sha256: str) -> None:
        if statement_id not in self._db.statement_pdfs:
            self._db.statement_pdfs.put(statement_id, pdf)

    def pdf(self, statement_id: UUID) -> bytes | None:
        return self._db.statement_pdfs.get(statement_id)

    def put_self_billed_files(self, statement_id: UUID, document_id: DocumentId, files: DocumentFiles) -> None:
        if (statement_id, document_id) not in self._db.self_billed_files:
            self._db.self_billed_files.put((statement_id, document_id), files)

    def self_billed_files(self, statement_id: UUID, document_id: DocumentId) -> DocumentFiles | None:
        return self._db.self_billed_files.get((statement_id, document_id))

    def without_pdf(self, limit: int = 20) -> Sequence[Statement]:
        waiting = self._db.statements.where(lambda one: one.id not in self._db.statement_pdfs)
        return sorted(waiting, key=lambda one: (one.issued_at, one.id))[:limit]
