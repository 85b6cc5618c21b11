"""A driver with two consecutive bookings stays plugged in: the charge under the first also keeps the second, so they count as arrived."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.bookings.availability import booking_of_stay
from forecourt.flows.bookings.reserving import release_socket
from forecourt.flows.bookings.slot_power_promises import with_extended_power_promise
from forecourt.flows.desk.booking_notices import notify_booking
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Span, instant_text
from forecourt.notices import NoticeKind
from forecourt.reservations import Booking, add_note, arrive, last_notified_bay
from forecourt.sessions import Session


def stay_for_next_booking(store: Store, booking: Booking, at: datetime, ids: Ids) -> Booking | None:
    """The booking, kept by its driver's charge under an earlier booking, which is extended to the same end at its own price. None: there is
    no such charge. Hold the lock of the pool."""
    found = _charge_before(store, booking)
    if found is None:
        return None
    session, first = found
    label, before = store.stations.evse(session.evse_id).label, last_notified_bay(booking)
    release_socket(store, booking, at, ids)
    arrived = add_note(arrive(booking, session.id, booking.window.start), at, "bay_moved" if before else "bay", label)
    store.bookings.put(arrived)
    end = booking.window.end
    longer = replace(
        first,
        window=Span(first.window.start, end),
        within=Span(first.promised.start, max(end, first.promised.end)) if first.within else None,
    )
    store.bookings.put(with_extended_power_promise(store, first, add_note(longer, at, "extended", instant_text(end)), at))
    notify_booking(store, arrived, NoticeKind.BOOKING_BAY, at, label, before)
    return arrived


def _charge_before(store: Store, booking: Booking) -> tuple[Session, Booking] | None:
    for session in store.sessions.open_of(booking.driver_id):
        evse, first = store.stations.evse(session.evse_id), booking_of_stay(store, session)
        is_same_place = session.site_id == booking.site_id and evse.kind == booking.kind and booking.need.met_by(evse.offers)
        if is_same_place and first is not None and first.id != booking.id and first.kind == booking.kind:
            return session, first
    return None
