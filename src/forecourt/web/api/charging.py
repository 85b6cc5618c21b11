"""REST for drivers' apps: a place, a charge from start to stop, what the car needs, and the receipts."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from forecourt.drivers import BatteryGoal, StatedNeeds
from forecourt.flows import charging
from forecourt.flows.chargers import socket_by_code
from forecourt.flows.charging import state_need
from forecourt.kernel import EvseId, SessionId, utc
from forecourt.web.api import models, starting
from forecourt.web.api.charge_items import ChargeItem, NeedItem, NeedRequest, charge_item
from forecourt.web.api.shared import ANYBODY
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.charges import charge
from forecourt.web.queries.places import PlaceQuery, place

_DEFAULT_ENERGY_WH = 20_000


@get("/sites/{slug:str}", sync_to_thread=True, security=ANYBODY, summary="One place: its bays and price")
def get_site(
    request: WebRequest, slug: FromPath[str], energy_wh: Annotated[int, QueryParameter(ge=1000, le=150_000)] = _DEFAULT_ENERGY_WH
) -> models.SiteDetail:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        return models.site_detail(place(store, PlaceQuery(slug, energy_wh), visitor_of(request).driver, ports.clock.now()))


@get("/sockets/{code:str}", sync_to_thread=True, security=ANYBODY, summary="The socket that a printed code belongs to")
def get_socket(request: WebRequest, code: FromPath[str]) -> models.ScannedSocketItem:
    """code: the part after /e/ in the address that a socket's code contains."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        evse = socket_by_code(store, code)
        slug = store.stations.site(evse.site_id).slug
        seen = models.site_detail(place(store, PlaceQuery(slug, _DEFAULT_ENERGY_WH), visitor_of(request).driver, ports.clock.now()))
    return models.ScannedSocketItem(slug, evse.kind, next(one for one in seen.sockets if one.evse == str(evse.id)))


@get("/charges", sync_to_thread=True, guards=[signed_in], summary="Your charges in progress")
def list_charges(request: WebRequest) -> list[ChargeItem]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        return [charge_item(charge(store, one.id, driver_id, now)) for one in store.sessions.open_of(driver_id)]


@get("/charges/{session_id:uuid}", sync_to_thread=True, guards=[signed_in], summary="One of your charges, in progress or ended")
def get_charge(request: WebRequest, session_id: FromPath[UUID]) -> ChargeItem:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        return charge_item(charge(store, SessionId(session_id), driver_id, ports.clock.now()))


@post("/charges/{session_id:uuid}/stop", sync_to_thread=True, status_code=202, guards=[signed_in], summary="Stop a charge")
def stop_charge(request: WebRequest, session_id: FromPath[UUID]) -> ChargeItem:
    """Asking twice has no further effect."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        charging.stop_charge(store, driver_id, SessionId(session_id), now, ports.ids)
        return charge_item(charge(store, SessionId(session_id), driver_id, now))


@post("/needs", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Set what the car needs and when it leaves")
def set_needs(request: WebRequest, data: JSONBody[NeedRequest]) -> NeedItem:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        evse = store.stations.evse(EvseId(data.evse))
        departure = utc(data.departure) if data.departure else None
        goal = BatteryGoal(data.battery.capacity_wh, data.battery.target_percent, data.battery.level_percent) if data.battery else None
        words = StatedNeeds(data.energy_wh, departure, data.stop_there, data.pace, goal)
        kept = state_need(store, driver_id, evse, words, ports.clock.now())
        return NeedItem(data.evse, kept.energy_wh, kept.departure, kept.stop_there, kept.pace)


routes = Router(
    "/api/v1",
    tags=["Charging"],
    route_handlers=[get_site, get_socket, *starting.handlers, list_charges, get_charge, stop_charge, set_needs],
)
