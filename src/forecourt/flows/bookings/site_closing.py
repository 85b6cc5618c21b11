"""A site closes for good: drivers on its waiting list and in its queues are removed and notified."""

from datetime import datetime

from forecourt.flows.bookings.turns import release_turn
from forecourt.flows.desk.booking_notices import notify_site_closing
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids
from forecourt.reservations import Hoping, WaitlistEntry, expire_entry, leave
from forecourt.stations import Site


def waitlist_beyond_closing(store: Store, site: Site) -> list[WaitlistEntry]:
    """Waiting-list entries for times beyond the site's last day. Slots already offered are handled as bookings."""
    ends_at = site.ends_at
    return [one for one in store.waitlist.live_at(site.id) if ends_at and one.window.end > ends_at and isinstance(one.state, Hoping)]


def end_waitlist(store: Store, site: Site, at: datetime) -> int:
    """End those entries; the caller holds the locks of the site's pools. Returns how many."""
    beyond = waitlist_beyond_closing(store, site)
    for wait in beyond:
        store.waitlist.put(expire_entry(wait, at))
        notify_site_closing(store, wait, at)
    return len(beyond)


def end_queue(store: Store, site: Site, at: datetime, ids: Ids) -> int:
    """End the queues of a site that has closed. Returns how many places."""
    for kind in sorted({one.kind for one in store.queue.live_at(site.id)}):
        store.bookings.lock_pool(site.id, kind)
    tickets = store.queue.live_at(site.id)
    for ticket in tickets:
        release_turn(store, ticket, at, ids)
        store.queue.put(leave(ticket, at))
        notify_site_closing(store, ticket, at)
    return len(tickets)
