"""A guest's statement about the charging car: energy, departure, pace; by the secret of the visit's link."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.flows.charging import state_need
from forecourt.flows.guests import visit_of
from forecourt.kernel import BadInput, Conflict, SessionId
from forecourt.web.charging.need_form import NeedForm, words_of
from forecourt.web.frame import sealing
from forecourt.web.frame.responses import WebRequest, page, redirect_to, trigger_planning
from forecourt.web.frame.visitor import ports_of
from forecourt.web.queries.charges import ready_window
from forecourt.web.queries.guest_visits import visit_view

_NOT_CHARGING = ("not_charging", "You have no charge in progress.", "Go back to your charge.")


@get("/c/{key:str}/need", sync_to_thread=True)
def need_page(request: WebRequest, key: FromPath[str]) -> Response[str]:
    return _form(request, key)


@post("/c/{key:str}/need", sync_to_thread=True, status_code=200)
def need(request: WebRequest, key: FromPath[str], data: URLEncodedBody[NeedForm]) -> Response[Any]:
    ports = ports_of(request)
    now, digest = ports.clock.now(), sealing.digest(key)
    try:
        with ports.transactions.begin() as store:
            visit = visit_of(store, digest)
            zone = store.stations.site(visit.site_id).zone
            if visit_view(store, key, digest, now).step != "charging":
                raise Conflict(*_NOT_CHARGING)
            state_need(store, visit.driver_id, store.stations.evse(visit.evse_id), words_of(data, zone, now), now)
    except BadInput as error:
        return _form(request, key, data, error)
    return trigger_planning(request, redirect_to(request, f"/c/{key}", "need_kept"))


def _form(request: WebRequest, key: str, typed: NeedForm | None = None, error: BadInput | None = None) -> Response[str]:
    """Raises Conflict if nothing is charging (any more)."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = visit_view(store, key, sealing.digest(key), ports.clock.now())
        if view.step != "charging" or view.charge is None:
            raise Conflict(*_NOT_CHARGING)
        ready = ready_window(store, SessionId(UUID(view.charge.id)), ports.clock.now())
    shown = {"visit": view, "charge": view.charge, "ready": ready, "typed": typed, "error": error}
    return page(request, "guest/need.html", 400 if error else 200, **shown)


routes = Router("/", route_handlers=[need_page, need])
