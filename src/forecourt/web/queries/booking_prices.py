"""How the price quoted with a booking is made up, for drivers who have not read the tariff."""

from forecourt.drivers import looks_like_guest
from forecourt.flows.ports import Store
from forecourt.flows.prices import current_quote, expected_usage, find_price, power_of
from forecourt.kernel import Conflict, DriverId, Money, Span, Text
from forecourt.reservations import Booking
from forecourt.tariffs import rate
from forecourt.web.queries.prices import late_fee_text, parking_from, price_line, quote_for
from forecourt.web.views.quote import PriceLine, QuoteView


def booking_quotes(store: Store, driver_id: DriverId) -> dict[str, QuoteView]:
    """The quotes of upcoming bookings, by booking id."""
    return {str(one.id): quoted for one in store.bookings.live_of(driver_id) if (quoted := booking_quote(store, one)) is not None}


def booking_quote(store: Store, booking: Booking) -> QuoteView | None:
    """Its lines by the billing rules; None if the time has moved since, so that the lines would add up to another sum."""
    quote = current_quote(store, booking)
    if quote is None:
        return None
    site, version = store.stations.site(booking.site_id), store.prices.version(quote.tariff_version_id)
    usage = expected_usage(booking.window, quote.energy_wh, power_of(store, site.id, booking.kind), site.zone)
    rating, discount = rate(version.tariff, usage), quote.off
    if rating.gross != quote.gross:
        return None
    return QuoteView(
        energy_wh=usage.energy_wh,
        lines=tuple(price_line(line, site.currency) for line in rating.lines),
        gross=rating.gross,
        vat=rating.tax,
        zone=site.zone,
        start=booking.window.start,
        end=booking.window.end,
        due=quote.due,
        paid_by_others=(PriceLine(Text("Taken off as of now"), "", "", -discount),) if discount else (),
        full_at=parking_from(rating, usage),
        late=late_fee_text(version, booking.window.start, site),
    )


def current_price(store: Store, booking: Booking | None) -> Money | None:
    """What the booked time would cost if booked now, if that differs from the promised price."""
    promised = current_quote(store, booking) if booking else None
    if booking is None or promised is None:
        return None
    try:
        due = find_price(store, booking.site_id, booking.kind, booking.window, promised.energy_wh, _buyer(booking)).due
    except Conflict:  # nothing is sold there any more: a change is refused for that reason
        return None
    return due if due != promised.due else None


def changed_price(store: Store, booking: Booking | None, window: Span) -> QuoteView | None:
    """What the booking would cost at another time, whether or not a bay is free then; None if nothing is sold."""
    if booking is None or booking.quote is None:
        return None
    site = store.stations.site(booking.site_id)
    return quote_for(store, site, booking.kind, window, booking.quote.energy_wh, _buyer(booking))


def _buyer(booking: Booking) -> DriverId | None:
    return None if looks_like_guest(booking.token) else booking.driver_id
