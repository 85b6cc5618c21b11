"""The state of a booking in OCPI's terms: each of our states maps to exactly one."""

from forecourt.ocpi.model import CanceledReason, Cancellation, ReservationStatus, Role
from forecourt.reservations import BookingState, Bound, Broken, Cancelled, Confirmed, Kept, Missed

# Why we broke a promise (`Broken.cause`).
_CAUSES = {
    "fault": CanceledReason.BROKEN_CHARGER,
    "maintenance": CanceledReason.BROKEN_CHARGER,
    "refused": CanceledReason.BROKEN_CHARGER,
    "offline": CanceledReason.BROKEN_CHARGER,
    "closed": CanceledReason.UNKNOWN,  # OCPI has no reason for it
    "closing": CanceledReason.UNKNOWN,
    "overstay": CanceledReason.FULL,
    "walk_in": CanceledReason.FULL,
    "blocked": CanceledReason.FULL,
}


def status_of(state: BookingState, unpaid: bool = False) -> ReservationStatus:
    """unpaid: the slot is held while a guest pays, and nothing is promised yet."""
    match state:
        case Confirmed() | Bound():
            return ReservationStatus.PENDING if unpaid else ReservationStatus.RESERVED
        case Kept():
            return ReservationStatus.FULFILLED
        case Cancelled() | Broken():
            return ReservationStatus.CANCELED
        case Missed():
            return ReservationStatus.NO_SHOW


def cancellation_of(state: BookingState) -> Cancellation | None:
    """Drivers cancel as the party that has the contract, without a reason; a promise we broke is cancelled by us."""
    match state:
        case Cancelled():
            return Cancellation(cancellation_reason=CanceledReason.NO_CANCELED, who_canceled=Role.EMSP)
        case Broken(cause=cause):
            return Cancellation(cancellation_reason=_CAUSES.get(cause, CanceledReason.UNKNOWN), who_canceled=Role.CPO)
        case _:
            return None
