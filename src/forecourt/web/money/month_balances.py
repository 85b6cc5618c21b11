"""The trial balance of a month, as a page and as CSV."""

from datetime import timedelta
from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from forecourt.flows.desk import operator_month, operator_zone
from forecourt.kernel import month_name
from forecourt.ledger import DRIVER_KINDS
from forecourt.web.frame.lists import csv_response
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.accounting_months import is_final, parse_month
from forecourt.web.queries.month_balances import BALANCE_COLUMNS, month_balance_rows, month_balances


@get("/ledger/months/{month:str}/balances", sync_to_thread=True)
def balances(request: WebRequest, month: FromPath[str], form: FromQuery[str] = "") -> Response[Any]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        zone, span = operator_zone(store, operator), operator_month(store, operator, parse_month(month))
        view, final = month_balances(store, operator, span), is_final(store, operator, span.end)
    if form == "csv":
        state = "" if final else "-provisional"
        return csv_response(f"trial-balance-{month}{state}.csv", BALANCE_COLUMNS, month_balance_rows(month, view))
    shown: dict[str, Any] = {
        "view": view,
        "month": month,
        "begins": span.start,
        "final": final,
        "before": month_name(span.start - timedelta(days=1), zone),
        "after": month_name(span.end, zone) if span.end <= ports.clock.now() else "",
    }
    return page(request, "console/month_balances.html", **shown, zone=str(zone), of_drivers=DRIVER_KINDS, tab="ledger")


pages: list[Any] = [balances]
