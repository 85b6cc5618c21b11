"""The processor's clearing file compared with the ledger: discrepancies, explanations, rows, payouts, payments."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.desk import operator_zone
from forecourt.flows.paying import explain_finding, reclaim, reread_clearing
from forecourt.kernel import BadInput, Money, PaymentId, parse_day
from forecourt.web.frame.lists import csv_response, number_or_none, pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.clearing import CLEARING_COLUMNS, clearing_batches, clearing_page, payment_page, payout_page
from forecourt.web.queries.local_days import local_date

_HOME = "/console/clearing"


class NoteForm(Struct):
    note: str = ""


class AskForm(Struct):
    """The amount when it was shown."""

    amount: str = ""
    currency: str = "EUR"


class SinceForm(Struct):
    since: str = ""


@get("/clearing", sync_to_thread=True)
def clearing(request: WebRequest) -> Response[str]:
    return _page(request)


@post("/clearing/findings/{finding_id:uuid}/explain", sync_to_thread=True, status_code=200)
def explain(request: WebRequest, finding_id: FromPath[UUID], data: URLEncodedBody[NoteForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            explain_finding(store, by, finding_id, data.note)
    except BadInput as error:
        return _page(request, str(finding_id), {"note": data.note}, error)
    return redirect_to(request, _HOME, "kept")


@post("/statements/{number:str}/ask-back", sync_to_thread=True, status_code=303)
def ask(request: WebRequest, number: FromPath[str], data: URLEncodedBody[AskForm]) -> Redirect:
    """If pressed twice it is requested once: the second is told so."""
    by, amount = staff_member(request), number_or_none(data.amount, "amount")
    with ports_of(request).transactions.begin() as store:
        reclaim(store, by, number, Money.of(amount or Decimal(0), data.currency))
    return redirect_to(request, _HOME, "asked_back")


@post("/clearing/read", sync_to_thread=True, status_code=200)
def read(request: WebRequest, data: URLEncodedBody[SinceForm]) -> Response[Any]:
    """From the operator's midnight of that day."""
    by = staff_member(request)
    try:
        day = parse_day(data.since, "since")
        with ports_of(request).transactions.begin() as store:
            reread_clearing(store, by, _midnight(day, operator_zone(store, by.operator_id)))
    except BadInput as error:
        return _page(request, "since", {"since": data.since}, error)
    return redirect_to(request, _HOME, "reads_again")


@get("/clearing/rows.csv", sync_to_thread=True)
def rows(request: WebRequest, start: FromQuery[str] = "", end: FromQuery[str] = "") -> Response[str]:
    """Every row of the days, as the processor reported it."""
    try:
        first_day, last_day = parse_day(start, "start"), parse_day(end, "end")
    except BadInput as error:
        return _page(request, "rows", {"start": start, "end": end}, error)
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        zone = operator_zone(store, operator)
        batches = clearing_batches(store, operator, _midnight(first_day, zone), _midnight(last_day + timedelta(days=1), zone))
        found = [row for batch in batches for row in batch]
    return csv_response(f"clearing-{first_day}-{last_day}.csv", CLEARING_COLUMNS, found)


@get("/clearing/payouts/{payout:str}", sync_to_thread=True)
def payout(request: WebRequest, payout: FromPath[str]) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        view = payout_page(store, visitor_of(request).operator, payout)
    return page(request, "console/payout.html", payout=view, tab="ledger")


@get("/payments/{payment_id:uuid}", sync_to_thread=True)
def payment(request: WebRequest, payment_id: FromPath[UUID]) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        view = payment_page(store, visitor_of(request).operator, PaymentId(payment_id))
    return page(request, "console/payment.html", view=view, tab="ledger")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone)


def _page(request: WebRequest, form_name: str = "", typed: dict[str, str] | None = None, error: BadInput | None = None) -> Response[str]:
    """form_name: the id of the finding whose form was refused; "since" or "rows" if the day to read from, or the days of the file, were."""
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        view = clearing_page(store, operator, requested_page(request))
    shown: dict[str, Any] = {"clearing": view, "asked": form_name, "typed": typed or {}, "error": error, "query": request.url.query}
    today = local_date(ports.clock.now(), view.zone)
    pages = pager(request, view.page, _HOME)
    return page(request, "console/clearing.html", 422 if error else 200, **shown, today=today, pages=pages, tab="ledger")


pages: list[Any] = [clearing, explain, ask, read, rows, payout, payment]
