"""What was agreed with a booking when it was promised, whatever the site's rules have become."""

from forecourt.flows.ports.store import Store
from forecourt.reservations import Booking, BookingTerms


def terms_of(store: Store, booking: Booking) -> BookingTerms:
    """Of one that was made before terms were kept: the site's of today."""
    return booking.terms or store.bookings.rules(booking.site_id).terms
