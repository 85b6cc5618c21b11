"""The codes printed at the sockets of a site, for operators."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from forecourt.flows.chargers import give_codes, new_code
from forecourt.kernel import EvseId
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, service_url, staff_member, visitor_of
from forecourt.web.queries.socket_codes import site_codes, site_slug_of


@get("/sites/{slug:str}/codes", sync_to_thread=True)
def codes(request: WebRequest, slug: FromPath[str]) -> Response[str]:
    """The sheet to print."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        site, rows = site_codes(store, slug, visitor_of(request).operator, service_url(request))
    return page(request, "console/codes.html", site=site, codes=rows, tab="chargers")


@post("/sites/{slug:str}/codes", sync_to_thread=True, status_code=303)
def create_codes(request: WebRequest, slug: FromPath[str]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        site, _ = site_codes(store, slug, visitor_of(request).operator, "")
        give_codes(store, staff_member(request), site.id)
    return redirect_to(request, f"/console/sites/{slug}/codes", "kept")


@post("/sockets/{evse_id:uuid}/code", sync_to_thread=True, status_code=303)
def replace_code(request: WebRequest, evse_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        new_code(store, staff_member(request), evse_id)
        slug = site_slug_of(store, EvseId(evse_id))
    return redirect_to(request, f"/console/sites/{slug}/codes", "kept")


pages = [codes, create_codes, replace_code]
