"""REST for a driver's receipts: their files, and complaints about them."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.billing import Complaint
from forecourt.flows.billing import file_complaint
from forecourt.web.api.models import Amount, Line, amount, line
from forecourt.web.api.openapi_completion import WithFiles
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.frame.responses import WebRequest, file_response, split_file_name
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.receipts import document_file, own_document, readable_document, receipt_view, receipts_of
from forecourt.web.views.receipt import ReceiptView


class ComplaintRequest(Struct, forbid_unknown_fields=True):
    """words: what is wrong with the bill, for the operator's staff."""

    words: Annotated[str, Meta(min_length=1, max_length=2000)]


class ComplaintItem(Struct):
    """answer: the operator's, if nothing is changed. credit_note: the number of the one that answered it. over_at: null while it waits."""

    said_at: datetime
    words: str
    answer: str
    credit_note: str
    over_at: datetime | None


class TaxItem(Struct):
    """percent: decimal text."""

    percent: str
    net: Amount
    vat: Amount


class ReceiptItem(Struct):
    """total: the price with VAT, after the operator's discounts, which are lines; due: what the driver pays of it, the rest
    is paid by others. paid: "paid", "open", "monthly" (a statement will collect it) or "credited". charge: its id, empty where it is about
    none; started_at, ended_at: of it. complaints: told of one receipt alone, not in a list."""

    number: str
    kind: str
    issued_at: datetime
    site: str
    energy_wh: int
    net: Amount
    total: Amount
    paid: str
    lines: list[Line]
    pdf: str
    because: str
    paid_by_others: list[Line]
    due: Amount
    charge: str
    started_at: datetime | None
    ended_at: datetime | None
    vat: list[TaxItem]
    complaints: list[ComplaintItem]


@get("/", sync_to_thread=True, **PAGINATED, summary="Your receipts, latest first")
def list_receipts(request: WebRequest, part: PageQuery) -> Response[list[ReceiptItem]]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        return page_response(request, receipts_of(store, driver_id, part.newest(50)), receipt_item)


@get(
    "/{name:str}",
    sync_to_thread=True,
    operation_class=WithFiles,
    summary="One receipt as JSON; add .pdf or .xml to its number for its files",
)
def get_receipt(request: WebRequest, name: FromPath[str]) -> Response[ReceiptItem]:
    """Your own, or that of a driver whose charges you pay for."""
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        number, ending = split_file_name(name)
        invoice = readable_document(store, number, driver_id)
        if ending:
            return file_response(name, document_file(store, invoice, ending))
        return Response(receipt_item(receipt_view(store, invoice)))


@post("/{number:str}/complaints", sync_to_thread=True, status_code=201, summary="Report that something is wrong with a bill")
def create_complaint(request: WebRequest, number: FromPath[str], data: JSONBody[ComplaintRequest]) -> ReceiptItem:
    """The operator answers with a credit note or in words. Refused (409) while one is waiting for an answer, so a repeated request counts
    once.
    """
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        invoice = own_document(store, number, driver_id)
        file_complaint(store, invoice, data.words, ports.clock.now(), ports.ids)
        return receipt_item(receipt_view(store, invoice))


def receipt_item(view: ReceiptView, home: str = "/api/v1/receipts") -> ReceiptItem:
    """home: where its files are."""
    return ReceiptItem(
        number=view.number,
        kind=view.kind,
        issued_at=view.issued_at,
        site=view.site_name,
        energy_wh=view.energy_wh,
        net=amount(view.net),
        total=amount(view.gross),
        paid=view.paid,
        lines=[line(one) for one in view.lines],
        pdf=f"{home}/{view.number}.pdf",
        because=view.price_because,
        paid_by_others=[line(one) for one in view.paid_by_others],
        due=amount(view.due),
        charge=view.session_id,
        started_at=view.started_at,
        ended_at=view.ended_at,
        vat=[TaxItem(one.percent, amount(one.net), amount(one.vat)) for one in view.vat],
        complaints=[_complaint(one) for one in view.complaints],
    )


def _complaint(one: Complaint) -> ComplaintItem:
    return ComplaintItem(one.raised_at, one.text, one.answer, one.note, one.over_at)


routes = Router("/api/v1/receipts", tags=["Bills"], guards=[signed_in], route_handlers=[list_receipts, get_receipt, create_complaint])
