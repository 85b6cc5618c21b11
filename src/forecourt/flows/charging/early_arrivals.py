"""Who came long before the time booked, and charges there when it comes: the charge keeps the booking. No second bay is kept for it, and
nobody is missed."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.bookings.reserving import release_socket
from forecourt.flows.desk.telling import tell_booking
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, Ids, SiteId
from forecourt.notices import NoticeKind
from forecourt.reservations import BIND_BEFORE, Booking, arrive, bay_last_told, told
from forecourt.sessions import Session


def keep_early_arrivals(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Bookings whose bay is to be chosen now, and whose driver charges there at one like it already. How many; repeating changes nothing.

    The charge goes on at the price it began with. While facts of the site are being applied nothing is done: they change charges, too.
    """
    due = [one for one in store.bookings.live_at(site_id) if one.offered_until is None and one.window.start - BIND_BEFORE <= at]
    if not due or not store.inbox.lock_site(site_id):
        return 0
    return sum(_kept_already(store, one.id, at, ids) for one in due)


def _kept_already(store: Store, booking_id: BookingId, at: datetime, ids: Ids) -> bool:
    listed = store.bookings.booking(booking_id)
    session = _charge_of(store, listed) if listed else None
    if listed is None or session is None:
        return False
    store.bookings.lock_pool(listed.site_id, listed.kind)
    booking = store.bookings.booking(booking_id) or listed
    if not booking.live:
        return False
    label, before = store.stations.evse(session.evse_id).label, bay_last_told(booking)
    release_socket(store, booking, at, ids)
    kept = told(arrive(booking, session.id, session.started_at), at, "bay_moved" if before else "bay", label)
    store.bookings.put(kept)
    store.sessions.put(replace(session, booking_id=kept.id))
    tell_booking(store, kept, NoticeKind.BOOKING_BAY, at, label, before)
    return True


def _charge_of(store: Store, booking: Booking) -> Session | None:
    """The driver's, of no other booking, at a bay of the kind that is like the one booked."""
    for session in store.sessions.open_of(booking.driver_id):
        evse = store.stations.evse(session.evse_id)
        here = session.site_id == booking.site_id and evse.kind == booking.kind and session.booking_id is None
        if here and session.token is not None and booking.need.met_by(evse.offers):
            return session
    return None
