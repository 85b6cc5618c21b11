"""What the operator decides about bookings at a site."""

from dataclasses import dataclass

from forecourt.kernel import BadInput
from forecourt.reservations.deposit import DepositRule
from forecourt.reservations.model import BookingTerms


@dataclass(frozen=True, slots=True)
class BookingRules:
    """held_back: sockets of each kind that are never promised ahead, as a reserve for faults and late cars.

    free_cancel_min: until so many minutes before the start a booking is cancelled for nothing; later it costs what the
    tariff asks of somebody who does not come.
    walk_in_min: the least stay a walk-in is let in for.
    plug_in_min: how long a socket is kept for somebody whose turn it is in the queue.
    member_lead_min: a member stands in the queue as if come so many minutes earlier than a guest.
    too_busy_percent: nothing is promised for times of day at which all was full on more than this share of days: a socket kept then
    is one that somebody waits for. 100: promise always.
    others_power_percent: so much of each limit, at most, is kept for the smallest currents of those without a booking, and not promised.
    100: all of them always have theirs; less: they may have to wait for it, and bookings are promised more.
    broken_credit_percent: what a promise we did not keep gives its driver off the next charge, of the price quoted for it.
    deposit: what a driver with an account puts up for a booking. deposit_minor: how much, where that is stated, in the site's currency.
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
        """What goes into a booking that is made now."""
        return BookingTerms(self.free_cancel_min, self.broken_credit_percent)

    def __post_init__(self) -> None:
        for name, most in (
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
            if not 0 <= getattr(self, name) <= most:
                raise BadInput(name, f"{getattr(self, name)} is not between 0 and {most}.")
        if (self.deposit is DepositRule.AMOUNT) != (self.deposit_minor > 0):
            raise BadInput("deposit_minor", "Only a fixed deposit has an amount.", "Enter an amount, or choose another rule.")
