"""A driver's bookings, and what was refused about one of them."""

from litestar.response import Response

from forecourt.kernel import Refused
from forecourt.web.frame.answers import Asked, page
from forecourt.web.frame.failures import status_of
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.queries.booked import bookings_of, fleet_bookings


def bookings_page(request: Asked, error: Refused | None = None) -> Response[str]:
    driver_id, now = visitor_of(request).require_driver(), ports_of(request).clock.now()
    with ports_of(request).transactions.begin() as store:
        views, fleet = bookings_of(store, driver_id, now), fleet_bookings(store, driver_id, now)
        waits = store.queue.live_of(driver_id)
    seen = {"bookings": views, "waits": waits, "fleet": fleet, "now": now, "error": error}
    return page(request, "driver/bookings.html", status=status_of(error) if error else 200, tab="bookings", **seen)
