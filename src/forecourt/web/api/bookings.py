"""REST for drivers' apps: book a bay, change it, stay longer, cancel it."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.flows import bookings, paying
from forecourt.flows.bookings import ReserveRequest, check_acts_for, driver_of_booking, extend_stay, report_blocked
from forecourt.flows.charging import wait_for_another_car
from forecourt.flows.paying import lock_deposit, make_booking, move_booking
from forecourt.flows.ports import Store
from forecourt.kernel import BookingId, DriverId, Span, utc
from forecourt.stations import BayNeed, features_named
from forecourt.web.api import models
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.api.shared import DatedRequest, Key, json_answer, to_json
from forecourt.web.frame.conditional import check_locked
from forecourt.web.frame.idempotency import idempotent, request_digest, scoped_key
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.bookings import booking_view, bookings_of, own_booking
from forecourt.web.queries.site_lookup import site_of


class BookingUpdateRequest(DatedRequest):
    """Another time for a booking: as in BookingRequest. energy_wh omitted: as booked."""

    start: datetime
    end: datetime
    energy_wh: models.Energy | None = None
    flexible_minutes: Annotated[int, Meta(ge=0, le=180)] = 0


class ExtensionRequest(DatedRequest):
    end: datetime


class BayNeedItem(Struct, forbid_unknown_fields=True):
    """What a bay must always offer you: as in BookingRequest."""

    features: list[str] = []
    vehicle_height_cm: int = 0


@get("/bay-need", sync_to_thread=True, guards=[signed_in], summary="What you always need from a bay")
def get_bay_need(request: WebRequest) -> BayNeedItem:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        need = store.drivers.driver(driver_id).bay_need
    return BayNeedItem([one.value for one in need.features], need.height_cm)


@put("/bay-need", sync_to_thread=True, guards=[signed_in], summary="Set what you always need from a bay")
def set_bay_need(request: WebRequest, data: JSONBody[BayNeedItem]) -> BayNeedItem:
    """The pages apply it wherever you book or wait, and a card at a charger does where others wait. A booking made by a program states it
    itself.
    """
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        bookings.set_bay_need(store, driver_id, BayNeed(features_named(data.features), data.vehicle_height_cm))
    return data


@get("/bookings", sync_to_thread=True, guards=[signed_in], **PAGINATED, summary="Your bookings")
def list_bookings(request: WebRequest, part: PageQuery) -> Response[list[models.BookingItem]]:
    """All upcoming ones, soonest first, then past ones, latest first."""
    driver_id, now = visitor_of(request).require_driver(), ports_of(request).clock.now()
    with ports_of(request).transactions.begin() as store:
        return page_response(request, bookings_of(store, driver_id, now, part.newest(50)), models.booking_item)


@post("/bookings", sync_to_thread=True, guards=[signed_in], summary="Book a bay")
def create_booking(request: WebRequest, data: JSONBody[models.BookingRequest], key: Key = "") -> Response[models.BookingItem]:
    """For yourself, or for a driver in the fleet you pay for."""
    ports, who = ports_of(request), visitor_of(request).require_driver()
    now, window = ports.clock.now(), Span(utc(data.start), utc(data.end))
    with (
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "book", key), now, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            driver_id = check_acts_for(store, who, DriverId(data.driver) if data.driver else who, now)
            asked = ReserveRequest(
                site_of(store, data.site).id, data.kind, driver_id, window, data.energy_wh, data.flexible, need=data.need
            )
            made = make_booking(store, asked, now, ports.ids)
            attempt.answer = to_json(models.booking_item(booking_view(store, made, now)))
    return json_answer(attempt.answer, 201)


@get("/bookings/{booking_id:uuid}", sync_to_thread=True, guards=[signed_in], summary="One of your bookings, or one of your fleet's")
def get_booking(request: WebRequest, booking_id: FromPath[UUID]) -> models.BookingItem:
    who, now = visitor_of(request).require_driver(), ports_of(request).clock.now()
    with ports_of(request).transactions.begin() as store:
        return models.booking_item(own_booking(store, booking_id, driver_of_booking(store, who, BookingId(booking_id), now), now))


@delete("/bookings/{booking_id:uuid}", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Cancel a booking")
def cancel_booking(request: WebRequest, booking_id: FromPath[UUID]) -> models.BookingItem:
    """Cancelling twice has no further effect. `If-Match` as for a change."""
    ports, who = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        owner = driver_of_booking(store, who, BookingId(booking_id), now)
        _check_unchanged(request, store, owner, booking_id, now)
        cancelled = paying.cancel_booking(store, owner, BookingId(booking_id), now, ports.ids)
        return models.booking_item(booking_view(store, cancelled, now))


@put("/bookings/{booking_id:uuid}", sync_to_thread=True, guards=[signed_in], summary="Change a booking")
def update_booking(
    request: WebRequest, booking_id: FromPath[UUID], data: JSONBody[BookingUpdateRequest], key: Key = ""
) -> Response[models.BookingItem]:
    """The place and plug stay the same. Possible while it can be cancelled free of charge (`free_until`), at the current price. If
    refused, the booking stays as it is. `If-Match` with the ETag of the booking as you read it refuses a change (412) if it, or its current
    price, has changed since.
    """
    ports, who = ports_of(request), visitor_of(request).require_driver()
    now, window = ports.clock.now(), Span(utc(data.start), utc(data.end))
    with (
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "change", key), now, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            owner = driver_of_booking(store, who, BookingId(booking_id), now)
            _check_unchanged(request, store, owner, booking_id, now)
            booked = own_booking(store, booking_id, owner, now)
            energy_wh, flexible = data.energy_wh or booked.energy_wh, timedelta(minutes=data.flexible_minutes)
            asked = ReserveRequest(site_of(store, booked.site_slug).id, booked.kind, owner, window, energy_wh, flexible)
            moved = move_booking(store, BookingId(booking_id), asked, now, ports.ids)
            attempt.answer = to_json(models.booking_item(booking_view(store, moved, now)))
    return json_answer(attempt.answer, 200)


@post("/bookings/{booking_id:uuid}/longer", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Stay longer than booked")
def extend_booking(request: WebRequest, booking_id: FromPath[UUID], data: JSONBody[ExtensionRequest]) -> models.BookingItem:
    """While charging, if the bay was not promised to anyone else. A refusal says until when it is yours. Sending the same end again
    changes nothing.
    """
    ports, who = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        owner = driver_of_booking(store, who, BookingId(booking_id), now)
        stays = extend_stay(store, owner, BookingId(booking_id), utc(data.end), now)
        return models.booking_item(booking_view(store, stays, now))


@post(
    "/bookings/{booking_id:uuid}/blocked",
    sync_to_thread=True,
    status_code=200,
    guards=[signed_in],
    summary="Report that your bay is blocked",
)
def report_blocked_bay(request: WebRequest, booking_id: FromPath[UUID]) -> models.BookingItem:
    """Another free bay is reserved immediately, and never the blocked one again. If there is none, the booking waits and costs nothing.
    From 15 minutes before the start.
    """
    ports, who = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        return models.booking_item(booking_view(store, report_blocked(store, who, BookingId(booking_id), now, ports.ids), now))


@post(
    "/bookings/{booking_id:uuid}/other-car",
    sync_to_thread=True,
    status_code=200,
    guards=[signed_in],
    summary="Keep a booking for another of your cars",
)
def keep_booking_for_other_car(request: WebRequest, booking_id: FromPath[UUID]) -> models.BookingItem:
    """A charge of yours that began long before has used the booking: a bay is reserved for the other car if one is free for that time."""
    ports, who = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        return models.booking_item(booking_view(store, wait_for_another_car(store, who, BookingId(booking_id), now), now))


def _check_unchanged(request: WebRequest, store: Store, owner: DriverId, booking_id: UUID, now: datetime) -> None:
    """Raises PreconditionFailed if the booking is no longer as it was read."""
    check_locked(
        request,
        lambda: lock_deposit(store, owner, BookingId(booking_id)),
        lambda: to_json(models.booking_item(own_booking(store, booking_id, owner, now))),
    )


routes = Router(
    "/api/v1",
    tags=["Bookings"],
    route_handlers=[
        get_bay_need,
        set_bay_need,
        list_bookings,
        create_booking,
        get_booking,
        update_booking,
        extend_booking,
        report_blocked_bay,
        keep_booking_for_other_car,
        cancel_booking,
    ],
)
