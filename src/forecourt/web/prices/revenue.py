"""The revenue pages: what was earned, when, at which price; the effects of changes; and proposed prices to decide on."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.ports import Store
from forecourt.flows.prices import approve_price, propose_prices, reject_price, set_rules
from forecourt.kernel import BadInput, Conflict, NotFound, OperatorId
from forecourt.revenue import ApprovalMode, Bounds, PriceRules
from forecourt.stations import Site
from forecourt.web.frame.amounts import parse_whole
from forecourt.web.frame.lists import csv_response, pager, paginate, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.revenue import pricing_page, revenue_page
from forecourt.web.queries.site_lookup import all_sites, own_site

_PROPOSALS = 20  # per page
_SPANS = (7, 28, 91, 182)


class RulesForm(Struct):
    floor: str
    cap: str
    step: str
    tick: str = "0.01"
    cost: str = "0"
    windows: str = "2"
    notice: str = "24"
    mode: str = "ASK"
    occupancy: str = ""
    bids: str = ""
    seen: str = ""


@get("/revenue", sync_to_thread=True)
def revenue(request: WebRequest, site: FromQuery[str] = "", days: FromQuery[int] = 28, form: FromQuery[str] = "") -> Response[Any]:
    ports, operator = ports_of(request), visitor_of(request).operator
    days = days if days in _SPANS else 28
    with ports.transactions.begin() as store:
        sites = all_sites(store, operator)
        chosen_site = own_site(store, site, operator) if site else (sites[0] if sites else None)
        view = revenue_page(store, chosen_site, days, ports.clock.now()) if chosen_site else None
    if form == "csv" and view is not None:
        head = ("site", "day", "hour", "charges", "energy_wh", "busy_minutes")
        rows = (
            (view.site, row.day.isoformat(), row.hour, f"{row.charges:g}", row.energy_wh, f"{row.busy_minutes:.1f}") for row in view.hours
        )
        return csv_response(f"revenue-{view.site}.csv", head, rows)
    spans = [(str(one), f"{one} days") for one in _SPANS]
    choices = [(one.slug, one.name) for one in sites]
    earners, pages = paginate(request, view.sites if view else (), "/console/revenue")
    return page(request, "console/revenue.html", view=view, sites=choices, spans=spans, earners=earners, pages=pages, tab="revenue")


@get("/revenue/{slug:str}", sync_to_thread=True)
def pricing(request: WebRequest, slug: FromPath[str]) -> Response[str]:
    return _pricing(request, slug)


@post("/revenue/{slug:str}/rules", sync_to_thread=True, status_code=303)
def save_rules(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[RulesForm]) -> Response[Any]:
    ports, visitor = ports_of(request), visitor_of(request)
    at = ports.clock.now()
    try:
        with ports.transactions.begin() as store:
            site = own_site(store, slug, visitor.operator)
            check_form_version(data.seen, store.pricing.rules(site.id))
            set_rules(store, _rules(site, data), str(visitor.require_account().id), at, ports.ids)
    except (BadInput, Conflict) as error:
        return _pricing(request, slug, data, str(error), 422)
    return redirect_to(request, f"/console/revenue/{slug}", "rules_kept")


@post("/revenue/{slug:str}/look", sync_to_thread=True, status_code=303)
def search_prices(request: WebRequest, slug: FromPath[str]) -> Response[Any]:
    """Search for better prices now."""
    ports, visitor = ports_of(request), visitor_of(request)
    try:
        with ports.transactions.begin() as store:
            site = own_site(store, slug, visitor.operator)
            found = propose_prices(store, site.id, ports.clock.now(), ports.ids)
    except (BadInput, Conflict, NotFound) as error:
        return _pricing(request, slug, waiting=str(error))
    return redirect_to(request, f"/console/revenue/{slug}", "proposed" if found else "no_proposal")


@post("/revenue/proposals/{proposal_id:uuid}/approve", sync_to_thread=True, status_code=303)
def approve(request: WebRequest, proposal_id: FromPath[UUID]) -> Redirect:
    ports, visitor = ports_of(request), visitor_of(request)
    with ports.transactions.begin() as store:
        site = _site_of(store, proposal_id, visitor.operator)
        approve_price(store, proposal_id, str(visitor.require_account().id), ports.clock.now(), ports.ids)
    return redirect_to(request, f"/console/revenue/{site.slug}", "price_approved")


@post("/revenue/proposals/{proposal_id:uuid}/reject", sync_to_thread=True, status_code=303)
def reject(request: WebRequest, proposal_id: FromPath[UUID]) -> Redirect:
    ports, visitor = ports_of(request), visitor_of(request)
    with ports.transactions.begin() as store:
        site = _site_of(store, proposal_id, visitor.operator)
        reject_price(store, proposal_id, str(visitor.require_account().id), ports.clock.now(), ports.ids)
    return redirect_to(request, f"/console/revenue/{site.slug}", "price_rejected")


def _pricing(request: WebRequest, slug: str, form: RulesForm | None = None, waiting: str = "", status: int = 200) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        view = pricing_page(store, site, requested_page(request, limit=_PROPOSALS), "" if form else waiting)
    shown: dict[str, Any] = {
        "seen": form_version(view.rules),
        "form": form or _form(view.rules),
        "pages": pager(request, view.proposals, f"/console/revenue/{site.slug}"),
    }
    return page(request, "console/pricing.html", status, view=view, **shown, wrong=waiting if form else "", tab="revenue")


def _form(rules: PriceRules | None) -> RulesForm:
    if rules is None:
        return RulesForm("", "", "0.05")
    bounds = rules.bounds
    low, high, step, tick, cost = (f"{one:f}" for one in (bounds.floor, bounds.cap, bounds.largest_step, bounds.tick, bounds.energy_cost))
    occupancy, bids = ("yes" if allowed else "" for allowed in (rules.by_occupancy, rules.by_bid_price))
    return RulesForm(low, high, step, tick, cost, str(bounds.most_windows), str(bounds.notice_h), rules.mode.value, occupancy, bids)


def _rules(site: Site, form: RulesForm) -> PriceRules:
    if form.mode not in list(ApprovalMode):
        raise BadInput("mode", "That choice of who decides is unknown.", "Choose one from the list.")
    low, high = _decimal("Lowest price", form.floor), _decimal("Highest price", form.cap)
    step, tick, cost = _decimal("Largest change", form.step), _decimal("Price step", form.tick), _decimal("Energy cost", form.cost)
    bounds = Bounds(low, high, step, tick, _count("Time windows per day", form.windows), _count("Notice", form.notice), cost)
    return PriceRules(site.operator_id, site.id, bounds, ApprovalMode(form.mode), form.occupancy == "yes", form.bids == "yes")


def _decimal(name: str, text: str) -> Decimal:
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as error:
        raise BadInput("number", f"{name}: {text!r} is not a number.", "Enter it like 0.45.") from error
    if not value.is_finite() or abs(value) > 1000 or value != round(value, 4):
        raise BadInput("number", f"{name}: {text!r} is not a price per kWh.", "Up to four decimals, under 1000.")
    return value


def _count(name: str, text: str) -> int:
    try:
        return parse_whole(text, "number")
    except BadInput as error:
        raise BadInput("number", f"{name}: {error.text}", error.remedy) from error


def _site_of(store: Store, proposal_id: UUID, operator: OperatorId) -> Site:
    """Raises NotFound for another operator's proposal."""
    proposal = store.pricing.proposal(proposal_id)
    if proposal is None or proposal.operator_id != operator:
        raise NotFound("proposal", "There is no such proposal.")
    return store.stations.site(proposal.site_id)


pages = [revenue, pricing, save_rules, search_prices, approve, reject]
