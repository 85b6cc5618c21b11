"""Promise a socket of a kind for a window; give it back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.flows.orders import order
from forecourt.flows.ports import Store
from forecourt.flows.price_finding import TYPICAL_WH, find_price, sockets_of
from forecourt.kernel import BookingId, ChargerId, Conflict, DriverId, Ids, NotFound, SiteId, Span, TokenUid
from forecourt.reservations import Booking, Bound, Pool, Quote, Wish, cancel, hold, quoted
from forecourt.stations import Approval, CancelReserve, ConnectorState

# A driver who has not said when the car leaves is expected to stay this long.
ASSUMED_STAY = timedelta(hours=4)
OUT_OF_USE = (ConnectorState.FAULTED, ConnectorState.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class ReserveRequest:
    """energy_wh: what the driver expects to take; it only sizes the quote."""

    site_id: SiteId
    kind: str
    driver_id: DriverId
    window: Span
    energy_wh: int = TYPICAL_WH


def reserve(store: Store, request: ReserveRequest, at: datetime, ids: Ids) -> Booking:
    """Make the promise, with its quote. One winner: the pool stays locked until the caller commits."""
    site = store.stations.site(request.site_id)
    sockets_of(store, site.id, request.kind)
    store.bookings.lock_pool(site.id, request.kind)
    live = [booking for booking in store.bookings.live_at(site.id) if booking.kind == request.kind]
    wish = Wish(site.operator_id, site.id, request.kind, request.driver_id, _token_of(store, request.driver_id), request.window)
    _refuse_second(live, wish)
    pool = pool_of(store, site.id, request.kind, live, at)
    new, *moved = hold(wish, BookingId(ids.new(at)), store.bookings.next_number(), pool, live, at)
    price = find_price(store, site.id, request.kind, request.window, request.energy_wh)
    new = quoted(new, Quote(price.version.id, request.energy_wh, price.rating.gross))
    for booking in (*moved, new):
        store.bookings.put(booking)
    return new


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


def pool_of(store: Store, site_id: SiteId, kind: str, live: list[Booking], at: datetime) -> Pool:
    """The sockets that can serve, and what is claimed: live bookings, and charges that run now until they should end."""
    usable = {evse.id for evse in sockets_of(store, site_id, kind) if _usable(store, evse.charger_id)}
    usable -= {socket.evse_id for socket in store.stations.sockets(site_id) if socket.state in OUT_OF_USE}
    needs = store.drivers.needs(site_id)
    spans = [booking.window for booking in live]
    for session in store.sessions.open_at(site_id):
        if session.evse_id in usable:
            need = needs.get(session.driver_id) if session.driver_id else None
            leaves = need.departure if need and need.departure else session.started_at + ASSUMED_STAY
            spans.append(Span(min(session.started_at, at), max(leaves, at + timedelta(minutes=5))))
    return Pool(len(usable), tuple(spans))


def _usable(store: Store, charger_id: ChargerId) -> bool:
    charger = store.stations.charger(charger_id)
    return charger is not None and charger.approval is Approval.APPROVED


def _token_of(store: Store, driver_id: DriverId) -> TokenUid:
    tokens = store.drivers.tokens_of(driver_id)
    if not tokens:
        raise Conflict("no_token", "You have no card or app token to start the charge with.", "Add one in your account.")
    return tokens[0].uid


def _refuse_second(live: list[Booking], wish: Wish) -> None:
    if any(booking.driver_id == wish.driver_id and booking.window.overlaps(wish.window) for booking in live):
        raise Conflict("booked_already", "You already have a booking in that window.", "Change or cancel it first.")
