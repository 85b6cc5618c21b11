"""The ledger: trial balance, closed months, and exports for the accountant."""

from collections.abc import Mapping
from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response, Stream
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.billing import close_month, log_export, reopen_month
from forecourt.flows.desk import operator_zone
from forecourt.kernel import BadInput, Conflict, parse_day
from forecourt.ledger import CHARTS, DRIVER_KINDS
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import csv_stream
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.accounting_months import accounting_months, is_final, parse_month
from forecourt.web.queries.ledger_reports import journal_batches, span_of_days, trial_balance

_JOURNAL = (
    "position", "at", "about", "key", "text", "subject", "debit_account", "credit_account", "amount", "currency", "previous", "digest",
  )  # fmt: skip


class ReopenForm(Struct):
    reason: str = ""


@get("/ledger", sync_to_thread=True)
def ledger(request: WebRequest) -> Response[str]:
    return render_ledger(request)


@get("/ledger/journal.csv", sync_to_thread=True)
def journal(request: WebRequest, start: FromQuery[str] = "", end: FromQuery[str] = "") -> Response[str] | Stream:
    """Every posting of the days, with the hashes that chain it to the one before."""
    ports, by = ports_of(request), staff_member(request)
    operator = by.operator_id
    try:
        first_day, last_day = parse_day(start, "start"), parse_day(end, "end")
        with ports.transactions.begin() as store:
            days = span_of_days(store, operator, first_day, last_day)
            final = is_final(store, operator, days.end)
            log_export(store, by, (first_day, last_day), "Journal", final)
    except BadInput as error:
        return render_ledger(request, "journal", {"start": start, "end": end}, error)
    state = "" if final else "-provisional"
    return csv_stream(f"journal-{first_day}-{last_day}{state}.csv", _JOURNAL, journal_batches(ports.transactions, operator, days))


@post("/ledger/months/{month:str}/close", sync_to_thread=True, status_code=303)
def close(request: WebRequest, month: FromPath[str]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        close_month(store, staff_member(request), parse_month(month))
    return redirect_to(request, f"/console/ledger/months/{month}", "month_closed")


@post("/ledger/months/{month:str}/reopen", sync_to_thread=True, status_code=200, opt={"duty": Duty.TEAM})
def reopen(request: WebRequest, month: FromPath[str], data: URLEncodedBody[ReopenForm]) -> Response[Any]:
    """Closed months are reopened by staff in charge of the team, not by those who keep the books."""
    first_day = parse_month(month)
    try:
        with ports_of(request).transactions.begin() as store:
            reopen_month(store, staff_member(request), first_day, data.reason)
    except Conflict as error:
        return render_ledger(request, month, {"reason": data.reason}, error)
    return redirect_to(request, "/console/ledger", "kept")


def render_ledger(
    request: WebRequest, of: str = "", typed: Mapping[str, str] | None = None, error: BadInput | Conflict | None = None
) -> Response[str]:
    """With what was typed into one of its forms, and why that was refused. of: which: "journal", "datev" or the month to be opened."""
    ports, visitor = ports_of(request), visitor_of(request)
    operator, at = visitor.operator, ports.clock.now()
    with ports.transactions.begin() as store:
        view, zone = trial_balance(store, operator), operator_zone(store, operator)
        months, findings = accounting_months(store, operator, at), len(store.clearing.open_findings(operator))
    return page(
        request,
        "console/ledger.html",
        status_of(error) if error else 200,
        balance=view,
        months=months,
        findings=findings,
        may_reopen=visitor.require_account().may(Duty.TEAM),
        today=at.astimezone(zone).date(),
        zone=str(zone),
        charts=tuple(CHARTS),
        of_drivers=DRIVER_KINDS,
        of=of,
        typed=typed or {},
        error=error,
        tab="ledger",
    )


pages = [ledger, journal, close, reopen]
