"""Bookings, for the driver who made them and for the people of the site."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.flows import Store
from forecourt.kernel import BookingId, DriverId, NotFound
from forecourt.reservations import Booking, Bound, Cancelled, Confirmed, Kept, Missed
from forecourt.stations import Site
from forecourt.web.console_views import BookingsDay
from forecourt.web.queries.days import local_day
from forecourt.web.views import BookingView

_WORDS = {Confirmed: "confirmed", Bound: "bound", Kept: "kept", Cancelled: "cancelled", Missed: "missed"}


def booking_view(store: Store, booking: Booking) -> BookingView:
    site = store.stations.site(booking.site_id)
    bay = store.stations.evse(booking.state.evse_id).label if isinstance(booking.state, Bound) else ""
    return BookingView(
        id=str(booking.id),
        site_name=site.name,
        site_slug=site.slug,
        zone=site.zone,
        kind=booking.kind,
        start=booking.window.start,
        end=booking.window.end,
        state=_WORDS[type(booking.state)],
        bay=bay,
        quote=booking.quote.gross if booking.quote else None,
        driver=store.drivers.driver(booking.driver_id).name,
        number=booking.number,
    )


def bookings_of(store: Store, driver_id: DriverId) -> tuple[BookingView, ...]:
    """Those to come first, soonest first; then the past, latest first."""
    views = [booking_view(store, booking) for booking in store.bookings.of_driver(driver_id)]
    ahead = sorted((view for view in views if view.live), key=lambda view: view.start)
    past = sorted((view for view in views if not view.live), key=lambda view: view.start, reverse=True)
    return (*ahead, *past)


def own_booking(store: Store, booking_id: UUID, driver_id: DriverId) -> BookingView:
    """Somebody else's booking does not exist."""
    booking = store.bookings.booking(BookingId(booking_id))
    if booking is None or booking.driver_id != driver_id:
        raise NotFound("booking", "You have no such booking.", "Your bookings are listed under Bookings.")
    return booking_view(store, booking)


def bookings_day(store: Store, site: Site, day: date | None, now: datetime) -> BookingsDay:
    """All bookings that touch a local day of the site."""
    zone = ZoneInfo(site.zone)
    shown = day or now.astimezone(zone).date()
    span = local_day(shown, site.zone)
    views = sorted((booking_view(store, booking) for booking in store.bookings.of_site(site.id, span)), key=lambda view: view.start)
    return BookingsDay(shown, shown - timedelta(days=1), shown + timedelta(days=1), site.zone, site.name, tuple(views))
