"""Reassign bookings when sockets or hours are taken away: which promises can still be kept; those made first take precedence."""

from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.kernel import EvseId, Span
from forecourt.reservations.fitting import all_fit, fits
from forecourt.reservations.model import NOTICE, Booking, Bound
from forecourt.reservations.placement import PlacementRequest, make_room, place
from forecourt.reservations.pool import Pool


@dataclass(frozen=True, slots=True)
class Reassignment:
    """moved: bookings kept at another time inside their promise. lost: bookings that cannot be kept, in the order made."""

    moved: tuple[tuple[Booking, Span], ...] = ()
    lost: tuple[Booking, ...] = ()


def reassign_bookings(pool: Pool, at: datetime) -> Reassignment:
    """Decide which promised bookings of a pool, as it will be, can be kept. Sockets held back from promises may be used for this.

    Bookings that can stay as they are do; the others are placed inside what they, and the flexible ones around them, were promised.
    """
    empty_pool = replace(pool, held_back=0, promised=())
    fitting: list[Booking] = []
    unfitting: list[Booking] = []
    for booking in sorted(pool.promised, key=lambda one: (one.made_at, one.number)):
        (fitting if _fits(replace(empty_pool, promised=tuple(fitting)), booking) else unfitting).append(booking)
    windows, lost = {one.id: one.window for one in fitting}, list[Booking]()
    for booking in unfitting:
        promised = tuple(replace(one, window=windows[one.id]) for one in fitting)
        placed = place(
            replace(empty_pool, promised=promised),
            PlacementRequest(booking.window, _may_lie(booking, at), booking.buffer, booking.need),
            at,
        )
        if placed is None:
            lost.append(booking)
            continue
        fitting.append(booking)
        windows[booking.id] = placed.window
        windows |= {one.id: window for one, window in placed.moved}
    changed = tuple((one, windows[one.id]) for one in fitting if windows[one.id] != one.window)
    return Reassignment(changed, tuple(lost))


def resolve_overbooking(pool: Pool, at: datetime) -> tuple[tuple[Booking, Span], ...]:
    """New windows for accepted bookings if more is promised than there are bays for it now (one failed). Empty if there is no need, or
    no way."""
    if pool.is_uniform():
        return make_room(replace(pool, held_back=0), at)
    return () if all_fit(replace(pool, held_back=0)) else reassign_bookings(pool, at).moved


def _fits(pool: Pool, booking: Booking) -> bool:
    """Whether it fits where it is."""
    return not any(span.overlaps(booking.window) for span in pool.closed) and fits(
        pool, booking.claim, booking.need, _assigned_evse(booking)
    )


def _assigned_evse(booking: Booking) -> EvseId | None:
    return booking.state.evse_id if isinstance(booking.state, Bound) else None


def _may_lie(booking: Booking, at: datetime) -> Span:
    """Where its window may be placed: nowhere else once the driver has been notified of the time."""
    if booking.fixed(at):
        return booking.window
    return Span(max(booking.promised.start, at + NOTICE), booking.promised.end)
