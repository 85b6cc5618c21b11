"""A partner's statement line by line: the partner can ask about each and reads the answer here."""

from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.billing import ask_question
from forecourt.flows.ports import Store
from forecourt.kernel import NotFound, Refused
from forecourt.settlement import Statement
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import PAGE_SIZE, paginate
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of
from forecourt.web.offers.partner_home import partner_of, partners_only
from forecourt.web.queries.statement_questions import statement_lines


class LineForm(Struct):
    place: int = 0
    words: str = ""


@get("/{number:str}/lines", sync_to_thread=True)
def lines(request: WebRequest, number: FromPath[str], line: FromQuery[int] = 0) -> Response[str]:
    """line: the one to ask about, from 1; 0: none."""
    return _lines(request, number, LineForm(line))


@post("/{number:str}/lines", sync_to_thread=True, status_code=200)
def ask(request: WebRequest, number: FromPath[str], data: URLEncodedBody[LineForm]) -> Response[Any]:
    ports = ports_of(request)
    try:
        with ports.transactions.begin() as store:
            ask_question(store, _own(request, store, number), data.place, data.words, ports.clock.now())
    except NotFound:
        raise
    except Refused as error:
        return _lines(request, number, data, error)
    return redirect_to(request, f"{_home(number)}?page={(data.place - 1) // PAGE_SIZE + 1}", "line_asked")


def _lines(request: WebRequest, number: str, form: LineForm, error: Refused | None = None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        statement = _own(request, store, number)
        view, partner = statement_lines(store, statement), store.partners.partner(statement.partner_id)
    rows, pages = paginate(request, view.rows, _home(number))
    account = partner.masked_bank if partner and not view.settled else ""
    chosen = view.rows[form.place - 1] if 1 <= form.place <= len(view.rows) else None
    shown: dict[str, Any] = {"account": account, "view": view, "rows": rows, "pages": pages, "chosen": chosen, "form": form, "error": error}
    return page(request, "partner/lines.html", status_of(error) if error else 200, **shown, tab="today")


def _home(number: str) -> str:
    return f"/partners/statements/{number}/lines"


def _own(request: WebRequest, store: Store, number: str) -> Statement:
    account, partner_id = partner_of(request)
    statements = store.partners.statements(account.operator_id, partner_id)
    found = next((one for one in statements if one.number == number), None)
    if found is None:
        raise NotFound("statement", "You have no such statement.")
    return found


routes = Router("/partners/statements", guards=[partners_only], route_handlers=[lines, ask])
