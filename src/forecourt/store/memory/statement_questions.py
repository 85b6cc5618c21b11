"""Partners' questions about their statements, in memory."""

from collections.abc import Callable, Sequence
from uuid import UUID

from forecourt.kernel import OperatorId
from forecourt.settlement import Question
from forecourt.store.memory.database import MemoryDatabase


class Questions:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, question: Question) -> None:
        self._db.questions.put(question.id, question)

    def question(self, question_id: UUID) -> Question | None:
        return self._db.questions.get(question_id)

    def lock(self, question_id: UUID) -> Question | None:
        return self.question(question_id)  # units of work run alone here

    def of_statement(self, statement_id: UUID) -> Sequence[Question]:
        return self._oldest(lambda one: one.statement_id == statement_id)

    def of_partner(self, partner_id: UUID) -> Sequence[Question]:
        return self._oldest(lambda one: one.partner_id == partner_id)

    def waiting(self, operator_id: OperatorId) -> Sequence[Question]:
        return self._oldest(lambda one: one.operator_id == operator_id and one.open)

    def _oldest(self, wanted: Callable[[Question], bool]) -> Sequence[Question]:
        return sorted(self._db.questions.where(wanted), key=lambda one: (one.raised_at, one.id))
