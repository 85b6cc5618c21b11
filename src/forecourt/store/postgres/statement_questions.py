"""Partners' questions about lines of their statements."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.kernel import OperatorId
from forecourt.settlement import Question
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap

_COLUMNS = Table(
    "statement_questions",
    (
        ("operator_id", "uuid"),
        ("question_id", "uuid"),
        ("partner_id", "uuid"),
        ("statement_id", "uuid"),
        ("said_at", "timestamptz"),
        ("open", "boolean"),
        ("data", "jsonb"),
    ),
    ("question_id",),
)
_CODEC = Codec[Question](Question)
_OLDEST = "ORDER BY said_at, question_id"


class Questions:
    def __init__(self, db: DbConnection) -> None:
        self._map: IdentityMap[UUID, Question] = IdentityMap(db, _COLUMNS, _CODEC, lambda one: one.id, _record)

    def put(self, question: Question) -> None:
        self._map.put(question)

    def question(self, question_id: UUID) -> Question | None:
        return self._map.get(question_id, "question_id = %s", question_id)

    def lock(self, question_id: UUID) -> Question | None:
        return self._map.first("question_id = %s FOR NO KEY UPDATE", question_id)

    def of_statement(self, statement_id: UUID) -> Sequence[Question]:
        return self._map.find(f"statement_id = %s {_OLDEST}", statement_id)

    def of_partner(self, partner_id: UUID) -> Sequence[Question]:
        return self._map.find(f"partner_id = %s {_OLDEST}", partner_id)

    def waiting(self, operator_id: OperatorId) -> Sequence[Question]:
        return self._map.find(f"operator_id = %s AND open {_OLDEST}", operator_id)

    def flush(self) -> None:
        self._map.flush()


def _record(one: Question) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "question_id": one.id,
        "partner_id": one.partner_id,
        "statement_id": one.statement_id,
        "said_at": one.raised_at,
        "open": one.open,
    }
