"""The operator's page of a charger: how its sockets obey limits, and the test that measures this."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response, ServerSentEvent
from msgspec import Struct

from forecourt.flows.chargers import describe_bay
from forecourt.flows.power import begin_test, cancel_test, set_strict_commissioning
from forecourt.kernel import BadInput, ChargerId, Conflict, EvseId, Refused
from forecourt.stations import Approval
from forecourt.web.charging.bay_forms import BayForm
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.rendering import render
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.charger_page import charger_page, charger_tariff_rows
from forecourt.web.queries.site_lookup import own_site

Fields = dict[str, str]


class StrictForm(Struct):
    strict: str = ""


@get("/chargers/{charger_id:str}", sync_to_thread=True)
def charger(request: WebRequest, charger_id: FromPath[str]) -> Response[Any]:
    """One that waits for approval is shown in the list instead."""
    with ports_of(request).transactions.begin() as store:
        known = store.stations.charger(ChargerId(charger_id))
        if known is not None and known.approval is not Approval.APPROVED and known.operator_id in (None, visitor_of(request).operator):
            return redirect_to(request, f"/console/chargers#{charger_id}")
    return render_charger(request, ChargerId(charger_id))


def render_charger(
    request: WebRequest, charger_id: ChargerId, form_name: str = "", typed: Fields | None = None, error: Refused | None = None
) -> Response[str]:
    """With the input of a refused form, and the reason. form_name: which form, as the page names it."""
    ports, now = ports_of(request), ports_of(request).clock.now()
    with ports.transactions.begin() as store:
        view = charger_page(store, visitor_of(request).operator, charger_id, now)
        sheets = charger_tariff_rows(store, view, now)
    shown: dict[str, Any] = {"view": view, "sheets": sheets, "of": form_name, "typed": typed or {}, "error": error}
    return page(request, "console/charger.html", status_of(error) if error else 200, **shown, tab="chargers", live=True)


@get("/chargers/{charger_id:str}/live")
async def charger_live(request: WebRequest, charger_id: FromPath[str]) -> ServerSentEvent:
    """The sockets and their tests, sent again whenever they change."""
    ports, operator = ports_of(request), visitor_of(request).operator

    def draw() -> str:
        with ports.transactions.begin() as store:
            view = charger_page(store, operator, ChargerId(charger_id), ports.clock.now())
            return render("console/charger_live.html", {"view": view, "csrf": ""})

    return await live_fragment(request, f"charger/{operator}/{charger_id}", draw)


@post("/sockets/{evse_id:uuid}/test", sync_to_thread=True, status_code=303)
def test(request: WebRequest, evse_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        begin_test(store, staff_member(request), EvseId(evse_id))
        charger_id = store.stations.evse(EvseId(evse_id)).charger_id
    return redirect_to(request, f"/console/chargers/{charger_id}", "test_begun")


@post("/sockets/{evse_id:uuid}/test/cancel", sync_to_thread=True, status_code=303)
def cancel(request: WebRequest, evse_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        cancel_test(store, staff_member(request), EvseId(evse_id))
        charger_id = store.stations.evse(EvseId(evse_id)).charger_id
    return redirect_to(request, f"/console/chargers/{charger_id}", "test_cancelled")


@post("/sockets/{evse_id:uuid}/bay", sync_to_thread=True, status_code=200)
def bay(request: WebRequest, evse_id: FromPath[UUID], data: URLEncodedBody[BayForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            where = describe_bay(store, staff_member(request), EvseId(evse_id), data.bay).charger_id
    except (BadInput, Conflict) as error:
        with ports_of(request).transactions.begin() as store:
            where = store.stations.evse(EvseId(evse_id)).charger_id
        return render_charger(request, where, f"bay/{evse_id}", data.field_values, error)
    return redirect_to(request, f"/console/chargers/{where}", "kept")


@post("/sites/{slug:str}/commissioning", sync_to_thread=True, status_code=303)
def commissioning(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[StrictForm]) -> Redirect:
    """Whether power is reserved for untested sockets even while no car is there."""
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        set_strict_commissioning(store, staff_member(request), site.id, data.strict == "on")
    return redirect_to(request, f"/console/sites/{slug}/power", "kept")


pages = [charger, charger_live, test, cancel, bay, commissioning]
