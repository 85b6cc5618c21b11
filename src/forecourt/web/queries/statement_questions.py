"""Lines of partners' statements and the questions about them, for the partner and the operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecourt.flows.ports import Store
from forecourt.kernel import OperatorId
from forecourt.settlement import MAX_QUESTIONS, Question, Statement, StatementLine, StatementPayment, line_at, line_text
from forecourt.web.queries.local_days import local_date


@dataclass(frozen=True, slots=True)
class LineRow:
    """place: on the statement, from 1. questions: about it, oldest first. day: the line's, in the statement's zone."""

    place: int
    line: StatementLine
    questions: tuple[Question, ...]
    day: date

    @property
    def text(self) -> str:
        return line_text(self.line)

    @property
    def may_ask(self) -> bool:
        return len(self.questions) < MAX_QUESTIONS and not any(one.open for one in self.questions)


@dataclass(frozen=True, slots=True)
class StatementLines:
    statement: Statement
    settled: StatementPayment | None
    rows: tuple[LineRow, ...]

    @property
    def open(self) -> bool:
        """Whether a question waits for an answer."""
        return any(one.open for row in self.rows for one in row.questions)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """statement: the statement it is about; line: of that."""

    question: Question
    statement: Statement
    line: StatementLine


def statement_lines(store: Store, statement: Statement) -> StatementLines:
    by_line: dict[int, list[Question]] = {}
    for one in store.questions.of_statement(statement.id):
        by_line.setdefault(one.place, []).append(one)
    zone = statement.zone
    rows = (LineRow(place, line, tuple(by_line.get(place, ())), local_date(line.at, zone)) for place, line in enumerate(statement.lines, 1))
    return StatementLines(statement, store.partners.settled(statement.id), tuple(rows))


def questions_waiting(store: Store, operator_id: OperatorId) -> tuple[QuestionRow, ...]:
    """Unanswered questions, oldest first."""
    return _rows(store, store.questions.waiting(operator_id))


def _rows(store: Store, questions: Sequence[Question]) -> tuple[QuestionRow, ...]:
    found = ((one, store.partners.statement(one.statement_id)) for one in questions)
    return tuple(QuestionRow(one, statement, line_at(statement, one.place)) for one, statement in found if statement)
