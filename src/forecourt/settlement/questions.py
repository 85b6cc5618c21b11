"""Partners' questions about statement lines: open until the operator corrects the line on the next statement, or declines with a reason.

The statement itself never changes and is paid meanwhile: the question is only about the difference.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from forecourt.billing import required_text
from forecourt.kernel import BadInput, Conflict, Money, OperatorId, Text
from forecourt.ledger import Posting, Txn
from forecourt.offers import OfferKind, Redemption
from forecourt.settlement.model import offer_cost, partner_share, payable
from forecourt.settlement.statements import Statement, StatementLine

MAX_QUESTIONS = 3  # per line


@dataclass(frozen=True, slots=True)
class Question:
    """number: of the statement; place: of the line on it, from 1. text: the partner's; answer: the operator's. correction: the amount on
    the next statement, positive to the partner; None: the line stays. over_at: None while it is open."""

    id: UUID
    operator_id: OperatorId
    partner_id: UUID
    statement_id: UUID
    number: str
    place: int
    raised_at: datetime
    text: str
    answer: str = ""
    correction: Money | None = None
    over_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.over_at is None


def line_at(statement: Statement, place: int) -> StatementLine:
    """The line at a place. Raises BadInput if the statement has no such line."""
    if not 1 <= place <= len(statement.lines):
        raise BadInput(
            "place", Text("{number} has no line {place}.", number=statement.number, place=place), Text("Choose one of its lines.")
        )
    return statement.lines[place - 1]


def open_question(statement: Statement, place: int, earlier: Collection[Question], text: str, at: datetime) -> Question:
    """Ask about a line. earlier: all questions about this statement. The same question sent twice counts once. Raises BadInput; Conflict if
    one about the line is already open or the limit is reached."""
    line_at(statement, place)
    known = [one for one in earlier if one.place == place]
    if any(one.open for one in known):
        raise Conflict(
            "question_waits", Text("You have asked about line {place} already.", place=place), Text("The answer is mailed to you.")
        )
    if len(known) >= MAX_QUESTIONS:
        raise Conflict(
            "questions_enough",
            Text("Line {place} was answered {times} times.", place=place, times=MAX_QUESTIONS),
            Text("Write to the operator's address."),
        )
    identity = (uuid5(statement.id, f"{place}/{len(known)}"), statement.operator_id, statement.partner_id, statement.id)
    return Question(*identity, statement.number, place, at, required_text(text, Text("What is wrong with it?")))


def record_answer(question: Question, statement: Statement, text: str, correction: Money | None, at: datetime) -> Question:
    """correction: positive to the partner; None: the line stays. Raises BadInput, and Conflict if it has been answered already."""
    if not question.open:
        raise Conflict("answered_already", f"Someone has already answered the question about {question.number}.", "Check the answer.")
    if correction is not None:
        _check(statement, correction)
    return replace(question, answer=required_text(text, "Say why: the partner reads it."), correction=correction, over_at=at)


def correct_line(question: Question, statement: Statement, kind: OfferKind) -> tuple[Redemption, Txn]:
    """The item that an answered question adds to the partner's next statement, and its entry: a cost owed to the partner, or the reverse.
    kind: of the line; for a line that is itself a correction, of the line it corrects."""
    assert question.correction is not None and question.over_at is not None  # noqa: S101 - only what is corrected comes here
    text = f"Correction of {statement.number}, line {question.place}"
    details = (question.id, question.operator_id, question.partner_id, statement.id, question.id)
    item = Redemption(*details, OfferKind.CORRECTION, question.over_at, text, question.correction, document=statement.number)
    cost = partner_share(statement.handle) if kind is OfferKind.HOSTING else offer_cost(statement.handle)
    posting = Posting.of(payable(statement.handle), cost, question.correction)
    return item, Txn(f"correction/{question.id}", question.operator_id, question.over_at, text, statement.id, (posting,))


def _check(statement: Statement, correction: Money) -> None:
    """Guard against typing errors: a correction above the whole statement must be posted by hand, where the accounts are named."""
    if not correction or correction.currency != statement.owed.currency:
        raise BadInput(
            "amount", f"{correction} is not a correction of {statement.number}.", f"Enter an amount in {statement.owed.currency}."
        )
    whole = Money(sum(abs(line.owed.minor) for line in statement.lines), correction.currency)
    if abs(correction.minor) > whole.minor:
        raise BadInput("amount", f"{correction} is more than the whole of {statement.number} ({whole}).", "Check the amount.")
