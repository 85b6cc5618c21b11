"""The page that guides through the end of a month."""

from typing import Any

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from forecourt.flows.desk import operator_zone
from forecourt.ledger import CHARTS
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.accounting_months import parse_month
from forecourt.web.queries.month_end import month_end


@get("/ledger/months/{month:str}", sync_to_thread=True)
def month(request: WebRequest, month: FromPath[str]) -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        view, zone = month_end(store, operator, parse_month(month), ports.clock.now()), operator_zone(store, operator)
    return page(request, "console/month.html", view=view, zone=str(zone), charts=tuple(CHARTS), tab="ledger")


pages: list[Any] = [month]
