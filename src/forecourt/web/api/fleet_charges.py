"""REST for a fleet's payer: what was billed for the fleet in a month, and its totals."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter
from litestar.response import Response
from msgspec import Struct

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.ports import BilledTotal, DocumentSearch
from forecourt.web.api import models
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in
from forecourt.web.money.fleets import payer_of, requested_month
from forecourt.web.queries.fleets import fleet_totals

_Month = Annotated[
    str, QueryParameter(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", description="For example 2026-06, in the operator's time zone.")
]


class FleetCharge(Struct):
    """A document; the amounts of a credit note are refunds."""

    number: str
    kind: DocumentKind
    issued_at: datetime
    driver: str
    card: str
    cost_centre: str
    site: str
    energy_wh: int
    net: models.Amount
    tax: models.Amount
    gross: models.Amount
    due: models.Amount


class FleetSum(Struct):
    """by: month, cost_centre, driver, card or site; the sums of each add up to those of the month, in each currency. name: empty for those
    without one. Amounts are those of invoices less those of credit notes; charges and energy are those of invoices."""

    by: str
    name: str
    charges: int
    energy_wh: int
    net: models.Amount
    tax: models.Amount
    gross: models.Amount
    due: models.Amount


@get("/charges", sync_to_thread=True, **PAGINATED, summary="What you were billed for your fleet in a month")
def list_fleet_charges(request: WebRequest, part: PageQuery, month: _Month = "") -> Response[list[FleetCharge]]:
    """Without month: the current one. Latest first."""
    with ports_of(request).transactions.begin() as store:
        payer_id = payer_of(store, request)
        span = requested_month(store, payer_id, month, ports_of(request).clock.now())
        wanted = DocumentSearch(payer_id=payer_id, since=span.start, until=span.end)
        return page_response(request, store.documents.page(store.drivers.driver(payer_id).operator_id, wanted, part.newest(50)), _charge)


@get("/sums", sync_to_thread=True, summary="Totals of your fleet's bills for a month")
def get_fleet_totals(request: WebRequest, month: _Month = "") -> list[FleetSum]:
    """Without month: the current one."""
    with ports_of(request).transactions.begin() as store:
        payer_id = payer_of(store, request)
        span = requested_month(store, payer_id, month, ports_of(request).clock.now())
        return [_sum(by, one.name, one.billed) for by, one in fleet_totals(store, payer_id, span)]


def _sum(by: str, name: str, billed: BilledTotal) -> FleetSum:
    amounts = (models.amount(each) for each in (billed.net, billed.tax, billed.gross, billed.due))
    return FleetSum(by, name, billed.charges, billed.energy_wh, *amounts)


def _charge(one: Invoice) -> FleetCharge:
    content, used_by = one.content, one.content.parties.used_by
    who = (used_by.name, used_by.card, used_by.cost_centre) if used_by else ("", "", "")
    energy_wh = content.delivery.energy_wh if content.delivery else 0
    amounts = (models.amount(each) for each in (one.net, content.tax, one.gross, one.due))
    return FleetCharge(one.number, one.kind, one.issued_at, *who, content.place.site_name, energy_wh, *amounts)


routes = Router("/api/v1/fleet", tags=["Fleets"], guards=[signed_in], route_handlers=[list_fleet_charges, get_fleet_totals])
