"""What flows and pages need to find a thing by what somebody reads out on the phone, within a Store."""

from collections.abc import Sequence
from typing import Protocol

from forecourt.drivers import Driver
from forecourt.kernel import DriverId, OperatorId, SessionId
from forecourt.payments import Payment
from forecourt.reservations import Booking
from forecourt.stations import Evse


class Lookup(Protocol):
    """Of one operator alone, by an index each, however much there ever was; at most so many."""

    def guests(self, operator_id: OperatorId, email: str, limit: int) -> Sequence[Driver]:
        """Who charged or booked without an account under an address, whatever its case; the latest first."""
        ...

    def holders(self, operator_id: OperatorId, last4: str, limit: int) -> Sequence[DriverId]:
        """Who has stored a bank card that ends so; who did last first."""
        ...

    def charges(self, operator_id: OperatorId, transaction: str, limit: int) -> Sequence[SessionId]:
        """Those to which chargers gave that number: running ones, then ended ones, the latest first."""
        ...

    def bookings(self, operator_id: OperatorId, number: int, limit: int) -> Sequence[Booking]: ...
    def evses(self, operator_id: OperatorId, label: str, limit: int) -> Sequence[Evse]:
        """Those that are called so, whatever its case, retired ones too."""
        ...

    def payments(self, operator_id: OperatorId, reference: str, limit: int) -> Sequence[Payment]:
        """Those that the processor knows by that name; the latest first."""
        ...
