"""What a booking costs, used or not, by the same rule as its bill; and how much money must secure it."""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.billing import no_show_rating
from forecourt.drivers import GuestStep
from forecourt.flows.bookings.reserving import is_cancellation_charged
from forecourt.flows.paying.hold_guard import STOPS_WITHIN
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import expected_usage, sockets_of
from forecourt.kernel import BookingId, Conflict, Money, Span
from forecourt.payments import hold_amount
from forecourt.reservations import Booking, Cancelled
from forecourt.tariffs import TariffVersion, rate

# How long a slot is kept for someone who still has to put up money.
PAY_WITHIN = timedelta(minutes=10)
_QUARTER = timedelta(minutes=15)


def hold_of_booking(store: Store, booking: Booking) -> Money:
    """What the booked charge is expected to cost, by the rule of its bill, within the tariff's own preauthorise amount; at least
    the no-show fee. One hold both secures the booking and pays for the charge, so that the payer is asked only once.

    A charge is stopped some minutes before its hold is used up, so the hold includes the cost of those minutes.
    """
    version, zone = _version(store, booking), store.stations.site(booking.site_id).zone
    powers = [evse.max_power_w for evse in sockets_of(store, booking.site_id, booking.kind)]
    energy_wh = (booking.quote.energy_wh if booking.quote else 0) + max(powers) * STOPS_WITHIN.seconds // 3600
    usage = expected_usage(Span(booking.window.start, booking.window.end + STOPS_WITHIN), energy_wh, min(powers), zone)
    charge = hold_amount(rate(version.tariff, usage).gross, version.tariff.preauthorise)
    return max(charge, hold_amount(no_show_fee(store, booking)))


def cost_of_booking(store: Store, booking: Booking) -> Money:
    """What the booked charge is expected to cost, by the rule of its bill, if the driver stays to the end of the window."""
    version, zone = _version(store, booking), store.stations.site(booking.site_id).zone
    power_w = min(evse.max_power_w for evse in sockets_of(store, booking.site_id, booking.kind))
    return rate(version.tariff, expected_usage(booking.window, booking.quote.energy_wh if booking.quote else 0, power_w, zone)).gross


def no_show_fee(store: Store, booking: Booking) -> Money:
    """The tariff's no-show fee; the highest possible while the booking's window may still move."""
    version, zone = _version(store, booking), store.stations.site(booking.site_id).zone
    windows = [booking.window] if booking.given_up_at else [Span(start, start + booking.window.length) for start in _starts(booking)]
    return max(no_show_rating(replace(booking, window=window), version, zone).gross for window in windows)


def cancelling_fee(store: Store, booking: Booking, at: datetime) -> Money | None:
    """The fee for cancelling now, as it will be billed; None = free."""
    if booking.quote is None or not (booking.live and is_cancellation_charged(store, booking, at)):
        return None
    fee = no_show_fee(store, replace(booking, state=Cancelled(at, late=True)))
    return fee or None


def check_stated_fee(store: Store, booking_id: BookingId, shown_minor: int, at: datetime) -> None:
    """Raises Conflict "costs_now" if cancelling costs more than the driver was told before confirming."""
    booking, deposit = store.bookings.booking(booking_id), store.deposits.of_booking(booking_id)
    not_firm = deposit is not None and deposit.step is GuestStep.PAYING  # cancelling is free then
    fee = cancelling_fee(store, booking, at) if booking and not not_firm else None
    if fee is not None and fee.minor > shown_minor:
        raise Conflict(
            "costs_now", "Cancelling now costs {fee}.", "Your booking is not cancelled yet. Cancel again if you still want to.", fee=fee
        )


def _starts(booking: Booking) -> set[datetime]:
    """The starts to which its window may still move, as far as prices can tell them apart: they change on the quarter-hour, and the fee
    is highest where the window begins or ends with a price."""
    length, promised = booking.window.length, booking.promised
    quarter = promised.start.replace(minute=promised.start.minute // 15 * 15, second=0, microsecond=0)
    found = {promised.start, booking.window.start, promised.end - length}
    while quarter < promised.end:
        found |= {quarter, quarter - length}
        quarter += _QUARTER
    return {one for one in found if promised.start <= one <= promised.end - length}


def _version(store: Store, booking: Booking) -> TariffVersion:
    assert booking.quote is not None  # noqa: S101 - a promise is made with its quote
    return store.prices.version(booking.quote.tariff_version_id)
