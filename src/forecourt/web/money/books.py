"""The books: trial balance, months closed, and the ledger for the accountant."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response, Stream
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.billing import close_month, reopen_month, take_books
from forecourt.kernel import BadInput, parse_day
from forecourt.ledger import CHARTS, OF_DRIVERS, Batch, foreign, posting_batch, rate_of, within_one_file
from forecourt.web.frame.answers import Asked, go, page
from forecourt.web.frame.lists import csv_stream
from forecourt.web.frame.visit import ports_of, staff_member, visitor_of
from forecourt.web.queries import overview
from forecourt.web.queries.books import days_of, journal_batches, parts_of, posted_in, zone_of
from forecourt.web.queries.closing import book_months, first_day, is_final
from forecourt.web.queries.datev import own_chart, revenue_shares

_JOURNAL = (
    "position", "at", "about", "key", "text", "subject", "debit_account", "credit_account", "amount", "currency", "previous", "digest",
  )  # fmt: skip


class ReopenForm(Struct):
    reason: str


@get("/ledger", sync_to_thread=True)
def ledger(request: Asked) -> Response[str]:
    ports, visitor = ports_of(request), visitor_of(request)
    operator, at = visitor.operator, ports.clock.now()
    with ports.transactions.begin() as store:
        view, zone = overview.trial_balance(store, operator), zone_of(store, operator)
        months, findings = book_months(store, operator, at), len(store.clearing.open_findings(operator))
    return page(
        request,
        "console/ledger.html",
        balance=view,
        months=months,
        findings=findings,
        may_reopen=visitor.require_account().may(Duty.TEAM),
        today=at.astimezone(ZoneInfo(zone)).date(),
        zone=zone,
        charts=tuple(CHARTS),
        of_drivers=OF_DRIVERS,
        tab="ledger",
    )


@get("/ledger/journal.csv", sync_to_thread=True)
def journal(request: Asked, start: FromQuery[str], end: FromQuery[str]) -> Stream:
    """Every posting of the days, with the hashes that chain it to the one before."""
    ports, by, first, last = ports_of(request), staff_member(request), parse_day(start, "start"), parse_day(end, "end")
    operator = by.operator_id
    with ports.transactions.begin() as store:
        days = days_of(store, operator, first, last)
        final = is_final(store, operator, days.end)
        take_books(store, by, (first, last), "Journal", final)
    state = "" if final else "-provisional"
    return csv_stream(f"journal-{first}-{last}{state}.csv", _JOURNAL, journal_batches(ports.transactions, operator, days))


@get("/ledger/datev", sync_to_thread=True)
def datev_file(
    request: Asked, start: FromQuery[str], end: FromQuery[str], consultant: FromQuery[int], client: FromQuery[int], chart: FromQuery[str]
) -> Response[Any]:
    """The days as a DATEV posting batch. Where something of them is in another currency, a page asks for its rate first: a currency
    without one is left out, and the file's name says so."""
    if chart not in CHARTS:
        raise BadInput("chart", f"There is no chart {chart[:20]!r}.", f"Choose {' or '.join(CHARTS)}.")
    ports, by, first, last = ports_of(request), staff_member(request), parse_day(start, "start"), parse_day(end, "end")
    operator = by.operator_id
    with ports.transactions.begin() as store:
        own, days = own_chart(store, operator, chart), days_of(store, operator, first, last)
        final = is_final(store, operator, days.end)
        book = within_one_file(one for part in parts_of(store, operator, days) for one in posted_in(store, operator, days, part))
        batch = Batch(consultant, client, own, first, last, zone_of(store, operator), final)
        abroad = foreign(book)
        if abroad and "decided" not in request.query_params:
            return page(request, "console/datev.html", abroad=abroad, asked=dict(request.query_params), days=(first, last), tab="ledger")
        rates = {one.currency: rate_of(text, one.currency) for one in abroad if (text := request.query_params.get(f"rate-{one.currency}"))}
        left_out = frozenset(one.currency for one in abroad if one.currency not in rates)
        batch = replace(batch, rates=rates, left_out=left_out)
        made = posting_batch(book, batch, by.at, revenue_shares(store, own, book))
        take_books(store, by, (first, last), "DATEV batch", final)
    state = f"{''.join(f'_without_{one}' for one in sorted(left_out))}{'' if final else '_provisional'}"
    disposition = {"content-disposition": f'attachment; filename="EXTF_Buchungsstapel_{first:%Y%m%d}_{last:%Y%m%d}{state}.csv"'}
    return Response(made, media_type="text/csv; charset=windows-1252", headers=disposition)


@post("/ledger/months/{month:str}/close", sync_to_thread=True, status_code=303)
def close(request: Asked, month: FromPath[str]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        close_month(store, staff_member(request), first_day(month))
    return go(request, f"/console/ledger/months/{month}", "month_closed")


@post("/ledger/months/{month:str}/reopen", sync_to_thread=True, status_code=303, opt={"duty": Duty.TEAM})
def reopen(request: Asked, month: FromPath[str], data: URLEncodedBody[ReopenForm]) -> Redirect:
    """Closed books are opened by who looks after the team, not by who keeps them."""
    with ports_of(request).transactions.begin() as store:
        reopen_month(store, staff_member(request), first_day(month), data.reason)
    return go(request, "/console/ledger", "kept")


pages = [ledger, journal, datev_file, close, reopen]
