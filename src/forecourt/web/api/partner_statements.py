"""REST for partners' and hosts' monthly statements: a partner's own, and all of the operator's."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Response
from msgspec import Struct

from forecourt.billing import Invoice
from forecourt.flows.ports import ListOrder, Store, page_of
from forecourt.kernel import NotFound, OperatorId
from forecourt.settlement import Statement
from forecourt.web.api.models import Amount, amount
from forecourt.web.api.openapi_completion import WithFiles
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.frame.responses import WebRequest, file_response, split_file_name
from forecourt.web.frame.visitor import Connection, ports_of, staff_only, visitor_of
from forecourt.web.offers.partner_home import partner_of, partners_only
from forecourt.web.queries.self_billing import statement_file
from forecourt.web.queries.statement_questions import LineRow, statement_lines

_HOME = "/api/v1/partner-statements"
_ISSUED: ListOrder[Statement] = ListOrder(lambda one: (one.issued_at, one.number), (datetime, str))


class PartnerStatementLineItem(Struct):
    """place: on the statement, from 1. kind: "PURCHASE" (a voucher that the partner handed out), "EARNED" (one that it accepted),
    "HOSTING" (a host's share of a day) or "CORRECTION" (of the statement `document`). text: in English, an offer's name as the partner
    wrote it. code: the voucher's last four characters. document: the driver's bill, where there is one. owed: to the partner, negative
    if the partner owes it. question: "open" if the partner's question about it is unanswered, "answered", or empty."""

    place: int
    at: datetime
    kind: str
    text: str
    code: str
    document: str
    owed: Amount
    question: str


class SelfBilledItem(Struct):
    """An invoice or credit note that the operator issued for the partner's supplies, with its agreement. kind: "INVOICE" or "CREDIT_NOTE".
    corrects: the number of the invoice that a credit note is for. net, vat, gross: positive, also of a credit note. xml: the e-invoice
    (EN 16931); pdf has it too."""

    number: str
    kind: str
    corrects: str
    net: Amount
    vat: Amount
    gross: Amount
    pdf: str
    xml: str


class PartnerStatementItem(Struct):
    """What a month comes to for a café, shop or host; never changed, but for whether it is paid. id: as the ledger names it (`subject`).
    partner, partner_name: as on the statement. start, end: of the month, in the operator's zone. owed: the sum of its lines and of the VAT
    of its self-billed documents, negative if the partner owes it. due_at: when it is to be paid. paid_at, reference: when and how it was
    paid; null and empty = it is not."""

    id: UUID
    number: str
    partner: UUID
    partner_name: str
    issued_at: datetime
    due_at: datetime
    start: datetime
    end: datetime
    owed: Amount
    paid_at: datetime | None
    reference: str
    pdf: str
    lines: list[PartnerStatementLineItem]
    self_billed: list[SelfBilledItem]


async def staff_or_partner(connection: Connection, handler: BaseRouteHandler) -> None:
    await (staff_only if visitor_of(connection).staff else partners_only)(connection, handler)


@get("/", sync_to_thread=True, **PAGINATED, summary="Partners' statements, latest first: yours, or all of the operator's")
def list_partner_statements(
    request: WebRequest,
    part: PageQuery,
    partner: Annotated[UUID | None, QueryParameter(description="Only this partner's. For staff.")] = None,
) -> Response[list[PartnerStatementItem]]:
    """A partner's token lists the partner's own, a staff member's token everyone's."""
    operator, own = _reader(request)
    with ports_of(request).transactions.begin() as store:
        found = page_of(store.partners.statements(operator, own or partner), _ISSUED, part.newest(50))
        return page_response(request, found, lambda one: _item(store, one))


@get("/{name:str}", sync_to_thread=True, operation_class=WithFiles, summary="One statement as JSON; add .pdf to its number for its file")
def get_partner_statement(request: WebRequest, name: FromPath[str]) -> Response[PartnerStatementItem]:
    """404 if it belongs to someone else. Files of self-billed documents (.pdf, .xml) are named by their own numbers."""
    (operator, own), (_, ending) = _reader(request), split_file_name(name)
    with ports_of(request).transactions.begin() as store:
        if ending:
            return file_response(name, statement_file(store, operator, name, own))
        found = next((one for one in store.partners.statements(operator, own) if one.number == name), None)
        if found is None:
            raise NotFound("statement", "There is no such statement.", f"Statements are listed under GET {_HOME}.")
        return Response(_item(store, found))


def _reader(request: WebRequest) -> tuple[OperatorId, UUID | None]:
    """Whose statements are read: the operator's, all or those of one partner."""
    visitor = visitor_of(request)
    if visitor.staff:
        return visitor.operator, None
    account, partner_id = partner_of(request)
    return account.operator_id, partner_id


def _item(store: Store, one: Statement) -> PartnerStatementItem:
    view = statement_lines(store, one)
    return PartnerStatementItem(
        id=one.id,
        number=one.number,
        partner=one.partner_id,
        partner_name=one.partner.name,
        issued_at=one.issued_at,
        due_at=one.due_at,
        start=one.month.start,
        end=one.month.end,
        owed=amount(one.owed),
        paid_at=view.settled.at if view.settled else None,
        reference=view.settled.reference if view.settled else "",
        pdf=f"{_HOME}/{one.number}.pdf",
        lines=[_line(row) for row in view.rows],
        self_billed=[_document(document) for document in one.self_billed],
    )


def _document(one: Invoice) -> SelfBilledItem:
    amounts, files = (amount(one.net), amount(one.tax), amount(one.gross)), (f"{_HOME}/{one.number}.{ending}" for ending in ("pdf", "xml"))
    return SelfBilledItem(one.number, one.kind.value, one.content.corrects_number, *amounts, *files)


def _line(row: LineRow) -> PartnerStatementLineItem:
    one, asked = row.line, row.questions
    question = "open" if any(each.open for each in asked) else "answered" if asked else ""
    about = (row.place, one.at, one.kind.value, str(row.text), one.code, one.document, amount(one.owed))
    return PartnerStatementLineItem(*about, question)


routes = Router(_HOME, tags=["Offers"], guards=[staff_or_partner], route_handlers=[list_partner_statements, get_partner_statement])
