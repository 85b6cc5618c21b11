"""What secures a booking of somebody with an account: nothing, what not coming costs, or an amount the operator states."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from forecourt.drivers import GuestStep
from forecourt.kernel import BookingId, DriverId, Money, OperatorId, PaymentId, SiteId
from forecourt.reservations.model import Booking

# A hold is placed so long before the end of what was promised. Banks keep one for about a week, some (Visa's of a stored card, the
# cardholder not being there) for somewhat less than five days; it must outlive the grace and the bill of who did not come.
HELD_AHEAD = timedelta(days=4)
# So long a driver has to put up what could not be held for a booking that was firm already; never beyond MENDED_BEFORE its start.
MEND_WITHIN = timedelta(days=2)
MENDED_BEFORE = timedelta(hours=1)


class DepositRule(StrEnum):
    """FEE: what a no-show or a late cancel would cost. AMOUNT: what the operator states, whatever the tariff asks."""

    NONE = "none"
    FEE = "fee"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Deposit:
    """The money behind a booking of a driver with an account, beside it as a `GuestBooking` is beside a guest's.

    step: PAYING: the slot is kept until pay_until for who has to put it up; PAID: the booking is firm; OVER: nothing is to be seen to
    any more. payment_id: the hold that stands or is asked for; None while it is too early for one (place_at: when). before: the hold
    it takes the place of, which goes back once it stands. told: the driver was written to that the booking is firm.
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
    told: bool = False

    @property
    def payments(self) -> tuple[PaymentId, ...]:
        return tuple(one for one in (self.payment_id, self.before) if one is not None)


def held_from(booking: Booking) -> datetime:
    """From when on a booking is secured."""
    return booking.promised.end - HELD_AHEAD


def hold_again_until(booking: Booking, at: datetime, least: timedelta) -> datetime:
    """Until when the driver of a firm booking may put up what could not be held; at least so long."""
    return max(at + least, min(at + MEND_WITHIN, booking.promised.start - MENDED_BEFORE))
