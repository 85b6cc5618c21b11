"""A driver was marked missing, or told that no bay was free, but had come: the charger reports the start only now. The charge fulfils
the booking, and a no-show fee already billed is credited."""

from datetime import datetime, timedelta

from forecourt.flows.desk.booking_notices import notify_booking
from forecourt.flows.desk.orders import enqueue_task
from forecourt.flows.ports.outbox import CreditNoShow
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, Ids, Span
from forecourt.notices import NoticeKind
from forecourt.reservations import EARLY, Booking, Missed, arrived_in_time, reinstate
from forecourt.sessions import Session
from forecourt.stations import Evse

_MOMENT = timedelta(microseconds=1)


def restore_missed_booking(store: Store, session: Session, evse: Evse, driver_id: DriverId, at: datetime, ids: Ids) -> Booking | None:
    """The booking that this charge fulfils although it was considered over; None = none. at: when its charger reported."""
    if (found := _missed(store, session, evse, driver_id)) is None:
        return None
    store.bookings.lock_fee(found.site_id, found.id)  # it may be being billed
    store.bookings.lock_pool(session.site_id, evse.kind)
    if (found := _missed(store, session, evse, driver_id)) is None:
        return None
    reinstated = reinstate(found, session.id, session.started_at, at)
    store.bookings.put(reinstated)
    if isinstance(found.state, Missed):
        enqueue_task(store, reinstated, CreditNoShow(reinstated.id), at, ids, f"had-come/{reinstated.id}")
        notify_booking(store, reinstated, NoticeKind.BOOKING_HAD_COME, at)
    return reinstated


def _missed(store: Store, session: Session, evse: Evse, driver_id: DriverId) -> Booking | None:
    near = store.bookings.of_site(session.site_id, Span(session.started_at, session.started_at + EARLY + _MOMENT))
    own = (one for one in near if one.driver_id == driver_id and one.kind == evse.kind)
    return next((one for one in own if arrived_in_time(one, session.started_at)), None)
