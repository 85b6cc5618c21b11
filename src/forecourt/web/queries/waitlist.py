"""Waiting lists: times that were full and that somebody waits for."""

from uuid import UUID

from forecourt.flows.bookings import look_up_entry
from forecourt.flows.paying import no_show_fee
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId
from forecourt.reservations import Declined, Hoping, Offered, Taken, Unanswered, Unmet, WaitlistEntry
from forecourt.web.views.booking import WaitlistView

_WORDS = {Hoping: "hoping", Offered: "offered", Taken: "taken", Declined: "declined", Unanswered: "unanswered", Unmet: "unmet"}


def waitlist_entry(store: Store, wait_id: UUID, driver_id: DriverId) -> WaitlistView:
    """Somebody else's does not exist."""
    return entry_view(store, look_up_entry(store, driver_id, wait_id))


def waitlist_of(store: Store, driver_id: DriverId) -> tuple[WaitlistView, ...]:
    """Those that are not over, the soonest first."""
    return tuple(entry_view(store, one) for one in store.waitlist.live_of(driver_id))


def entry_view(store: Store, wait: WaitlistEntry) -> WaitlistView:
    site, offered = store.stations.site(wait.site_id), wait.state if isinstance(wait.state, Offered) else None
    booking = store.bookings.booking(offered.booking_id) if offered else None
    return WaitlistView(
        id=str(wait.id),
        site_name=site.name,
        site_slug=site.slug,
        zone=site.zone,
        kind=wait.kind,
        start=wait.window.start,
        end=wait.window.end,
        state="closed" if isinstance(wait.state, Unmet) and site.ended(wait.window.end) else _WORDS[type(wait.state)],
        energy_wh=wait.energy_wh,
        need=wait.need,
        until=offered.until if offered else None,
        due=booking.quote.due if booking and booking.quote else None,
        fee=no_show_fee(store, booking) or None if booking and booking.quote else None,
    )
