"""Partners' statements: each is issued, settled and printed once."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.flows.ports import DocumentFiles
from forecourt.kernel import DocumentId, OperatorId
from forecourt.settlement import Statement, StatementPayment
from forecourt.store.codec import Codec, json_bytes
from forecourt.store.postgres.db_connection import DbConnection, Table

_INSERT = Table(
    "partner_statements",
    (
        ("operator_id", "uuid"),
        ("statement_id", "uuid"),
        ("partner_id", "uuid"),
        ("number", "text"),
        ("issued_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    (),
).insert()
_STATEMENT = Codec[Statement](Statement)
_SETTLED = Codec[StatementPayment](StatementPayment)


class Statements:
    def __init__(self, db: DbConnection) -> None:
        self._db = db

    def put_statement(self, statement: Statement) -> None:
        record = {
            "operator_id": statement.operator_id,
            "statement_id": statement.id,
            "partner_id": statement.partner_id,
            "number": statement.number,
            "issued_at": statement.issued_at,
            "data": _STATEMENT.pack(statement),
        }
        self._db.write(_INSERT, [record])

    def statement(self, statement_id: UUID) -> Statement | None:
        found = self._find("statement_id = %s", statement_id)
        return found[0] if found else None

    def statements(self, operator_id: OperatorId, partner_id: UUID | None = None) -> Sequence[Statement]:
        where = "operator_id = %s AND (%s::uuid IS NULL OR partner_id = %s) ORDER BY issued_at DESC, number DESC"
        return self._find(where, operator_id, partner_id, partner_id)

    def settle(self, settled: StatementPayment) -> bool:
        data = json_bytes(_SETTLED.pack(settled)).decode()
        statement = "INSERT INTO statements_settled VALUES (%s, %s::jsonb) ON CONFLICT (statement_id) DO NOTHING"
        return self._db.run(statement, settled.statement_id, data) == 1

    def unsettle(self, statement_id: UUID) -> bool:
        return self._db.run("DELETE FROM statements_settled WHERE statement_id = %s", statement_id) == 1

    def settled(self, statement_id: UUID) -> StatementPayment | None:
        found = self._db.one("SELECT data FROM statements_settled WHERE statement_id = %s", statement_id)
        return _SETTLED.read(found[0]) if found else None

    def put_pdf(self, statement_id: UUID, pdf: bytes, sha256: str) -> None:
        self._db.run("INSERT INTO statement_pdfs VALUES (%s, %s, %s) ON CONFLICT (statement_id) DO NOTHING", statement_id, sha256, pdf)

    def pdf(self, statement_id: UUID) -> bytes | None:
        found = self._db.one("SELECT pdf FROM statement_pdfs WHERE statement_id = %s", statement_id)
        return bytes(found[0]) if found else None

    def put_self_billed_files(self, statement_id: UUID, document_id: DocumentId, files: DocumentFiles) -> None:
        query = "INSERT INTO self_billed_files VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (statement_id, document_id) DO NOTHING"
        self._db.run(query, statement_id, document_id, files.pdf_sha256, files.pdf, files.xml_sha256, files.xml)

    def self_billed_files(self, statement_id: UUID, document_id: DocumentId) -> DocumentFiles | None:
        query = "SELECT pdf, sha256, xml, xml_sha256 FROM self_billed_files WHERE statement_id = %s AND document_id = %s"
        found = self._db.one(query, statement_id, document_id)
        return DocumentFiles(bytes(found[0]), found[1], bytes(found[2]), found[3]) if found else None

    def without_pdf(self, limit: int = 20) -> Sequence[Statement]:
        where = "NOT EXISTS (SELECT FROM statement_pdfs p WHERE p.statement_id = partner_statements.statement_id)"
        return self._find(f"{where} ORDER BY issued_at, statement_id LIMIT %s", limit)

    def _find(self, where: str, *parameters: object) -> list[Statement]:
        found = self._db.rows(f"SELECT data FROM partner_statements WHERE {where}", *parameters)  # noqa: S608
        return [_STATEMENT.read(data) for (data,) in found]
