"""Times that were full and somebody waits for."""

from uuid import UUID

from forecourt.flows.bookings import look_up_wait
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId
from forecourt.reservations import Declined, Hoping, Offered, SlotWait, Taken, Unanswered, Unmet
from forecourt.web.views.booking import HopeView

_WORDS = {Hoping: "hoping", Offered: "offered", Taken: "taken", Declined: "declined", Unanswered: "unanswered", Unmet: "unmet"}


def hope(store: Store, wait_id: UUID, driver_id: DriverId) -> HopeView:
    """Somebody else's does not exist."""
    return hope_view(store, look_up_wait(store, driver_id, wait_id))


def hopes_of(store: Store, driver_id: DriverId) -> tuple[HopeView, ...]:
    """Those that are not over, the soonest first."""
    return tuple(hope_view(store, one) for one in store.slot_waits.live_of(driver_id))


def hope_view(store: Store, wait: SlotWait) -> HopeView:
    site, offered = store.stations.site(wait.site_id), wait.state if isinstance(wait.state, Offered) else None
    booking = store.bookings.booking(offered.booking_id) if offered else None
    return HopeView(
        id=str(wait.id),
        site_name=site.name,
        site_slug=site.slug,
        zone=site.zone,
        kind=wait.kind,
        start=wait.window.start,
        end=wait.window.end,
        state=_WORDS[type(wait.state)],
        energy_wh=wait.energy_wh,
        need=wait.need,
        until=offered.until if offered else None,
        due=booking.quote.due if booking and booking.quote else None,
    )
