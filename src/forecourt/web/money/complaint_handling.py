"""Complaints by drivers about bills and by partners about statement lines, answered in the console."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.billing import answer_question, decline_complaint
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Money, NotFound
from forecourt.web.frame.amounts import parse_amount
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.complaints import complaints_of
from forecourt.web.queries.statement_questions import questions_waiting

_HOME = "/console/complaints"


class AnswerForm(Struct):
    """way: "stays", or in whose favour the amount is: "theirs", "ours"."""

    way: str = "stays"
    amount: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that was refused. about: the id of the complaint or question; words, amount, way: as typed."""

    about: str
    words: str
    error: BadInput
    amount: str = ""
    way: str = ""


@get("/complaints", sync_to_thread=True)
def complaints(request: WebRequest) -> Response[str]:
    return _page(request)


@post("/complaints/{complaint_id:uuid}/decline", sync_to_thread=True, status_code=200)
def decline(request: WebRequest, complaint_id: FromPath[UUID], data: URLEncodedBody[AnswerForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            decline_complaint(store, by, complaint_id, data.words)
    except BadInput as error:
        return _page(request, Refusal(str(complaint_id), data.words, error))
    return redirect_to(request, _HOME, "declined")


@post("/complaints/questions/{question_id:uuid}", sync_to_thread=True, status_code=200)
def reply(request: WebRequest, question_id: FromPath[UUID], data: URLEncodedBody[AnswerForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            answer = answer_question(store, by, question_id, data.words, _correction(store, question_id, data))
    except BadInput as error:
        return _page(request, Refusal(str(question_id), data.words, error, data.amount, data.way))
    return redirect_to(request, _HOME, "question_corrected" if answer.correction else "question_answered")


def _correction(store: Store, question_id: UUID, data: AnswerForm) -> Money | None:
    """As typed, positive in the partner's favour; None: the line stays."""
    if data.way not in ("theirs", "ours"):
        if data.amount.strip():
            raise BadInput("amount", "An amount is entered, but the line is to stay.", "Choose who is owed it, or remove it.")
        return None
    found = store.questions.question(question_id)
    statement = store.partners.statement(found.statement_id) if found else None
    if statement is None:
        raise NotFound("question", "There is no such question.")
    amount = parse_amount(data.amount, statement.owed.currency, "amount")
    return amount if data.way == "theirs" else -amount


def _page(request: WebRequest, refused: Refusal | None = None) -> Response[str]:
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        view, waiting = complaints_of(store, operator, requested_page(request)), questions_waiting(store, operator)
    shown: dict[str, Any] = {"complaints": view, "questions": waiting, "pages": pager(request, view.page, _HOME), "refused": refused}
    return page(request, "console/complaints.html", 422 if refused else 200, **shown, query=request.url.query, tab="documents")


pages: list[Any] = [complaints, decline, reply]
