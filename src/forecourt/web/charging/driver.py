"""The driver's pages, in the order of the journey: book, charge."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response, ServerSentEvent

from forecourt.flows.bookings import Occasion, ReserveRequest, act_for
from forecourt.flows.charging import say_need, stop_charge
from forecourt.flows.paying import make_booking, make_series
from forecourt.flows.power import charge_at_once
from forecourt.kernel import BadInput, BookingId, Refused, SessionId, Span, Text
from forecourt.web.charging.booking_forms import BookForm, driver_named, repeat_named, start_chosen
from forecourt.web.charging.need_form import NeedForm, words_of
from forecourt.web.charging.place_page import between, energy_asked, shown_place
from forecourt.web.charging.wishes import wish_typed
from forecourt.web.frame import rendering, sealing
from forecourt.web.frame.answers import Asked, go, language_for, page, plan_soon
from forecourt.web.frame.live import LivePages
from forecourt.web.frame.once import once
from forecourt.web.frame.visit import ports_of, signed_in, visitor_of
from forecourt.web.queries.booked import days_held_ahead, deposit_waits
from forecourt.web.queries.charges import charge, ready_window
from forecourt.web.queries.places import PlaceQuery, site_of


@post("/bookings", sync_to_thread=True, guards=[signed_in], status_code=200)
def book(request: Asked, data: URLEncodedBody[BookForm]) -> Response[Any]:
    """The same form sent twice books once. A refusal keeps the driver at the place, with the reason. driver: of the sender's fleet."""
    ports, who = ports_of(request), visitor_of(request).require_driver()
    now, asked = ports.clock.now(), None
    done: tuple[Occasion, ...] = ()
    try:
        start = start_chosen(data.start)
        window = Span(start, start + timedelta(minutes=between(data.minutes, 15, 1440)))
        flexible = timedelta(minutes=between(data.flexible, 0, 180))
        with ports.transactions.begin() as store, once(store, f"book/{who}/{data.key}", now) as step:
            driver_id = act_for(store, who, driver_named(data.driver) or who, now)
            asked = ReserveRequest(
                site_of(store, data.site).id, data.kind, driver_id, window, energy_asked(data.energy), flexible, need=data.need
            )
            if step.fresh and data.repeat:
                done = make_series(store, asked, repeat_named(data.repeat), data.weeks, now, ports.ids)
                step.answer = b"series"
            elif step.fresh:
                step.answer = str(make_booking(store, asked, now, ports.ids).id).encode()
            zone = store.stations.site(asked.site_id).zone
    except Refused as error:
        return shown_place(request, PlaceQuery(data.site, energy_asked(data.energy), data.kind, wish=wish_typed(data)), error, asked)
    if done:
        return _series_page(request, done, data, zone)
    with ports.transactions.begin() as store:
        unpaid = step.answer != b"series" and deposit_waits(store, BookingId(UUID(step.answer.decode())))
    return go(request, f"/bookings/{step.answer.decode()}/deposit") if unpaid else go(request, "/bookings", "booked")


def _series_page(request: Asked, done: tuple[Occasion, ...], form: BookForm, zone: str) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        days = days_held_ahead(store, [one.booking for one in done if one.booking])
    shown: dict[str, Any] = {"done": done, "form": form, "zone": zone, "held_days": days}
    return page(request, "driver/series.html", **shown, form_key=sealing.fresh_secret()[:16], tab="bookings")


@get("/charges/{session_id:uuid}", sync_to_thread=True, guards=[signed_in])
def charge_page(request: Asked, session_id: FromPath[UUID]) -> Response[str]:
    return _shown_charge(request, SessionId(session_id))


def _shown_charge(request: Asked, session_id: SessionId, typed: NeedForm | None = None, error: BadInput | None = None) -> Response[str]:
    """typed, error: what was said of the car, and what of it cannot be."""
    ports, visitor = ports_of(request), visitor_of(request)
    with ports.transactions.begin() as store:
        view = charge(store, session_id, visitor.operator if visitor.staff else visitor.require_driver(), ports.clock.now())
        ready = ready_window(store, session_id, ports.clock.now())
    seen = {"charge": view, "ready": ready, "words": CHARGE_WORDS, "live": error is None and not view.receipt}
    return page(request, "driver/charge.html", 400 if error else 200, **seen, typed=typed, error=error, tab="charge")


@get("/charges/{session_id:uuid}/live", guards=[signed_in])
async def charge_live(request: Asked, session_id: FromPath[UUID]) -> ServerSentEvent:
    """The figures of a running charge, again whenever they change."""
    ports, visitor = ports_of(request), visitor_of(request)
    owner = visitor.operator if visitor.staff else visitor.require_driver()
    language = language_for(request)

    def draw() -> str:
        with ports.transactions.begin() as store:
            view = charge(store, SessionId(session_id), owner, ports.clock.now())
        return rendering.render("driver/charge_live.html", {"charge": view, "words": CHARGE_WORDS, "csrf": ""}, language)

    pages: LivePages = request.app.state.live
    return await pages.stream(f"charge/{session_id}/{owner}/{language}", draw)


@post("/charges/{session_id:uuid}/stop", sync_to_thread=True, guards=[signed_in], status_code=303)
def stop(request: Asked, session_id: FromPath[UUID]) -> Redirect:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        stop_charge(store, driver_id, SessionId(session_id), ports.clock.now(), ports.ids)
    return go(request, f"/charges/{session_id}")  # the page itself says that it is being stopped


@post("/charges/{session_id:uuid}/at-once", sync_to_thread=True, guards=[signed_in], status_code=303)
def at_once(request: Asked, session_id: FromPath[UUID]) -> Redirect:
    """Nothing of this charge waits at random any more."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        charge_at_once(store, driver_id, SessionId(session_id), ports.clock.now())
    return plan_soon(request, go(request, f"/charges/{session_id}", "at_once"))


@post("/charges/{session_id:uuid}/need", sync_to_thread=True, guards=[signed_in], status_code=200)
def need(request: Asked, session_id: FromPath[UUID], data: URLEncodedBody[NeedForm]) -> Response[Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    try:
        with ports.transactions.begin() as store:
            view = charge(store, SessionId(session_id), driver_id, now)
            session = store.sessions.session(SessionId(session_id))
            if session is not None:
                say_need(store, driver_id, store.stations.evse(session.evse_id), words_of(data, view.zone, now), now)
    except BadInput as error:
        return _shown_charge(request, SessionId(session_id), data, error)
    return plan_soon(request, go(request, f"/charges/{session_id}", "need_kept"))


CHARGE_WORDS = {"charging": Text("Charging"), "withheld": Text("Slowed to share power"), "idle": Text("Not charging")}


routes = Router("/", route_handlers=[book, charge_page, charge_live, stop, at_once, need])
