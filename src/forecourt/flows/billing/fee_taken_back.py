"""A fee for not coming whose driver had come, as a charger told later: taken back by itself."""

from datetime import datetime

from forecourt.billing import HAD_COME, left_to_credit
from forecourt.flows.billing.crediting import Credited, CreditRequest, credit_back
from forecourt.flows.desk.audit import Staff
from forecourt.flows.paying.deposits import free_deposit
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, Ids


def credit_no_show(store: Store, booking_id: BookingId, at: datetime, ids: Ids) -> Credited | None:
    """What was billed for the booking is credited whole, and what is held for the fee goes back.

    None where nothing was billed, or all of it was credited by somebody.

    Raises Conflict while its payment or a refund is under way.
    """
    booking = store.bookings.booking(booking_id)
    if booking is None or booking.given_up_at is not None:
        return None
    bill = next(iter(store.documents.of_booking(booking_id)), None)
    if bill is None:
        free_deposit(store, booking_id, "the driver had come", at, ids)
        return None
    earlier = store.documents.correcting(bill.id)
    if left_to_credit(bill, earlier).minor <= 0:
        return None
    asked = CreditRequest(bill.id, len(earlier), HAD_COME)
    return credit_back(store, Staff(booking.operator_id, "system", at, ids), asked)
