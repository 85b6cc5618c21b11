"""A site's limits have changed: notify drivers whose promise of power may no longer be kept, and those whose promise is safe again."""

from collections.abc import Iterable
from datetime import datetime

from forecourt.flows.bookings.slot_power_promises import lock_power, power_promises_at_risk
from forecourt.flows.bookings.terms import terms_of_booking
from forecourt.flows.desk.booking_notices import notify_booking
from forecourt.flows.ports.store import Store
from forecourt.kernel import SiteId
from forecourt.notices import NoticeKind
from forecourt.reservations import Booking, clear_power_at_risk, mark_power_at_risk
from forecourt.stations import Site


def lock_power_promises(store: Store, site_id: SiteId) -> None:
    """Prevent promises at the site from being made or changed until the caller commits."""
    kinds = {evse.kind for evse in store.stations.evses(site_id)} | {one.kind for one in store.bookings.live_at(site_id)}
    for kind in sorted(kinds):
        store.bookings.lock_pool(site_id, kind)
    lock_power(store, site_id)


def notify_power_risk(store: Store, site: Site, at: datetime) -> None:
    """Notify drivers of changes; the caller holds the locks (`lock_power_promises`). Repeating it changes nothing."""
    unsure = power_promises_at_risk(store, site, at)
    for booking in tuple(_promised(store, site.id)):
        if (booking.id in unsure) == (booking.power_unsure_since is not None):
            continue
        is_at_risk = booking.id in unsure
        after = mark_power_at_risk(booking, terms_of_booking(store, booking), at) if is_at_risk else clear_power_at_risk(booking, at)
        store.bookings.put(after)
        if booking.offered_until is None:
            notify_booking(store, after, NoticeKind.BOOKING_POWER_UNSURE if is_at_risk else NoticeKind.BOOKING_POWER_SURE, at)


def recheck_power_risk(store: Store, site_id: SiteId, at: datetime) -> None:
    """Check again for drivers who were notified: others may have given up the power that was missing."""
    if any(one.power_unsure_since for one in store.bookings.live_at(site_id)):
        lock_power(store, site_id)
        notify_power_risk(store, store.stations.site(site_id), at)


def _promised(store: Store, site_id: SiteId) -> Iterable[Booking]:
    """Promises to come, and those of charges under way."""
    yield from (one for one in store.bookings.live_at(site_id) if one.power)
    for session in store.sessions.open_at(site_id):
        current = store.bookings.booking(session.booking_id) if session.booking_id else None
        if current is not None and not current.live and current.power:
            yield current
