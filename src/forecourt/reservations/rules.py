"""The operator's rules for bookings at a site."""

from dataclasses import dataclass

from forecourt.kernel import BadInput
from forecourt.reservations.deposit import DepositRule
from forecourt.reservations.model import BookingTerms


@dataclass(frozen=True, slots=True)
class BookingRules:
    """held_back: sockets of each kind that are never promised ahead, as a reserve for faults and late cars.

    free_cancel_min: a booking can be cancelled free of charge until so many minutes before the start; later it costs the
    tariff's no-show fee.
    walk_in_min: the shortest stay for which a walk-in is let in.
    plug_in_min: how long a socket is reserved for the driver whose turn it is in the queue.
    member_lead_min: members are placed in the queue as if they had come so many minutes earlier.
    too_busy_percent: nothing is promised for times of day at which all sockets were full on more than this share of days: a socket
    reserved then is one that somebody is waiting for. 100: always promise.
    others_power_percent: at most this part of each limit is reserved for the minimum currents of drivers without a booking.
    At 100 they always have their minimum; at less they may have to wait, and more power can be promised with bookings.
    broken_credit_percent: the credit for a broken promise, as a percentage of the quoted price, off the driver's next charge.
    deposit: what a driver with an account must put up for a booking. deposit_minor: the amount if the rule states one, in site currency.
    """

    held_back: int = 0
    free_cancel_min: int = 60
    walk_in_min: int = 30
    plug_in_min: int = 10
    member_lead_min: int = 10
    broken_credit_percent: int = 50
    too_busy_percent: int = 30
    others_power_percent: int = 100
    deposit: DepositRule = DepositRule.NONE
    deposit_minor: int = 0

    @property
    def terms(self) -> BookingTerms:
        """The terms of a booking that is made now."""
        return BookingTerms(self.free_cancel_min, self.broken_credit_percent)

    def __post_init__(self) -> None:
        for name, maximum in (
            ("held_back", 100),
            ("free_cancel_min", 7 * 1440),
            ("walk_in_min", 240),
            ("plug_in_min", 60),
            ("member_lead_min", 60),
            ("broken_credit_percent", 200),
            ("too_busy_percent", 100),
            ("others_power_percent", 100),
            ("deposit_minor", 10_000_000),
        ):
            if not 0 <= getattr(self, name) <= maximum:
                raise BadInput(name, f"{getattr(self, name)} is not between 0 and {maximum}.")
        if (self.deposit is DepositRule.AMOUNT) != (self.deposit_minor > 0):
            raise BadInput("deposit_minor", "Only a fixed deposit has an amount.", "Enter an amount, or choose another rule.")
