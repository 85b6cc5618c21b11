"""How a site host's earnings come about: month by month, day by day and document by document, as pages and as a file."""

from datetime import timedelta
from typing import Any

from litestar import Router, get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.flows.desk import operator_month
from forecourt.kernel import NotFound, month_name, parse_day
from forecourt.offers import Partner
from forecourt.web.frame.lists import csv_response, paginate
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of
from forecourt.web.offers.partner_home import partner_of, partners_only
from forecourt.web.queries.accounting_months import parse_month
from forecourt.web.queries.host_shares import SHARE_COLUMNS, host_shares, share_cells, share_rows
from forecourt.web.queries.local_days import local_day


@get("/shares", sync_to_thread=True)
def shares_page(request: WebRequest, month: FromQuery[str] = "", day: FromQuery[str] = "") -> Response[str]:
    """day: its documents, one by one; otherwise the operator's month ("2026-06", the current one by default) by site and by day."""
    ports, (account, partner_id) = ports_of(request), partner_of(request)
    now, chosen = ports.clock.now(), parse_day(day) if day else None
    with ports.transactions.begin() as store:
        partner, zone = _partner(store.partners.partner(partner_id)), store.stations.operator(account.operator_id).zone
        span = operator_month(store, account.operator_id, chosen or (parse_month(month) if month else now))
        view = host_shares(store, partner, local_day(chosen, zone) if chosen else span, zone)
    rows, pages = paginate(request, view.rows, "/partners/shares")
    shown: dict[str, Any] = {
        "view": view,
        "rows": rows if chosen else (),
        "pages": pages,
        "day": chosen,
        "month": month_name(span.start, zone),
        "begins": span.start,
        "before": month_name(span.start - timedelta(days=1), zone),
        "after": month_name(span.end, zone) if span.end <= now else "",
    }
    return page(request, "partner/shares.html", **shown, partner=partner, zone=zone, tab="today")


@get("/shares.csv", sync_to_thread=True)
def shares(request: WebRequest, month: FromQuery[str] = "") -> Response[str]:
    """Documents with a share booked in the operator's month ("2026-06"); the current month by default."""
    ports, (account, partner_id) = ports_of(request), partner_of(request)
    with ports.transactions.begin() as store:
        partner, day = _partner(store.partners.partner(partner_id)), parse_month(month) if month else ports.clock.now()
        rows = list(map(share_cells, share_rows(store, partner, operator_month(store, account.operator_id, day))))
    return csv_response("shares.csv", SHARE_COLUMNS, rows)


def _partner(partner: Partner | None) -> Partner:
    if partner is None:
        raise NotFound("partner", "There is no such partner.")
    return partner


routes = Router("/partners", guards=[partners_only], route_handlers=[shares_page, shares])
