"""Complaining about a bill on its page, with or without an account."""

from collections.abc import Callable
from typing import Any

from litestar import Router, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.billing import Invoice
from forecourt.flows.billing import file_complaint
from forecourt.flows.guests import booked_guest, visit_of
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Conflict, Text
from forecourt.web.frame import sealing
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.disputes import disputes_about
from forecourt.web.queries.guest_visits import guest_document
from forecourt.web.queries.receipts import buyer_view, files_view, own_document, receipt_view


class ComplaintForm(Struct):
    words: str = ""


@post("/receipts/{number:str}/complaint", sync_to_thread=True, guards=[signed_in], status_code=200)
def of_driver(request: WebRequest, number: FromPath[str], data: URLEncodedBody[ComplaintForm]) -> Response[Any]:
    driver_id = visitor_of(request).require_driver()
    return _complain(
        request, lambda store: own_document(store, number, driver_id), data.words, {"template": "driver/receipt.html", "base": ""}
    )


@post("/c/{key:str}/receipts/{number:str}/complaint", sync_to_thread=True, status_code=200)
def of_visit(request: WebRequest, key: FromPath[str], number: FromPath[str], data: URLEncodedBody[ComplaintForm]) -> Response[Any]:
    shown = {"template": "guest/receipt.html", "base": f"/c/{key}", "of": Text("Your charge")}
    return _complain(request, lambda store: guest_document(store, visit_of(store, sealing.digest(key)), number), data.words, shown)


@post("/b/{key:str}/receipts/{number:str}/complaint", sync_to_thread=True, status_code=200)
def of_booking(request: WebRequest, key: FromPath[str], number: FromPath[str], data: URLEncodedBody[ComplaintForm]) -> Response[Any]:
    shown = {"template": "guest/receipt.html", "base": f"/b/{key}", "of": Text("Your booking")}
    return _complain(request, lambda store: guest_document(store, booked_guest(store, sealing.digest(key)), number), data.words, shown)


def _complain(request: WebRequest, find: Callable[[Store], Invoice], text: str, shown: dict[str, Any]) -> Response[Any]:
    """find: looks up the sender's own bill, raises NotFound otherwise. A refusal shows it again, with what was typed."""
    ports = ports_of(request)
    try:
        with ports.transactions.begin() as store:
            complaint = file_complaint(store, find(store), text, ports.clock.now(), ports.ids)
    except (BadInput, Conflict) as error:
        with ports.transactions.begin() as store:
            invoice = find(store)
            seen: dict[str, Any] = {
                "receipt": receipt_view(store, invoice),
                "files": files_view(store, invoice),
                "disputes": disputes_about(store, invoice),
                "made_out": buyer_view(store, invoice, ports.clock.now()),
            }
        seen |= {**shown, "error": error, "typed": text, "tab": "receipts"}
        return page(request, seen.pop("template"), status_of(error), **seen)
    return redirect_to(request, f"{shown['base']}/receipts/{complaint.number}", "complained")


routes = Router("/", route_handlers=[of_driver, of_visit, of_booking])
