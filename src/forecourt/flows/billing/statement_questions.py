"""Questions about lines of partners' statements: stored, answered with a correction on the next one or in words, and the partner told."""

from datetime import datetime
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_partner_answer
from forecourt.flows.ports.store import Store
from forecourt.kernel import Money, NotFound
from forecourt.offers import OfferKind
from forecourt.settlement import Question, Statement, correct_line, line_at, open_question, record_answer


def ask_question(store: Store, statement: Statement, place: int, text: str, at: datetime) -> Question:
    """statement: of the partner who asks; place: of the line, from 1."""
    question = open_question(statement, place, store.questions.of_statement(statement.id), text, at)
    store.questions.put(question)
    return question


def answer_question(store: Store, by: Staff, question_id: UUID, answer: str, correction: Money | None = None) -> Question:
    """Answer a question; the partner is told by email. correction: on its next statement, positive to the partner; None: the line stays.
    Raises NotFound, BadInput; Conflict if someone else was first."""
    found = store.questions.lock(question_id)
    statement = store.partners.statement(found.statement_id) if found else None
    if found is None or statement is None or found.operator_id != by.operator_id:
        raise NotFound("question", "There is no such question.")
    answered = record_answer(found, statement, answer, correction, by.at)
    store.questions.put(answered)
    if correction is not None:
        item, txn = correct_line(answered, statement, _first_kind(store, answered, statement))
        store.partners.put_redemption(item)
        store.ledger.post(txn)
    notify_partner_answer(store, answered, statement.zone, by.at)
    summary = f"line {answered.place} of {answered.number}: " + (f"{correction} on the next statement" if correction else "unchanged")
    note(store, by, "question.correct" if correction else "question.answer", answered.id, summary)
    return answered


def _first_kind(store: Store, question: Question, statement: Statement) -> OfferKind:
    """The kind of the line; for a correction, that of the line it corrects."""
    line = line_at(statement, question.place)
    before = next((one for one in store.questions.of_partner(question.partner_id) if one.correction and one.over_at == line.at), None)
    earlier = store.partners.statement(before.statement_id) if before else None
    if line.kind is not OfferKind.CORRECTION or before is None or earlier is None:
        return line.kind
    return _first_kind(store, before, earlier)
