"""The VAT of a month, for the return: as a page and as CSV."""

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.flows.desk import operator_month
from forecourt.kernel import month_name
from forecourt.web.frame.lists import PAGE_SIZE, csv_response
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.accounting_months import is_final, parse_month
from forecourt.web.queries.vat_report import vat_report
from forecourt.web.queries.vat_report_lines import VatLineFilter, vat_lines_page
from forecourt.web.views.vat import VatPart, VatRow, rate_label

_HEAD = (
    "month", "currency", "vat_percent", "invoices_net", "invoices_vat", "invoices_gross", "credit_notes_net", "credit_notes_vat",
    "credit_notes_gross", "vat_of_lost_debts", "vat_owed", "vat_in_ledger", "difference",
)  # fmt: skip

_PARTS = (
    "month", "country", "month_of_delivery", "currency", "vat_percent", "invoices_net", "invoices_vat", "invoices_gross",
    "credit_notes_net", "credit_notes_vat", "credit_notes_gross", "vat_of_lost_debts", "vat_owed",
)  # fmt: skip


@get("/ledger/vat", sync_to_thread=True)
def vat_of_month(request: WebRequest, month: FromQuery[str] = "", form: FromQuery[str] = "") -> Response[Any]:
    """By rate; the month is the operator's, the present one by default."""
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        zone = store.stations.operator(operator).zone
        span = operator_month(store, operator, parse_month(month) if month else ports.clock.now())
        report, final = vat_report(store, operator, span), is_final(store, operator, span.end)
    name = month_name(span.start, zone)
    state = "" if final else "-provisional"
    if form == "csv":
        return csv_response(f"vat-{name}{state}.csv", _HEAD, [_cells(name, row) for row in report.rows])
    if form == "parts":
        return csv_response(f"vat-{name}-by-country{state}.csv", _PARTS, [_part_cells(name, part) for part in report.parts])
    months = (month_name(span.start - timedelta(days=1), zone), name, month_name(span.end, zone))
    shown: dict[str, Any] = {"report": report, "rate_label": rate_label, "first": span.start, "months": months, "final": final}
    return page(request, "console/vat.html", **shown, zone=zone, tab="ledger")


@get("/ledger/vat/lines", sync_to_thread=True)
def lines(request: WebRequest, month: FromQuery[str], first: FromQuery[int] = 0) -> Response[str]:
    """The lines that make up a row of the report; the query says which."""
    operator, wanted = visitor_of(request).operator, VatLineFilter.of(request.query_params)
    with ports_of(request).transactions.begin() as store:
        zone, span = store.stations.operator(operator).zone, operator_month(store, operator, parse_month(month))
        view = vat_lines_page(store, operator, span, wanted, max(0, first), PAGE_SIZE)
    query = urlencode({"month": month, **asdict(wanted)})
    shown: dict[str, Any] = {
        "lines": view,
        "wanted": wanted,
        "rate_label": rate_label,
        "query": query,
        "first": max(0, first),
        "month": month,
    }
    return page(request, "console/vat_lines.html", **shown, zone=zone, begins=span.start, tab="ledger")


def _cells(month: str, row: VatRow) -> tuple[object, ...]:
    amounts = (row.written_off, row.owed, row.booked, row.difference)
    return (month, row.booked.currency, row.rate, *_document_amounts(row), *(one.amount for one in amounts))


def _part_cells(month: str, part: VatPart) -> tuple[object, ...]:
    head = (month, part.country, part.delivered, part.written_off.currency, part.rate)
    return (*head, *_document_amounts(part), part.written_off.amount, part.owed.amount)


def _document_amounts(one: VatRow | VatPart) -> tuple[Decimal, ...]:
    return tuple(part.amount for sums in (one.invoices, one.credit_notes) for part in (sums.net, sums.vat, sums.gross))


pages = [vat_of_month, lines]
