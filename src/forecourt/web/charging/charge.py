"""The page of a driver's charge: its progress, what the car needs, and stopping it."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response, ServerSentEvent

from forecourt.flows.charging import state_need, stop_charge
from forecourt.flows.power import skip_random_delay
from forecourt.kernel import BadInput, SessionId, Text
from forecourt.web.charging.need_form import NeedForm, words_of
from forecourt.web.frame import rendering
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.responses import WebRequest, language_for, page, redirect_to, trigger_planning
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.charges import charge, ready_window

CHARGE_STATE_LABELS = {"charging": Text("Charging"), "withheld": Text("Slowed to share power"), "idle": Text("Not charging")}


@get("/charges/{session_id:uuid}", sync_to_thread=True, guards=[signed_in])
def charge_page(request: WebRequest, session_id: FromPath[UUID]) -> Response[str]:
    return _render_charge(request, SessionId(session_id))


def _render_charge(
    request: WebRequest, session_id: SessionId, typed: NeedForm | None = None, error: BadInput | None = None
) -> Response[str]:
    """typed, error: what was entered about the car, and what is wrong with it."""
    ports, visitor = ports_of(request), visitor_of(request)
    with ports.transactions.begin() as store:
        view = charge(store, session_id, visitor.operator if visitor.staff else visitor.require_driver(), ports.clock.now())
        ready = ready_window(store, session_id, ports.clock.now())
    seen = {"charge": view, "ready": ready, "words": CHARGE_STATE_LABELS, "live": error is None and not view.receipt}
    return page(request, "driver/charge.html", 400 if error else 200, **seen, typed=typed, error=error, tab="charge")


@get("/charges/{session_id:uuid}/live", guards=[signed_in])
async def charge_live(request: WebRequest, session_id: FromPath[UUID]) -> ServerSentEvent:
    """The figures of a running charge, sent again whenever they change."""
    ports, visitor = ports_of(request), visitor_of(request)
    owner = visitor.operator if visitor.staff else visitor.require_driver()
    language = language_for(request)

    def draw() -> str:
        with ports.transactions.begin() as store:
            view = charge(store, SessionId(session_id), owner, ports.clock.now())
        return rendering.render("driver/charge_live.html", {"charge": view, "words": CHARGE_STATE_LABELS, "csrf": ""}, language)

    return await live_fragment(request, f"charge/{session_id}/{owner}/{language}", draw)


@post("/charges/{session_id:uuid}/stop", sync_to_thread=True, guards=[signed_in], status_code=303)
def stop(request: WebRequest, session_id: FromPath[UUID]) -> Redirect:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        stop_charge(store, driver_id, SessionId(session_id), ports.clock.now(), ports.ids)
    return redirect_to(request, f"/charges/{session_id}")  # the page shows that it is being stopped


@post("/charges/{session_id:uuid}/at-once", sync_to_thread=True, guards=[signed_in], status_code=303)
def at_once(request: WebRequest, session_id: FromPath[UUID]) -> Redirect:
    """End all random delays for this charge."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        skip_random_delay(store, driver_id, SessionId(session_id), ports.clock.now())
    return trigger_planning(request, redirect_to(request, f"/charges/{session_id}", "at_once"))


@post("/charges/{session_id:uuid}/need", sync_to_thread=True, guards=[signed_in], status_code=200)
def need(request: WebRequest, session_id: FromPath[UUID], data: URLEncodedBody[NeedForm]) -> Response[Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    try:
        with ports.transactions.begin() as store:
            view = charge(store, SessionId(session_id), driver_id, now)
            session = store.sessions.session(SessionId(session_id))
            if session is not None:
                state_need(store, driver_id, store.stations.evse(session.evse_id), words_of(data, view.zone, now), now)
    except BadInput as error:
        return _render_charge(request, SessionId(session_id), data, error)
    return trigger_planning(request, redirect_to(request, f"/charges/{session_id}", "need_kept"))


routes = Router("/", route_handlers=[charge_page, charge_live, stop, at_once, need])
