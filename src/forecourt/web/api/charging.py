"""REST for drivers' apps: a place, a charge from start to stop, what the car needs, and the receipts."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response

from forecourt.drivers import BatteryGoal, NeedWords
from forecourt.flows.charging import say_need, start_charge, stop_charge
from forecourt.kernel import EvseId, SessionId, utc
from forecourt.web.api import models
from forecourt.web.api.charge_items import ChargeItem, ChargeRequest, NeedItem, NeedRequest, StartItem, charge_item
from forecourt.web.api.completing import OrAFile
from forecourt.web.api.parts import IN_PARTS, PartAsked, part_of
from forecourt.web.api.shared import ANYBODY, Key, as_json, json_answer
from forecourt.web.frame.answers import Asked, file_answer, file_asked
from forecourt.web.frame.once import asked_of, key_of, once
from forecourt.web.frame.visit import ports_of, signed_in, visitor_of
from forecourt.web.queries.charges import charge
from forecourt.web.queries.places import PlaceQuery, place
from forecourt.web.queries.receipts import kept_file, own_document, receipt_view, receipts_of


@get("/sites/{slug:str}", sync_to_thread=True, security=ANYBODY, summary="One place: bays and price")
def site(request: Asked, slug: FromPath[str], energy_wh: Annotated[int, QueryParameter(ge=1000, le=150_000)] = 20_000) -> models.SiteDetail:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        return models.site_detail(place(store, PlaceQuery(slug, energy_wh), visitor_of(request).driver, ports.clock.now()))


@post("/charges", sync_to_thread=True, status_code=202, guards=[signed_in], summary="Start a charge")
def start(request: Asked, data: JSONBody[ChargeRequest], key: Key = "") -> Response[StartItem]:
    """The charger is asked as soon as the card is checked; the charge then appears under its own id in GET /charges."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    with ports.transactions.begin() as store, once(store, key_of(request, "start", key), now, asked_of(request, data)) as step:
        if step.fresh:
            starting = start_charge(store, driver_id, store.stations.evse(EvseId(data.evse)), now, ports.ids)
            state = "holding" if starting.waits else "starting"
            step.answer = as_json(StartItem(data.evse, state))
    return json_answer(step.answer, 202)


@get("/charges", sync_to_thread=True, guards=[signed_in], summary="Your running charges")
def charges(request: Asked) -> list[ChargeItem]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        return [charge_item(charge(store, one.id, driver_id, now)) for one in store.sessions.open_of(driver_id)]


@get("/charges/{session_id:uuid}", sync_to_thread=True, guards=[signed_in], summary="One of your charges, running or ended")
def one_charge(request: Asked, session_id: FromPath[UUID]) -> ChargeItem:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        return charge_item(charge(store, SessionId(session_id), driver_id, ports.clock.now()))


@post("/charges/{session_id:uuid}/stop", sync_to_thread=True, status_code=202, guards=[signed_in], summary="Stop a charge")
def stop(request: Asked, session_id: FromPath[UUID]) -> ChargeItem:
    """Asking twice asks once."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        stop_charge(store, driver_id, SessionId(session_id), now, ports.ids)
        return charge_item(charge(store, SessionId(session_id), driver_id, now))


@post("/needs", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Say what the car needs and when it leaves")
def needs(request: Asked, data: JSONBody[NeedRequest]) -> NeedItem:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        evse = store.stations.evse(EvseId(data.evse))
        departure = utc(data.departure) if data.departure else None
        goal = BatteryGoal(data.battery.capacity_wh, data.battery.target_percent, data.battery.level_percent) if data.battery else None
        words = NeedWords(data.energy_wh, departure, data.stop_there, data.pace, goal)
        kept = say_need(store, driver_id, evse, words, ports.clock.now())
        return NeedItem(data.evse, kept.energy_wh, kept.departure, kept.stop_there, kept.pace)


@get("/receipts", sync_to_thread=True, guards=[signed_in], **IN_PARTS, summary="Your receipts, latest first")
def receipts(request: Asked, part: PartAsked) -> Response[list[models.ReceiptItem]]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        return part_of(request, receipts_of(store, driver_id, part.newest(50)), models.receipt_item)


@get(
    "/receipts/{name:str}",
    sync_to_thread=True,
    guards=[signed_in],
    operation_class=OrAFile,
    summary="One receipt as JSON; .pdf or .xml behind its number for its files",
)
def receipt(request: Asked, name: FromPath[str]) -> Response[models.ReceiptItem]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        number, ending = file_asked(name)
        invoice = own_document(store, number, driver_id)
        if ending:
            return file_answer(name, kept_file(store, invoice, ending))
        return Response(models.receipt_item(receipt_view(store, invoice)))


routes = Router("/api/v1", tags=["Charging"], route_handlers=[site, start, charges, one_charge, stop, needs, receipts, receipt])
