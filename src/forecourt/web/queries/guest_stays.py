"""How long a guest's booked charge may stay, and what a longer stay would cost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.drivers import GuestVisit
from forecourt.flows.guests import longer_stay_payment, price_of_longer_stay
from forecourt.flows.ports import Store
from forecourt.kernel import Money, Text
from forecourt.payments import Declined, Expired, Payment, Released
from forecourt.reservations import MAX_BOOKING, Booking

EXTENSIONS_MIN = (15, 30, 60, 120)
_BACK = Text("The amount held for it is released immediately.")
_WHY = {
    "not wanted": "",
    "abandoned": Text("You did not pay in time."),
    "not put up": Text("The payment was cancelled."),
    "slot_taken": Text("In the meantime, the bay was promised to someone else from then. {money}", money=_BACK),
}


@dataclass(frozen=True, slots=True)
class StayExtension:
    """A choice of a longer stay. cost: of the whole charge then, as expected. more: the additional hold; None = nothing."""

    minutes: int
    end: datetime
    cost: Money
    more: Money | None


@dataclass(frozen=True, slots=True)
class GuestStay:
    """The booking behind a running charge: when it ends, and what a longer stay would cost.

    waits, more: the later end once the pending hold succeeds, and the amount of that hold. why: the reason if the last request failed.
    """

    until: datetime
    choices: tuple[StayExtension, ...] = ()
    waits: datetime | None = None
    more: Money | None = None
    why: str = ""


def guest_stay(store: Store, visit: GuestVisit) -> GuestStay | None:
    """None if the charge has no booking."""
    guest = store.guests.booking_by_digest(visit.digest)
    booking = store.bookings.booking(guest.booking_id) if guest else None
    if booking is None:
        return None
    extension = longer_stay_payment(store, visit)
    pending_end = visit.longer.end if visit.longer and extension and extension.waits_for_payer else None
    amount_due = getattr(extension.state, "amount", None) if pending_end and extension else None
    reason = _why(extension) if visit.longer and extension and booking.window.end < visit.longer.end else ""
    return GuestStay(booking.window.end, () if pending_end else _choices(store, booking), pending_end, amount_due, reason)


def _choices(store: Store, booking: Booking) -> tuple[StayExtension, ...]:
    found = []
    for minutes in EXTENSIONS_MIN:
        end = booking.window.end + timedelta(minutes=minutes)
        price = price_of_longer_stay(store, booking, end) if end <= booking.window.start + MAX_BOOKING else None
        if price is not None:
            found.append(StayExtension(minutes, end, price.cost, price.more))
    return tuple(found)


def _why(payment: Payment) -> str:
    match payment.state:
        case Released(why=why):
            return _WHY.get(why, _BACK)
        case Declined() | Expired():
            return Text("The payment for it was declined. Nothing more is held.")
    return ""
