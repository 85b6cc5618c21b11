"""The life of a booking: held, bound to a socket, kept, cancelled or missed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.kernel import BadInput, BookingId, Conflict, DriverId, EvseId, OperatorId, SessionId, SiteId, Span, TokenUid, instant_text
from forecourt.reservations.availability import Pool, free_sockets, lanes, nearest_starts
from forecourt.reservations.model import GRACE, Booking, Bound, Cancelled, Confirmed, Kept, Missed, Quote

SHORTEST = timedelta(minutes=10)
LONGEST = timedelta(hours=24)
FARTHEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a driver asks for."""

    operator_id: OperatorId
    site_id: SiteId
    kind: str
    driver_id: DriverId
    token: TokenUid
    window: Span


def hold(wish: Wish, booking_id: BookingId, number: int, pool: Pool, live: Sequence[Booking], at: datetime) -> tuple[Booking, ...]:
    """The new booking first, then every live one of the pool whose lane had to change.

    pool: sockets and claims, the live bookings' windows included. live: all live bookings of the pool. The caller
    holds the pool's lock. Raises BadInput for an impossible window, Conflict "slot_taken" with the nearest free starts.
    """
    _check(wish.window, at)
    if free_sockets(pool, wish.window) < 1:
        others = ", ".join(instant_text(start) for start in nearest_starts(pool, wish.window, at))
        raise Conflict(
            "slot_taken",
            "Every socket of this kind is taken in that window.",
            f"The nearest free starts are {others}." if others else "Try another day or another kind of socket.",
        )
    new = Booking(
        booking_id, wish.operator_id, wish.site_id, wish.kind, wish.driver_id, wish.token, wish.window, number, 0, at, Confirmed()
    )
    every = (new, *live)
    placed = [replace(one, lane=lane) for one, lane in zip(every, lanes([one.window for one in every]), strict=True)]
    return (placed[0], *(now for now, before in zip(placed[1:], live, strict=True) if now.lane != before.lane))


def quoted(booking: Booking, quote: Quote) -> Booking:
    return replace(booking, quote=quote)


def bind(booking: Booking, evse_id: EvseId, at: datetime) -> Booking:
    """Choose (or, after a fault, change) the socket."""
    _must_live(booking)
    return replace(booking, state=Bound(evse_id, at))


def arrive(booking: Booking, session_id: SessionId, at: datetime) -> Booking:
    _must_live(booking)
    return replace(booking, state=Kept(session_id, at))


def cancel(booking: Booking, at: datetime) -> Booking:
    """Cancelling twice is no error: the first one stands."""
    if isinstance(booking.state, Cancelled):
        return booking
    _must_live(booking)
    return replace(booking, state=Cancelled(at))


def no_show_due(booking: Booking, at: datetime) -> bool:
    """The grace (or a shorter window) has run out and nobody came."""
    return booking.live and at >= min(booking.window.start + GRACE, booking.window.end)


def miss(booking: Booking, at: datetime) -> Booking:
    if not no_show_due(booking, at):
        raise Conflict("not_missed", "The driver may still come.")
    return replace(booking, state=Missed(at))


def _must_live(booking: Booking) -> None:
    if not booking.live:
        raise Conflict("booking_over", f"This booking is already {type(booking.state).__name__.lower()}.")


def _check(window: Span, at: datetime) -> None:
    if window.start < at - timedelta(minutes=1):
        raise BadInput("past", "The window has already begun.", "Choose a start in the future.")
    if window.start > at + FARTHEST:
        raise BadInput("too_far", "Bookings open 30 days ahead.", "Choose an earlier day.")
    if not SHORTEST <= window.length <= LONGEST:
        raise BadInput("length", "A booking lasts from 10 minutes to 24 hours.", "Choose another end.")
