"""The hold behind a guest's booking: how much, what it makes firm, and when it goes back.

Whoever needs both locks the payment first, then the pool: a hold that stands comes with its payment locked.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.billing import no_show_rating
from forecourt.drivers import GuestBooking, GuestStep
from forecourt.flows.bookings.reserving import costs_to_cancel, let_go
from forecourt.flows.desk.telling import tell_firm
from forecourt.flows.paying.hold_guard import STOPS_WITHIN
from forecourt.flows.paying.pay import release
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import expected_usage, sockets_of
from forecourt.kernel import BookingId, Conflict, Ids, Money, SiteId, Span
from forecourt.payments import Payment, hold_for
from forecourt.reservations import Booking, Bound, Cancelled, Confirmed, Kept
from forecourt.tariffs import TariffVersion, rate

# For so long a slot is kept for somebody who is paying.
PAY_WITHIN = timedelta(minutes=10)
_QUARTER = timedelta(minutes=15)
# So many bookings of one address are firm at a time.
MOST_PAID = 4


def hold_of_booking(store: Store, booking: Booking) -> Money:
    """What the booked charge is expected to cost by the rule of its bill, within the tariff's own preauthorise amount; never less than
    what not coming costs. One hold secures the booking and pays for the charge, so that the payer is asked once.

    A charge is stopped some minutes before its hold is used up: what it takes in them is held as well.
    """
    version, zone = _version(store, booking), store.stations.site(booking.site_id).zone
    powers = [evse.max_power_w for evse in sockets_of(store, booking.site_id, booking.kind)]
    energy_wh = (booking.quote.energy_wh if booking.quote else 0) + max(powers) * STOPS_WITHIN.seconds // 3600
    usage = expected_usage(Span(booking.window.start, booking.window.end + STOPS_WITHIN), energy_wh, min(powers), zone)
    gross, most = rate(version.tariff, usage).gross, version.tariff.preauthorise
    charge = hold_for(gross, None if most is None else Money.of(most, gross.currency))
    return max(charge, hold_for(no_show_fee(store, booking)))


def cost_of_booking(store: Store, booking: Booking) -> Money:
    """What the booked charge is expected to cost by the rule of its bill, for who stays to the end of the window."""
    version, zone = _version(store, booking), store.stations.site(booking.site_id).zone
    power_w = min(evse.max_power_w for evse in sockets_of(store, booking.site_id, booking.kind))
    return rate(version.tariff, expected_usage(booking.window, booking.quote.energy_wh if booking.quote else 0, power_w, zone)).gross


def no_show_fee(store: Store, booking: Booking) -> Money:
    """What the tariff asks of who does not come; of a booking whose time may still move, the most."""
    version, zone = _version(store, booking), store.stations.site(booking.site_id).zone
    windows = [booking.window] if booking.given_up_at else [Span(start, start + booking.window.length) for start in _starts(booking)]
    return max(no_show_rating(replace(booking, window=window), version, zone).gross for window in windows)


def _starts(booking: Booking) -> set[datetime]:
    """Where its window may still come to begin, as far as prices can tell: they change on the quarter-hour, and the fee is the dearest
    where the window begins or ends with a price."""
    length, promised = booking.window.length, booking.promised
    quarter = promised.start.replace(minute=promised.start.minute // 15 * 15, second=0, microsecond=0)
    found = {promised.start, booking.window.start, promised.end - length}
    while quarter < promised.end:
        found |= {quarter, quarter - length}
        quarter += _QUARTER
    return {one for one in found if promised.start <= one <= promised.end - length}


def cancelling_fee(store: Store, booking: Booking, at: datetime) -> Money | None:
    """What cancelling it now costs, as it will be billed; None = nothing."""
    if booking.quote is None or not (booking.live and costs_to_cancel(store, booking, at)):
        return None
    fee = no_show_fee(store, replace(booking, state=Cancelled(at, late=True)))
    return fee or None


def check_told_fee(store: Store, booking_id: BookingId, told_minor: int, at: datetime) -> None:
    """Raises Conflict "costs_now" where cancelling costs more than its driver was told before they said yes to it."""
    booking, deposit = store.bookings.booking(booking_id), store.deposits.of_booking(booking_id)
    not_firm = deposit is not None and deposit.step is GuestStep.PAYING  # it costs nothing then
    fee = cancelling_fee(store, booking, at) if booking and not not_firm else None
    if fee is not None and fee.minor > told_minor:
        raise Conflict("costs_now", "To cancel costs {fee} by now.", "Nothing is cancelled yet. Cancel once more if you want to.", fee=fee)


def booking_held(store: Store, payment: Payment, at: datetime) -> None:
    """The hold behind a guest's booking stands: it is firm, and its letters go out from now on.

    Raises Conflict where the slot was let go meanwhile, or the address has as many as it may: the hold must go back.
    """
    guest = store.guests.booking(payment.booking_id) if payment.booking_id else None
    if guest is None or payment.id != guest.payment_id:
        return
    store.guests.lock_address(guest.operator_id, guest.email)
    store.bookings.lock_pool(guest.site_id, guest.kind)
    guest, booking = store.guests.booking(guest.booking_id) or guest, store.bookings.booking(guest.booking_id)
    if guest.step is not GuestStep.PAYING or booking is None or not booking.live:
        raise Conflict("booking_over", "The slot was not kept any longer.", "Book another one.")
    firm = store.guests.paid_by(guest.operator_id, guest.email)
    if sum(one.until > at for one in firm) >= MOST_PAID:
        raise Conflict("many_bookings", "The slot was not kept any longer.", "Book another one.")
    store.guests.put_booking(replace(guest, step=GuestStep.PAID))
    store.drivers.put_driver(replace(store.drivers.driver(guest.driver_id), email=guest.email))
    tell_firm(store, booking, at)


def keep_guest_bookings(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """What the clock does to guests' bookings: slots nobody paid for go back, and so do holds that nothing is owed of. How many."""
    due = [one for one in store.guests.open_at(site_id) if _due(store, one, at)]
    for payment_id in sorted(one.payment_id for one in due):
        store.payments.lock(payment_id)  # all of them before the first pool
    for guest in due:
        finish(store, guest, at, ids)
    return len(due)


def _due(store: Store, guest: GuestBooking, at: datetime) -> bool:
    if guest.step is GuestStep.PAYING and guest.pay_until <= at:
        return True
    booking = store.bookings.booking(guest.booking_id)
    return booking is None or not isinstance(booking.state, Confirmed | Bound)


def finish(store: Store, guest: GuestBooking, at: datetime, ids: Ids) -> None:
    """Nothing is to be seen to any more: a slot that was not paid for goes back; the hold too, unless a bill will be taken from it."""
    unpaid = guest.step is GuestStep.PAYING
    if unpaid:
        let_go(store, guest.booking_id, at, ids)
    booking = store.bookings.booking(guest.booking_id)
    charged = booking is not None and isinstance(booking.state, Kept)
    owed = booking is not None and booking.given_up_at is not None and no_show_fee(store, booking).minor > 0
    if unpaid or not (charged or owed):
        release(store, guest.payment_id, "not paid in time" if unpaid else "booking over", at, ids)
    store.guests.put_booking(replace(guest, step=GuestStep.OVER, until=min(guest.until, max(at, guest.made_at + timedelta(seconds=1)))))


def _version(store: Store, booking: Booking) -> TariffVersion:
    assert booking.quote is not None  # noqa: S101 - a promise is made with its quote
    return store.prices.version(booking.quote.tariff_version_id)
