"""The terms agreed with a booking when it was made, whatever the site's rules are now."""

from forecourt.flows.ports.store import Store
from forecourt.reservations import Booking, BookingTerms


def terms_of_booking(store: Store, booking: Booking) -> BookingTerms:
    """The booking's terms; for bookings made before terms were stored, those of the site today."""
    return booking.terms or store.bookings.rules(booking.site_id).terms
