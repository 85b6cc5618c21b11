"""Partners' questions about lines of their statements."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.kernel import OperatorId
from forecourt.settlement import Question
from forecourt.store.codec import Codec
from forecourt.store.postgres.link import Columns, Link
from forecourt.store.postgres.shelf import Shelf

_COLUMNS = Columns(
    "statement_questions",
    (
        ("operator_id", "uuid"),
        ("question_id", "uuid"),
        ("partner_id", "uuid"),
        ("statement_id", "uuid"),
        ("said_at", "timestamptz"),
        ("open", "boolean"),
        ("paper", "jsonb"),
    ),
    ("question_id",),
)
_CODEC = Codec[Question](Question)
_OLDEST = "ORDER BY said_at, question_id"


class Questions:
    def __init__(self, link: Link) -> None:
        self._shelf: Shelf[UUID, Question] = Shelf(link, _COLUMNS, _CODEC, lambda one: one.id, _record)

    def put(self, question: Question) -> None:
        self._shelf.put(question)

    def question(self, question_id: UUID) -> Question | None:
        return self._shelf.get(question_id, "question_id = %s", question_id)

    def lock(self, question_id: UUID) -> Question | None:
        return self._shelf.first("question_id = %s FOR NO KEY UPDATE", question_id)

    def of_statement(self, statement_id: UUID) -> Sequence[Question]:
        return self._shelf.find(f"statement_id = %s {_OLDEST}", statement_id)

    def of_partner(self, partner_id: UUID) -> Sequence[Question]:
        return self._shelf.find(f"partner_id = %s {_OLDEST}", partner_id)

    def waiting(self, operator_id: OperatorId) -> Sequence[Question]:
        return self._shelf.find(f"operator_id = %s AND open {_OLDEST}", operator_id)

    def flush(self) -> None:
        self._shelf.flush()


def _record(one: Question) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "question_id": one.id,
        "partner_id": one.partner_id,
        "statement_id": one.statement_id,
        "said_at": one.said_at,
        "open": one.open,
    }
