"""Nobody can start at a closed site or at a bay under maintenance; charges under way go on."""

from datetime import datetime

from forecourt.flows.bookings.turns import has_booking_now
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId
from forecourt.stations import Evse, is_open, local_time_text, opens_at, out_of_service


def why_not_served(store: Store, evse: Evse, driver_id: DriverId, at: datetime) -> Conflict | None:
    """Why hours or maintenance prevent a driver from starting at a socket now; None if they do not.

    A driver with a booking now may come a few minutes before the site opens, as before every booking.
    """
    site = store.stations.site(evse.site_id)
    maintenance = out_of_service(site, evse.label, at)
    if maintenance is not None:
        because = f" ({maintenance.reason})" if maintenance.reason else ""
        until = local_time_text(site, maintenance.span.end, at)
        return Conflict(
            "socket_maintained",
            "{socket} is under maintenance until {until}{because}.",
            "Choose another bay.",
            socket=evse.label,
            until=until,
            because=because,
        )
    if is_open(site, at) or has_booking_now(store, evse, driver_id, at):
        return None
    if site.ended(at):
        return Conflict("site_ended", "{place} has closed for good.", "Choose another place.", place=site.name)
    again = opens_at(site, at)
    if again is None:
        return Conflict("site_closed", "{place} is closed.", "Choose another place.", place=site.name)
    until = local_time_text(site, again, at)
    return Conflict(
        "site_closed", "{place} is closed until {until}.", "Come back then, or choose another place.", place=site.name, until=until
    )


def serves_again(store: Store, evse: Evse, at: datetime) -> datetime | None:
    """When a socket that is closed or under maintenance serves again; None: not within a month."""
    site = store.stations.site(evse.site_id)
    maintenance = out_of_service(site, evse.label, at)
    return opens_at(site, maintenance.span.end if maintenance else at)
