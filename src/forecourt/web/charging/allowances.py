"""Temporary power limits of a site, set and lifted by hand on its power page: for grid works, or an agreement with the grid operator."""

from typing import Any

from litestar import post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.chargers import apply_allowance, lift_allowance
from forecourt.kernel import BadInput
from forecourt.stations import Allowance, AllowanceStep
from forecourt.web.charging.power import render_power
from forecourt.web.frame.lists import parts_or_none
from forecourt.web.frame.responses import WebRequest, redirect_to, trigger_planning
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.site_lookup import own_site
from forecourt.web.views.tariff_form import local_instant


class AllowanceForm(Struct):
    """source: the reason, in the operator's words. start, end: by the site's clock; no start: from now on, no end: until it is lifted."""

    source: str = ""
    start: str = ""
    end: str = ""
    kw: str = ""
    confirm: str = ""


class LiftForm(Struct):
    source: str = ""


@post("/sites/{slug:str}/allowances", sync_to_thread=True, status_code=200)
def set_allowance(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[AllowanceForm]) -> Response[Any]:
    """If it would break power promises, show that first and save it once confirmed."""
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            site = own_site(store, slug, visitor_of(request).operator)
            power_w = parts_or_none(data.kw, "kw", 1000)
            if power_w is None:
                raise BadInput("kw", "Enter how much the site may draw.", "In kilowatts; 0 stops all charging.")
            start = local_instant(data.start, site.zone, "start") or by.at
            end = local_instant(data.end, site.zone, "until")
            allowance = Allowance(data.source.strip(), by.at, (AllowanceStep(start, power_w),), end)
            apply_allowance(store, by, site.id, allowance, confirmed=data.confirm == "on")
    except BadInput as error:
        return render_power(request, slug, None, {"allowed_error": error, "allowing": data})
    return trigger_planning(request, redirect_to(request, f"/console/sites/{slug}/power", "allowance_kept"), site.id)


@post("/sites/{slug:str}/allowances/lift", sync_to_thread=True, status_code=200)
def lift(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[LiftForm]) -> Response[Any]:
    """Regardless of who set it; a program may set it again."""
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        lift_allowance(store, staff_member(request), site.id, data.source)
    return trigger_planning(request, redirect_to(request, f"/console/sites/{slug}/power", "allowance_lifted"), site.id)


pages = [set_allowance, lift]
