"""Holds for guests' bookings: they make the booking firm, and are released when no longer needed.

Lock order: the payment, then the pool. A hold that takes effect arrives with its payment locked.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.drivers import GuestBooking, GuestStep
from forecourt.flows.bookings.reserving import release_slot
from forecourt.flows.desk.booking_notices import notify_secured
from forecourt.flows.paying.booking_costs import no_show_fee
from forecourt.flows.paying.pay import release
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Ids, SiteId
from forecourt.payments import Payment
from forecourt.reservations import Bound, Confirmed, Kept

# The number of firm bookings one address may have at a time.
MAX_FIRM_BOOKINGS = 4


def booking_held(store: Store, payment: Payment, at: datetime) -> None:
    """A guest's hold is in place: the booking is firm, and its emails are sent from now on.

    Raises Conflict if the slot was released meanwhile, or the address has reached its limit: then the hold must be released.
    """
    guest = store.guests.booking(payment.booking_id) if payment.booking_id else None
    if guest is None or payment.id != guest.payment_id:
        return
    store.guests.lock_address(guest.operator_id, guest.email)
    store.bookings.lock_pool(guest.site_id, guest.kind)
    guest, booking = store.guests.booking(guest.booking_id) or guest, store.bookings.booking(guest.booking_id)
    if guest.step is not GuestStep.PAYING or booking is None or not booking.live:
        raise Conflict("booking_over", "The slot is no longer kept for you.", "Book another one.")
    paid_bookings = store.guests.paid_bookings_of(guest.operator_id, guest.email)
    if sum(one.until > at for one in paid_bookings) >= MAX_FIRM_BOOKINGS:
        raise Conflict("many_bookings", "The slot is no longer kept for you.", "Book another one.")
    store.guests.put_booking(replace(guest, step=GuestStep.PAID))
    store.drivers.put_driver(replace(store.drivers.driver(guest.driver_id), email=guest.email))
    notify_secured(store, booking, at)


def maintain_guest_bookings(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Release slots that guests did not pay for, and holds of which nothing is owed. Returns how many."""
    due = [one for one in store.guests.open_at(site_id) if _due(store, one, at)]
    for payment_id in sorted(one.payment_id for one in due):
        store.payments.lock(payment_id)  # lock all of them before the first pool
    for guest in due:
        finish(store, guest, at, ids)
    return len(due)


def _due(store: Store, guest: GuestBooking, at: datetime) -> bool:
    if guest.step is GuestStep.PAYING and guest.pay_until <= at:
        return True
    booking = store.bookings.booking(guest.booking_id)
    return booking is None or not isinstance(booking.state, Confirmed | Bound)


def finish(store: Store, guest: GuestBooking, at: datetime, ids: Ids) -> None:
    """End a guest's booking: release an unpaid slot, and the hold too unless a bill will be paid from it."""
    unpaid = guest.step is GuestStep.PAYING
    if unpaid:
        release_slot(store, guest.booking_id, at, ids)
    booking = store.bookings.booking(guest.booking_id)
    charged = booking is not None and isinstance(booking.state, Kept)
    owes_no_show_fee = booking is not None and booking.given_up_at is not None and no_show_fee(store, booking).minor > 0
    if unpaid or not (charged or owes_no_show_fee):
        release(store, guest.payment_id, "not paid in time" if unpaid else "booking over", at, ids)
    store.guests.put_booking(replace(guest, step=GuestStep.OVER, until=min(guest.until, max(at, guest.made_at + timedelta(seconds=1)))))
