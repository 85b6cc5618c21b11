"""A site host's earnings as a file: each document that contributes."""

from litestar import Router, get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.flows.desk import operator_month
from forecourt.kernel import NotFound
from forecourt.web.frame.lists import csv_response
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of
from forecourt.web.offers.partner_home import partner_of, partners_only
from forecourt.web.queries.accounting_months import parse_month
from forecourt.web.queries.host_shares import SHARE_COLUMNS, share_rows


@get("/shares.csv", sync_to_thread=True)
def shares(request: WebRequest, month: FromQuery[str] = "") -> Response[str]:
    """Documents with a share booked in the operator's month ("2026-06"); the current month by default."""
    ports, (account, partner_id) = ports_of(request), partner_of(request)
    with ports.transactions.begin() as store:
        partner, asked = store.partners.partner(partner_id), parse_month(month) if month else ports.clock.now()
        if partner is None:
            raise NotFound("partner", "There is no such partner.")
        rows = list(share_rows(store, partner, operator_month(store, account.operator_id, asked)))
    return csv_response("shares.csv", SHARE_COLUMNS, rows)


routes = Router("/partners", guards=[partners_only], route_handlers=[shares])
