"""Add a charger, or approve one that announced itself; change its password; take it out of service for good."""

from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response

from forecourt.flows.chargers import add_charger, cancel_retirement, refuse_charger, renew_password, retire_charger, retire_from
from forecourt.flows.ports import Store
from forecourt.kernel import ChargerId, Refused
from forecourt.stations import Approval, Charger
from forecourt.web.charging.charger_access import charger_address, gateway_address
from forecourt.web.charging.charger_form import PLUG_CHOICES, SUPPLY_CHOICES, ChargerForm, charger_details, parse_charger_form, with_sockets
from forecourt.web.charging.charger_passwords import HASHER, fresh_password
from forecourt.web.charging.hours import parse_instant_fields
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.responses import WebRequest, page, redirect_to, trigger_planning
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.charger_page import charger_page
from forecourt.web.queries.site_lookup import open_sites, own_site

Fields = dict[str, str]
_HOME = "/console/chargers"


@get("/new-charger", sync_to_thread=True)
def new(request: WebRequest, name: FromQuery[str] = "", site: FromQuery[str] = "") -> Response[Any]:
    """name: of one that waits for approval; it connects already, so its way of connecting stays."""
    with ports_of(request).transactions.begin() as store:
        return _form(request, store, ChargerForm(name, site, secured="" if name else "on"))


@post("/new-charger", sync_to_thread=True, status_code=200)
def add(request: WebRequest, data: URLEncodedBody[Fields]) -> Response[Any]:
    """do "more" and "less" change the number of sockets and save nothing; otherwise the charger is added, and its password shown once."""
    form, password = parse_charger_form(data), fresh_password()
    ports, by = ports_of(request), staff_member(request)
    if data.get("do") in ("more", "less"):
        with ports.transactions.begin() as store:
            return _form(request, store, with_sockets(form, 1 if data["do"] == "more" else -1))
    try:
        with ports.transactions.begin() as store:
            site = own_site(store, form.site, by.operator_id)
            details = charger_details(form, site.id)
            needs_password = form.secured == "on" or store.stations.charger(details.id) is None
            charger = add_charger(store, by, details, HASHER.hash(password) if needs_password else "")
    except Refused as error:
        with ports.transactions.begin() as store:
            return _form(request, store, form, error)
    done = (
        _access_page(request, charger, password, "added")
        if needs_password
        else redirect_to(request, f"{_HOME}/{quote(charger.id)}", "approved")
    )
    return trigger_planning(request, done)


@post("/chargers/{charger_id:str}/refuse", sync_to_thread=True, status_code=303)
def refuse(request: WebRequest, charger_id: FromPath[str]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        refuse_charger(store, staff_member(request), ChargerId(charger_id))
    return redirect_to(request, _HOME, "refused")


@post("/chargers/{charger_id:str}/password", sync_to_thread=True, status_code=200)
def password(request: WebRequest, charger_id: FromPath[str]) -> Response[Any]:
    new_password = fresh_password()
    with ports_of(request).transactions.begin() as store:
        charger = renew_password(store, staff_member(request), ChargerId(charger_id), HASHER.hash(new_password))
    return _access_page(request, charger, new_password, "renewed")


@get("/chargers/{charger_id:str}/retire", sync_to_thread=True)
def retire_preview(request: WebRequest, charger_id: FromPath[str]) -> Response[Any]:
    """Preview the effects of taking it out of service."""
    return _retire_page(request, ChargerId(charger_id))


@post("/chargers/{charger_id:str}/retire", sync_to_thread=True, status_code=303)
def retire(request: WebRequest, charger_id: FromPath[str]) -> Response[Any]:
    with ports_of(request).transactions.begin() as store:
        retire_charger(store, staff_member(request), ChargerId(charger_id))
    return trigger_planning(request, redirect_to(request, _HOME, "charger_retired"))


@post("/chargers/{charger_id:str}/retire-later", sync_to_thread=True, status_code=200)
def retire_later(request: WebRequest, charger_id: FromPath[str], data: URLEncodedBody[Fields]) -> Response[Any]:
    """do "stay": cancel the retirement. No day: as soon as nobody charges there."""
    charger, by = ChargerId(charger_id), staff_member(request)
    keeps_it = data.get("do") == "stay"
    try:
        with ports_of(request).transactions.begin() as store:
            if keeps_it:
                cancel_retirement(store, by, charger)
            else:
                site = charger_page(store, by.operator_id, charger, by.at).site
                retire_from(store, by, charger, parse_instant_fields("from", data, ZoneInfo(site.zone)) or by.at)
    except Refused as error:
        return _retire_page(request, charger, error, data)
    done = redirect_to(request, f"{_HOME}/{quote(charger_id, safe='')}", "charger_stays" if keeps_it else "charger_leaves")
    return trigger_planning(request, done)


def _retire_page(request: WebRequest, charger_id: ChargerId, error: Refused | None = None, fields: Fields | None = None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        view = charger_page(store, visitor_of(request).operator, charger_id, ports_of(request).clock.now())
        kinds = {evse.kind for evse in store.stations.evses(view.site.id) if evse.charger_id == view.charger.id}
        booked = sum(one.kind in kinds for one in store.bookings.live_at(view.site.id))
        busy = any(one.charger_id == view.charger.id for one in store.sessions.open_at(view.site.id))
    seen: dict[str, Any] = {"view": view, "booked": booked, "busy": busy, "error": error, "fields": fields or {}}
    seen["at"] = field_errors(error, {"from": "from_day"})
    return page(request, "console/charger_end.html", status_of(error) if error else 200, **seen, tab="chargers")


def _form(request: WebRequest, store: Store, form: ChargerForm, error: Refused | None = None) -> Response[str]:
    operator = visitor_of(request).operator
    known = store.stations.charger(ChargerId(form.id))
    is_waiting = known is not None and known.site_id is None and known.operator_id in (None, operator)
    shown: dict[str, Any] = {
        "form": form,
        "error": error,
        "sites": [(one.slug, one.name) for one in open_sites(store, operator)],
        "waiting": known if is_waiting and known and known.approval is not Approval.APPROVED else None,
        "plugs": PLUG_CHOICES,
        "supplies": SUPPLY_CHOICES,
    }
    return page(request, "console/charger_new.html", status_of(error) if error else 200, **shown, tab="chargers")


def _access_page(request: WebRequest, charger: Charger, new_password: str, reason: str) -> Response[str]:
    """The password is shown now and never again."""
    with ports_of(request).transactions.begin() as store:
        view = charger_page(store, visitor_of(request).operator, charger.id, ports_of(request).clock.now())
    shown: dict[str, Any] = {
        "charger": charger,
        "slug": view.site.slug,
        "uncounted": view.uncounted,
        "password": new_password,
        "address": gateway_address(request),
        "whole": charger_address(request, charger.id),
        "why": reason,
    }
    answer = page(request, "console/charger_access.html", **shown, tab="chargers")
    answer.headers["cache-control"] = "no-store"
    return answer


pages = [new, add, refuse, password, retire_preview, retire, retire_later]
