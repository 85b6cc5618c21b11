"""Promise a socket of a kind for a window; give it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.flows.availability import overstay_of, pool_of
from forecourt.flows.buying import buyer_of
from forecourt.flows.orders import order
from forecourt.flows.ports import Store
from forecourt.flows.price_finding import TYPICAL_WH, find_price, sockets_of
from forecourt.kernel import BookingId, Conflict, DriverId, Ids, Money, NotFound, SiteId, Span, TokenUid
from forecourt.reservations import Booking, Bound, Quote, Wish, cancel, hold, nearest_starts, quoted
from forecourt.stations import CancelReserve


@dataclass(frozen=True, slots=True)
class ReserveRequest:
    """energy_wh: what the driver expects to take; it only sizes the quote. flexible: by how much the start may differ either way."""

    site_id: SiteId
    kind: str
    driver_id: DriverId
    window: Span
    energy_wh: int = TYPICAL_WH
    flexible: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Offer:
    """Another window that is free, and what the charge would cost in it."""

    window: Span
    gross: Money


def reserve(store: Store, request: ReserveRequest, at: datetime, ids: Ids) -> Booking:
    """Make the promise, with its quote. One winner: the pool stays locked until the caller commits."""
    site = store.stations.site(request.site_id)
    sockets_of(store, site.id, request.kind)
    store.bookings.lock_pool(site.id, request.kind)
    wish = Wish(
        operator_id=site.operator_id,
        site_id=site.id,
        kind=request.kind,
        driver_id=request.driver_id,
        token=_token_of(store, request.driver_id),
        window=request.window,
        flexible=request.flexible,
        buffer=overstay_of(store, request.driver_id),
    )
    pool = pool_of(store, site.id, request.kind, at)
    _refuse_second(pool.promised, wish.driver_id, wish.promise(at))
    new, *moved = hold(wish, BookingId(ids.new(at)), store.bookings.next_number(), pool, at)
    buyer = buyer_of(store, request.driver_id, new.window.start)
    price = find_price(store, site.id, request.kind, new.window, request.energy_wh, buyer)
    new = quoted(new, Quote(price.version.id, request.energy_wh, price.rating.gross, price.because))
    for booking in (*moved, new):
        store.bookings.put(booking)
    return new


def offers_near(store: Store, request: ReserveRequest, at: datetime, count: int = 3) -> tuple[Offer, ...]:
    """The nearest windows of the same length that are free, each with its price; for somebody who could not have the asked one."""
    pool = pool_of(store, request.site_id, request.kind, at)
    windows = [Span(start, start + request.window.length) for start in nearest_starts(pool, request.window, at, count)]
    buyers = {window: buyer_of(store, request.driver_id, window.start) for window in windows}
    priced = ((window, find_price(store, request.site_id, request.kind, window, request.energy_wh, buyers[window])) for window in windows)
    return tuple(Offer(window, price.rating.gross) for window, price in priced)


def withdraw(store: Store, driver_id: DriverId, booking_id: BookingId, at: datetime, ids: Ids) -> Booking:
    """Cancel a driver's own booking; a socket already chosen is released at its charger."""
    booking = store.bookings.booking(booking_id)
    if booking is None or booking.driver_id != driver_id:
        raise NotFound("booking", "You have no such booking.")
    cancelled = cancel(booking, at)
    if cancelled is not booking:
        release_socket(store, booking, at, ids)
        store.bookings.put(cancelled)
    return cancelled


def release_socket(store: Store, booking: Booking, at: datetime, ids: Ids) -> None:
    """Take the reservation off the charger, if one was put there."""
    if isinstance(booking.state, Bound):
        evse = store.stations.evse(booking.state.evse_id)
        order(store, evse.charger_id, CancelReserve(booking.number), at, ids, f"unreserve/{booking.id}/{evse.id}")


def _token_of(store: Store, driver_id: DriverId) -> TokenUid:
    tokens = store.drivers.tokens_of(driver_id)
    if not tokens:
        raise Conflict("no_token", "You have no card or app token to start the charge with.", "Add one in your account.")
    return tokens[0].uid


def _refuse_second(promised: Sequence[Booking], driver_id: DriverId, promise: Span) -> None:
    if any(booking.driver_id == driver_id and booking.promised.overlaps(promise) for booking in promised):
        raise Conflict("booked_already", "You already have a booking in that window.", "Change or cancel it first.")
