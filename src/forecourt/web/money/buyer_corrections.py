"""A guest's bill is made out to somebody else: by the guest on its page, or by the operator in the console."""

from collections.abc import Callable
from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.billing import Invoice
from forecourt.flows.billing import Recipient, buyer_refusal, correct_buyer, correct_own_buyer
from forecourt.flows.guests import booked_guest, visit_of
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Conflict, Refused, Text
from forecourt.web.frame import sealing
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.guest_visits import guest_document
from forecourt.web.queries.receipts import document_by_number, guest_bill, located_buyer, receipt_view

_DONE = "buyer_corrected"


class BuyerForm(Struct):
    """words: the operator's reason."""

    name: str = ""
    address: str = ""
    vat_number: str = ""
    order: str = ""
    country: str = ""
    words: str = ""


@post("/c/{key:str}/receipts/{number:str}/buyer", sync_to_thread=True, status_code=200)
def of_visit(request: WebRequest, key: FromPath[str], number: FromPath[str], data: URLEncodedBody[BuyerForm]) -> Response[Any]:
    shown = {"base": f"/c/{key}", "of": Text("Your charge")}
    return _correct(request, lambda store: guest_document(store, visit_of(store, sealing.digest(key)), number), data, shown)


@post("/b/{key:str}/receipts/{number:str}/buyer", sync_to_thread=True, status_code=200)
def of_booking(request: WebRequest, key: FromPath[str], number: FromPath[str], data: URLEncodedBody[BuyerForm]) -> Response[Any]:
    shown = {"base": f"/b/{key}", "of": Text("Your booking")}
    return _correct(request, lambda store: guest_document(store, booked_guest(store, sealing.digest(key)), number), data, shown)


@get("/documents/{number:str}/buyer", sync_to_thread=True)
def buyer_page(request: WebRequest, number: FromPath[str]) -> Response[str]:
    return _console_page(request, number, None, None)


@post("/documents/{number:str}/buyer", sync_to_thread=True, status_code=200)
def save_buyer(request: WebRequest, number: FromPath[str], data: URLEncodedBody[BuyerForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            invoice = document_by_number(store, number, by.operator_id)
            made = correct_buyer(store, by, invoice.id, _recipient(data), data.words)
    except (BadInput, Conflict) as error:
        return _console_page(request, number, data, error)
    return redirect_to(request, f"/console/documents/{made.number}", _DONE)


def _recipient(data: BuyerForm) -> Recipient:
    return Recipient(data.name, data.address, data.vat_number, data.order, data.country)


def _correct(request: WebRequest, find: Callable[[Store], Invoice], data: BuyerForm, shown: dict[str, Any]) -> Response[Any]:
    """find: looks up the sender's own bill, raises NotFound otherwise. A refusal shows it again, with what was typed."""
    ports = ports_of(request)
    try:
        with ports.transactions.begin() as store:
            made = correct_own_buyer(store, find(store), _recipient(data), ports.clock.now(), ports.ids)
    except (BadInput, Conflict) as error:
        with ports.transactions.begin() as store:
            seen = guest_bill(store, find(store), ports.clock.now())
        filled: dict[str, Any] = {**seen, **shown, "buyer_error": error, "buyer": data}
        return page(request, "guest/receipt.html", status_of(error), **filled)
    return redirect_to(request, f"{shown['base']}/receipts/{made.number}", _DONE)


def _console_page(request: WebRequest, number: str, typed: BuyerForm | None, error: Refused | None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        invoice = document_by_number(store, number, visitor_of(request).operator)
        view, refusal = receipt_view(store, invoice), buyer_refusal(store, invoice)
    shown: dict[str, Any] = {"receipt": view, "refusal": refusal, "buyer": typed or located_buyer(invoice), "error": error}
    return page(request, "console/buyer.html", status_of(error) if error else 200, **shown, tab="documents")


routes = Router("/", route_handlers=[of_visit, of_booking])
pages = [buyer_page, save_buyer]
