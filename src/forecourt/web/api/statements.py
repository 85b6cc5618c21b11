"""REST for monthly accounts: a driver's or a fleet's own statements, and all of the operator's."""

from datetime import datetime
from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Struct

from forecourt.billing import AccountLine
from forecourt.web.api.models import Amount, amount
from forecourt.web.api.openapi_completion import WithPdf
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.frame.responses import WebRequest, file_response
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.statements import StatementView, statement_by_number, statement_pdf, statement_view

_HOME = "/api/v1/statements"


class StatementDocumentItem(Struct):
    """A document that the statement collects. amount: what its driver owes, negative for a credit note."""

    number: str
    issued_at: datetime
    driver: UUID
    driver_name: str
    card: str
    cost_centre: str
    place: str
    socket: str
    started_at: datetime | None
    energy_wh: int
    amount: Amount


class StatementItem(Struct):
    """What a month comes to for who pays it; never changed, but for its state: "open" (being taken, or waited for), "reminded" or "paid".
    id: as the ledger names it (`subject`). payer: a driver, or who pays for a fleet. start, end: of the month, in the operator's zone. due:
    the sum of its documents."""

    id: UUID
    number: str
    issued_at: datetime
    payer: UUID
    start: datetime
    end: datetime
    due: Amount
    state: str
    pdf: str
    documents: list[StatementDocumentItem]


@get("/", sync_to_thread=True, **PAGINATED, summary="Monthly statements, latest first: yours, or all of the operator's")
def list_statements(request: WebRequest, part: PageQuery) -> Response[list[StatementItem]]:
    """A driver's token lists the driver's own, a staff member's token lists everyone's."""
    visitor, asked = visitor_of(request), part.newest(50)
    with ports_of(request).transactions.begin() as store:
        kept, own = store.statements, visitor.driver
        found = kept.page_of(own, asked) if own else kept.page(visitor.operator, asked)
        return page_response(request, found, lambda one: _item(statement_view(store, one)))


@get("/{name:str}", sync_to_thread=True, operation_class=WithPdf, summary="One statement as JSON; add .pdf to its number for its file")
def get_statement(request: WebRequest, name: FromPath[str]) -> Response[StatementItem]:
    """404 if it belongs to someone else."""
    visitor, number = visitor_of(request), name.removesuffix(".pdf")
    with ports_of(request).transactions.begin() as store:
        operator = store.drivers.driver(visitor.driver).operator_id if visitor.driver else visitor.operator
        found = statement_by_number(store, operator, number, visitor.driver)
        return Response(_item(statement_view(store, found))) if number == name else file_response(name, statement_pdf(store, found))


def _item(view: StatementView) -> StatementItem:
    one = view.statement
    return StatementItem(
        id=one.id,
        number=one.number,
        issued_at=one.issued_at,
        payer=one.driver_id,
        start=one.month.start,
        end=one.month.end,
        due=amount(one.due),
        state=view.state,
        pdf=f"{_HOME}/{one.number}.pdf",
        documents=[_stated(each) for each in one.lines],
    )


def _stated(one: AccountLine) -> StatementDocumentItem:
    what = (one.card, one.cost_centre, one.place, one.socket, one.started_at, one.energy_wh)
    return StatementDocumentItem(one.number, one.issued_at, one.driver_id, one.driver, *what, amount(one.amount))


routes = Router(_HOME, tags=["Bills"], guards=[signed_in], route_handlers=[list_statements, get_statement])
