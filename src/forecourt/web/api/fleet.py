"""REST for repeated bookings, and those of a fleet, by the same rules as the pages."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.flows.bookings import ReserveRequest, SeriesBooking, check_acts_for
from forecourt.flows.desk import drivers_in_fleet
from forecourt.flows.paying import make_series
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, Span, utc
from forecourt.reservations import MAX_WEEKS, Repeat
from forecourt.web.api import models
from forecourt.web.api.shared import Key, json_answer, to_json
from forecourt.web.frame.idempotency import idempotent, request_digest, scoped_key
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.bookings import booking_view, fleet_bookings
from forecourt.web.queries.site_lookup import site_of


class SeriesRequest(models.BookingRequest, forbid_unknown_fields=True, kw_only=True):
    """The first of the bookings, and how often: the times are by the clock at the place. driver: of the sender's fleet."""

    repeat: Repeat
    weeks: Annotated[int, Meta(ge=1, le=MAX_WEEKS)] = 1


class OtherTimeItem(Struct):
    start: datetime
    end: datetime
    due: models.Amount


class OccasionItem(Struct):
    """One time of a series. Without a booking: why it is not possible, and the nearest windows that are."""

    start: datetime
    end: datetime
    booking: models.BookingItem | None
    why: str
    offers: list[OtherTimeItem]


class FleetDriver(Struct):
    id: UUID
    name: str


class FleetItem(Struct):
    """The drivers whose charges the sender pays for, and their upcoming bookings, soonest first, each with its driver's name."""

    drivers: list[FleetDriver]
    bookings: list[models.BookingItem]


@post("/bookings/series", sync_to_thread=True, guards=[signed_in], summary="Book a bay repeatedly")
def create_booking_series(request: WebRequest, data: JSONBody[SeriesRequest], key: Key = "") -> Response[list[OccasionItem]]:
    """Every time that can be promised is promised, each as an ordinary booking. The others are listed with the reason and the nearest free
    times.
    """
    ports, who = ports_of(request), visitor_of(request).require_driver()
    now, window = ports.clock.now(), Span(utc(data.start), utc(data.end))
    with (
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "series", key), now, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            driver_id = check_acts_for(store, who, DriverId(data.driver) if data.driver else who, now)
            asked = ReserveRequest(
                site_of(store, data.site).id, data.kind, driver_id, window, data.energy_wh, data.flexible, need=data.need
            )
            done = make_series(store, asked, data.repeat, data.weeks, now, ports.ids)
            attempt.answer = to_json([_occasion(store, one, now) for one in done])
    return json_answer(attempt.answer, 201)


@get("/fleet", sync_to_thread=True, guards=[signed_in], summary="Your fleet: its drivers and their upcoming bookings")
def get_fleet(request: WebRequest) -> FleetItem:
    """Empty if you do not pay for anyone. Book for a driver with `driver` in POST /bookings; cancel with DELETE /bookings/{id}."""
    ports, who = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        drivers = [FleetDriver(one.id, one.name) for one in drivers_in_fleet(store, who, now)]
        return FleetItem(drivers, [models.booking_item(view) for view in fleet_bookings(store, who, now)])


def _occasion(store: Store, one: SeriesBooking, now: datetime) -> OccasionItem:
    made = models.booking_item(booking_view(store, one.booking, now)) if one.booking else None
    offers = [OtherTimeItem(offer.window.start, offer.window.end, models.amount(offer.due)) for offer in one.offers]
    return OccasionItem(one.window.start, one.window.end, made, one.why, offers)


routes = Router("/api/v1", tags=["Fleets"], route_handlers=[create_booking_series, get_fleet])
