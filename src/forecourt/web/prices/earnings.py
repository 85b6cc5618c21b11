"""What a site earned in a month, after fees: as a page and as CSV."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.billing import LineKind
from forecourt.flows.desk import operator_month
from forecourt.kernel import Money, month_name
from forecourt.web.frame.lists import csv_response
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.accounting_months import accounting_months, is_final, parse_month
from forecourt.web.queries.earnings import COSTS, SiteEarnings, monthly_earnings


@get("/earnings", sync_to_thread=True)
def earnings(request: WebRequest, month: FromQuery[str] = "", site: FromQuery[str] = "", form: FromQuery[str] = "") -> Response[Any]:
    """The month is the operator's, as in its ledger; the last complete one by default."""
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        zone, now = store.stations.operator(operator).zone, ports.clock.now()
        month_span = operator_month(
            store, operator, parse_month(month) if month else operator_month(store, operator, now).start - timedelta(days=1)
        )
        rows, sums = monthly_earnings(store, operator, month_span)
        final, known = is_final(store, operator, month_span.end), [one.begins for one in accounting_months(store, operator, now).rows]
    name = month_name(month_span.start, zone)
    if form == "csv":
        return _csv(name, rows, final)
    statements = [one for one in rows if one.slug == site] if site else sums
    months = sorted({*known, month_span.start}, reverse=True)
    shown: dict[str, Any] = {
        "rows": rows,
        "sums": sums,
        "statements": statements,
        "months": months,
        "month": name,
        "begins": month_span.start,
    }
    return page(request, "console/earnings.html", **shown, site=site, costs=COSTS, final=final, zone=zone, tab="revenue")


def _csv(month: str, rows: Sequence[SiteEarnings], final: bool) -> Response[str]:
    lines = [one.value.lower() for one in LineKind]
    kinds = [*lines, *sorted({kind for row in rows for kind in row.kinds} - set(lines))]
    head = ("month", "site", "currency", "charges", "energy_wh", *kinds, "credit_notes", "net", *map(str.lower, COSTS), "left", "vat")

    def cells(row: SiteEarnings) -> tuple[object, ...]:
        zero = Money.zero(row.vat.currency)
        parts = [row.kinds.get(kind, zero) for kind in kinds] + [row.credit_notes, row.net]
        parts += [row.costs.get(kind, zero) for kind in COSTS] + [row.remainder, row.vat]
        return (month, row.name, row.vat.currency, row.charges, row.energy_wh, *(one.amount for one in parts))

    return csv_response(f"earnings-{month}{'' if final else '-provisional'}.csv", head, map(cells, rows))


pages: list[Any] = [earnings]
