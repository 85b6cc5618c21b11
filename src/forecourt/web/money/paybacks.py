"""Refunds by bank transfer: the list, marking one as paid, and retrying a card instead."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.billing import record_payback, retry_card_refund
from forecourt.flows.paying import cancel_payback, mark_payback_returned
from forecourt.kernel import BadInput, parse_day
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.paybacks import paybacks_of

_HOME = "/console/paybacks"


class PaidForm(Struct):
    """paid_on: a day, YYYY-MM-DD."""

    paid_on: str = ""
    reference: str = ""


@get("/paybacks", sync_to_thread=True)
def paybacks(request: WebRequest) -> Response[str]:
    return _page(request, "", PaidForm(), None)


@post("/paybacks/{payback_id:uuid}/paid", sync_to_thread=True, status_code=200)
def paid(request: WebRequest, payback_id: FromPath[UUID], data: URLEncodedBody[PaidForm]) -> Response[Any]:
    """If pressed twice, or by two people, it is booked once: the second is told so."""
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            record_payback(store, by, payback_id, parse_day(data.paid_on, "paid_on"), data.reference)
    except BadInput as error:
        return _page(request, str(payback_id), data, error)
    return redirect_to(request, _HOME, "paid_back")


@post("/paybacks/{payback_id:uuid}/returned", sync_to_thread=True, status_code=200)
def returned(request: WebRequest, payback_id: FromPath[UUID], data: URLEncodedBody[PaidForm]) -> Response[Any]:
    """The bank returned it: it waits again."""
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            mark_payback_returned(store, by, payback_id, data.reference)
    except BadInput as error:
        return _page(request, str(payback_id), data, error)
    return redirect_to(request, _HOME, "payback_returned")


@post("/paybacks/{payback_id:uuid}/card", sync_to_thread=True, status_code=200)
def to_card(request: WebRequest, payback_id: FromPath[UUID]) -> Response[Any]:
    """If pressed twice, the second finds nothing that waits."""
    with ports_of(request).transactions.begin() as store:
        retry_card_refund(store, staff_member(request), payback_id)
    return redirect_to(request, _HOME, "payback_card")


@post("/paybacks/{payback_id:uuid}/drop", sync_to_thread=True, status_code=200)
def drop(request: WebRequest, payback_id: FromPath[UUID]) -> Response[Any]:
    """The payer has received it another way."""
    with ports_of(request).transactions.begin() as store:
        cancel_payback(store, staff_member(request), payback_id)
    return redirect_to(request, _HOME, "payback_dropped")


def _page(request: WebRequest, form_name: str, form: PaidForm, error: BadInput | None) -> Response[str]:
    """form_name: the id of the row whose form was refused."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = paybacks_of(store, visitor_of(request).operator, requested_page(request), ports.clock.now())
    status = 422 if error else 200
    shown = {
        "paybacks": view,
        "pages": pager(request, view.page, _HOME),
        "asked": form_name,
        "form": form,
        "error": error,
        "query": request.url.query,
    }
    return page(request, "console/paybacks.html", status, **shown, tab="documents")


pages: list[Any] = [paybacks, paid, returned, to_card, drop]
