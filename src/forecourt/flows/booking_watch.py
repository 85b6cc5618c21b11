"""What a clock does to bookings: choose the socket shortly before, move it if it fails, let go of no-shows."""

from datetime import datetime

from forecourt.flows.orders import order, task
from forecourt.flows.papers import InvoiceNoShow
from forecourt.flows.ports import Store
from forecourt.flows.reserving import release_socket
from forecourt.kernel import EvseId, Ids, SiteId
from forecourt.reservations import BIND_BEFORE, GRACE, Booking, Bound, Confirmed, bind, miss, no_show_due
from forecourt.stations import ConnectorState, Evse, Reserve


def keep_bookings(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Bring the site's live bookings up to the instant; the number that changed. Repeating it changes nothing."""
    changed = 0
    for booking in store.bookings.live_at(site_id):
        if no_show_due(booking, at):
            _let_go(store, booking, at, ids)
        elif not (booking.window.start - BIND_BEFORE <= at and _must_choose(store, booking)) or not _choose(store, booking, at, ids):
            continue
        changed += 1
    return changed


def _let_go(store: Store, booking: Booking, at: datetime, ids: Ids) -> None:
    release_socket(store, booking, at, ids)
    store.bookings.put(miss(booking, at))
    task(store, booking, InvoiceNoShow(booking.id), at, ids, f"no-show/{booking.id}")


def _must_choose(store: Store, booking: Booking) -> bool:
    """No socket yet, or the chosen one cannot keep the promise any more."""
    if isinstance(booking.state, Confirmed):
        return True
    if not isinstance(booking.state, Bound):
        return False
    return not _free(store, store.stations.evse(booking.state.evse_id), reserved_is_free=True)


def _choose(store: Store, booking: Booking, at: datetime, ids: Ids) -> bool:
    """Bind to the free socket of the kind that is least used by others' promises; False if none is free yet."""
    promised = {other.state.evse_id for other in store.bookings.live_at(booking.site_id) if isinstance(other.state, Bound)}
    for evse in store.stations.evses(booking.site_id):
        if evse.kind == booking.kind and evse.id not in promised and _free(store, evse, reserved_is_free=False):
            release_socket(store, booking, at, ids)
            store.bookings.put(bind(booking, EvseId(evse.id), at))
            until = min(booking.window.start + GRACE, booking.window.end)
            wanted = Reserve(booking.number, evse.number, booking.token, until)
            order(store, evse.charger_id, wanted, at, ids, f"reserve/{booking.id}/{evse.id}")
            return True
    return False


def _free(store: Store, evse: Evse, reserved_is_free: bool) -> bool:
    state = store.stations.socket(evse.id).state
    good = state is ConnectorState.AVAILABLE or (reserved_is_free and state is ConnectorState.RESERVED)
    return good and store.sessions.open_on(evse.id) is None
