"""The VAT of a month, for the return: as a page and as CSV."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.kernel import BadInput, Span
from forecourt.web.frame.answers import Asked, page
from forecourt.web.frame.lists import csv_answer
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.queries.vat_report import vat_report
from forecourt.web.views.vat import VatRow

_HEAD = (
    "month", "currency", "vat_percent", "invoices_net", "invoices_vat", "invoices_gross", "credit_notes_net", "credit_notes_vat",
    "credit_notes_gross", "vat_of_lost_debts", "vat_owed", "vat_in_ledger", "difference",
)  # fmt: skip


@get("/ledger/vat", sync_to_thread=True)
def vat_of_month(request: Asked, month: FromQuery[str] = "", form: FromQuery[str] = "") -> Response[Any]:
    """By rate; the month is the operator's, the present one where none is asked for."""
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        zone = store.stations.operator(operator).zone
        first = _first_day(month) if month else ports.clock.now().astimezone(ZoneInfo(zone)).date().replace(day=1)
        following = _following(first)
        report = vat_report(store, operator, Span(_midnight(first, zone), _midnight(following, zone)))
    if form == "csv":
        return csv_answer(f"vat-{first:%Y-%m}.csv", _HEAD, [_cells(f"{first:%Y-%m}", row) for row in report.rows])
    before = (first - timedelta(days=1)).replace(day=1)
    months = tuple(f"{one:%Y-%m}" for one in (before, first, following))
    return page(request, "console/vat.html", report=report, zone=zone, first=_midnight(first, zone), months=months, tab="ledger")


def _first_day(month: str) -> date:
    try:
        first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month, no instant
    except ValueError as error:
        raise BadInput("month", f"{month[:20]!r} is not a month.", "Write it as 2026-06.") from error
    if not 2000 <= first.year <= 2100:
        raise BadInput("month", f"{month[:20]!r} lies outside 2000 to 2100.")
    return first


def _following(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))


def _cells(month: str, row: VatRow) -> tuple[object, ...]:
    sums = [part for one in (row.invoices, row.notes) for part in (one.net, one.vat, one.gross)]
    return (month, row.booked.currency, row.rate, *(one.amount for one in (*sums, row.lost, row.owed, row.booked, row.difference)))


pages = [vat_of_month]
