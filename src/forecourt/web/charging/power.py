"""The operator's page of a site's power: the hours ahead, the reason for each car's power, and what-if."""

from decimal import Decimal
from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.ports import AuditEntry, Store
from forecourt.flows.power import WhatIf, set_energy_contract, set_sharing
from forecourt.kernel import BadInput, Conflict, Refused
from forecourt.planning import EnergyContract, day_text, parse_day
from forecourt.stations import Calendar, Sharing, Site, region_choices
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.lists import number_or_none, parts_or_none
from forecourt.web.frame.responses import WebRequest, page, redirect_to, trigger_planning
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.power import power_page
from forecourt.web.queries.site_lookup import own_site

_SHARING = ("fairness", "turn_min", "pauses", "random_delay_s")


class CostsForm(Struct):
    working_day: str = ""
    weekend: str = ""
    earns: str = ""
    demand: str = ""
    region: str = ""
    seen: str = ""


@get("/sites/{slug:str}/power", sync_to_thread=True)
def site_power(request: WebRequest, slug: FromPath[str], limit: FromQuery[str] = "", more: FromQuery[str] = "") -> Response[str]:
    """limit: percent of every limit; more: chargers added. An invalid question is answered next to the unchanged page."""
    try:
        return render_power(request, slug, _what_if(limit, more), {"limit": limit or "100", "more": more or "0"})
    except BadInput as error:
        return render_power(request, slug, None, {"limit": limit, "more": more, "error": error})


@post("/sites/{slug:str}/energy-costs", sync_to_thread=True, status_code=200)
def save_energy_costs(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[CostsForm]) -> Response[Any]:
    """Energy costs from the next plan on; no prices: the same at all hours. Changes are logged."""
    ports, visitor = ports_of(request), visitor_of(request)
    at = ports.clock.now()
    try:
        contract = _contract(data)
        Calendar(data.region).on(at.date())  # refuses a region nobody knows
        with ports.transactions.begin() as store:
            site = own_site(store, slug, visitor.operator)
            check_form_version(data.seen, _stored_contract(store, site))
            set_energy_contract(store, site, contract, at)
            summary = _words(contract) if contract else "none"
            actor = str(visitor.require_account().id)
            store.audit.add(AuditEntry(ports.ids.new(at), visitor.operator, at, actor, "energy_costs", slug, summary))
    except Refused as error:
        return render_power(request, slug, None, {"costs_error": error, "costs": data})
    return redirect_to(request, f"/console/sites/{slug}/power", "energy_costs")


@post("/sites/{slug:str}/sharing", sync_to_thread=True, status_code=200)
def save_sharing(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """How the site's power is shared from the next plan on."""
    try:
        numbers = {name: _number(name, data.get(name, ""), 999_999) for name in _SHARING}
        wanted = Sharing(**numbers, usual_need_wh=parts_or_none(data.get("usual_need", ""), "usual_need_wh", 1000) or 0)
        with ports_of(request).transactions.begin() as store:
            site = own_site(store, slug, visitor_of(request).operator)
            check_form_version(data.get("seen", ""), site.sharing)
            set_sharing(store, staff_member(request), site.id, wanted)
    except (BadInput, Conflict) as error:
        return render_power(request, slug, None, {"sharing_error": error, "wants": data})
    return trigger_planning(request, redirect_to(request, f"/console/sites/{slug}/power", "sharing_kept"), site.id)


def render_power(request: WebRequest, slug: str, what_if: WhatIf | None, shown: dict[str, Any]) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        view = power_page(store, site, ports.clock.now(), what_if)
        stored = store.plans.energy_costs(site.id)
    contract = stored.contract if stored else None
    costs = _form(contract) if contract else CostsForm(region=site.calendar.region)
    error = next((shown[name] for name in ("error", "costs_error", "sharing_error", "allowed_error") if shown.get(name)), None)
    context = {
        "limit": "100",
        "more": "0",
        "error": None,
        "costs_error": None,
        "costs": costs,
        "costs_seen": form_version(contract),
        "sharing_error": None,
        "allowed_error": None,
        "allowing": dict.fromkeys(("source", "start", "end", "kw"), ""),
        "sharing_seen": form_version(site.sharing),
        "regions": region_choices(site.country, shown.get("costs", costs).region),
        "kept": stored if contract else None,
        "currency": site.currency,
        **shown,
        "wants": _sharing_fields(site.sharing) | shown.get("wants", {}),
    }
    context["costs_at"] = field_errors(context["costs_error"])
    return page(request, "console/power.html", status_of(error) if error else 200, power=view, **context, tab="now")


def _stored_contract(store: Store, site: Site) -> EnergyContract | None:
    stored = store.plans.energy_costs(site.id)
    return stored.contract if stored else None


def _words(contract: EnergyContract) -> str:
    days = f"{day_text(contract.working_day)}; weekends {day_text(contract.weekend)}"
    costs = f"{days}; {contract.demand_per_kw} per kW; a kWh earns {contract.earns_per_kwh}"
    return f"{costs}; holidays of {contract.region}" if contract.region else costs


def _form(contract: EnergyContract) -> CostsForm:
    days = (day_text(contract.working_day), day_text(contract.weekend))
    return CostsForm(*days, str(contract.earns_per_kwh), str(contract.demand_per_kw), contract.region)


def _contract(data: CostsForm) -> EnergyContract | None:
    if not any((data.working_day.strip(), data.weekend.strip(), data.earns.strip(), data.demand.strip())):
        return None
    working = parse_day(data.working_day, "working_day")
    weekend = parse_day(data.weekend, "weekend") if data.weekend.strip() else working
    earns = number_or_none(data.earns, "earns")
    if earns is None:
        raise BadInput("earns", "Enter the revenue per kWh sold.", "It shows which energy is worth its price.")
    return EnergyContract(working, weekend, earns, number_or_none(data.demand, "demand") or Decimal(0), data.region)


def _sharing_fields(sharing: Sharing) -> dict[str, str]:
    return {**{name: str(getattr(sharing, name)) for name in _SHARING}, "usual_need": f"{Decimal(sharing.usual_need_wh) / 1000:f}"}


def _what_if(limit: str, more: str) -> WhatIf | None:
    if not limit and not more:
        return None
    return WhatIf(_number("limit", limit or "100", 1000), _number("more", more or "0", 50))


def _number(name: str, text: str, maximum: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) <= maximum):
        raise BadInput(name, f"{text[:20]!r} is not a whole number up to {maximum}.", "Use digits only.")
    return int(text)


pages = [site_power, save_energy_costs, save_sharing]
