"""What secures a booking of a driver with an account: nothing, the no-show fee, or an amount set by the operator."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from forecourt.drivers import GuestStep
from forecourt.kernel import BookingId, DriverId, Money, OperatorId, PaymentId, SiteId
from forecourt.reservations.model import Booking

# How long before the end of the promise a hold is placed. Banks keep holds for about a week, some (Visa's of a stored card without
# the cardholder present) for slightly less than five days; a hold must outlive the grace and the bill of a no-show.
HOLD_LEAD = timedelta(days=4)
# How long a driver has to pay what could not be held for a firm booking; never later than REHELD_BEFORE its start.
REHOLD_WITHIN = timedelta(days=2)
REHELD_BEFORE = timedelta(hours=1)


class DepositRule(StrEnum):
    """FEE: what a no-show or a late cancellation would cost. AMOUNT: set by the operator, whatever the tariff says."""

    NONE = "none"
    FEE = "fee"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Deposit:
    """The money behind a booking of a driver with an account; the counterpart of a guest's `GuestBooking`.

    step: PAYING: the slot is reserved until pay_until for the driver to pay; PAID: the booking is firm; OVER: nothing is left to
    do. payment_id: the hold in place or requested; None while it is too early for one (place_at: when). before: the hold
    it replaces, which is released once it is in place. notified: the driver was notified that the booking is firm.
    """

    booking_id: BookingId
    operator_id: OperatorId
    site_id: SiteId
    kind: str
    driver_id: DriverId
    amount: Money
    made_at: datetime
    step: GuestStep
    pay_until: datetime | None = None
    place_at: datetime | None = None
    payment_id: PaymentId | None = None
    before: PaymentId | None = None
    notified: bool = False

    @property
    def payments(self) -> tuple[PaymentId, ...]:
        return tuple(one for one in (self.payment_id, self.before) if one is not None)


def hold_due_from(booking: Booking) -> datetime:
    """From when on a booking is secured by a hold."""
    return booking.promised.end - HOLD_LEAD


def rehold_deadline(booking: Booking, at: datetime, min_notice: timedelta) -> datetime:
    """Until when the driver of a firm booking may pay what could not be held; `min_notice` from now at the earliest."""
    return max(at + min_notice, min(at + REHOLD_WITHIN, booking.promised.start - REHELD_BEFORE))
