"""Search by the names and numbers that people read out on the phone, within a Store."""

from collections.abc import Sequence
from typing import Protocol

from forecourt.drivers import Driver
from forecourt.kernel import DriverId, OperatorId, SessionId
from forecourt.payments import Payment
from forecourt.reservations import Booking
from forecourt.stations import Evse


class Lookup(Protocol):
    """Each search covers one operator, uses an index however long the history is, and returns at most `limit` results."""

    def guests(self, operator_id: OperatorId, email: str, limit: int) -> Sequence[Driver]:
        """Guests who charged or booked with an email address, ignoring case; latest first."""
        ...

    def holders(self, operator_id: OperatorId, last4: str, limit: int) -> Sequence[DriverId]:
        """Drivers who have stored a payment card with these last four digits; latest first."""
        ...

    def charges(self, operator_id: OperatorId, transaction: str, limit: int) -> Sequence[SessionId]:
        """Charges with that transaction id: running ones first, then ended ones, each latest first."""
        ...

    def bookings(self, operator_id: OperatorId, number: int, limit: int) -> Sequence[Booking]:
        """Bookings with that number, by id."""
        ...

    def evses(self, operator_id: OperatorId, label: str, limit: int) -> Sequence[Evse]:
        """EVSEs with that label, ignoring case, including retired ones; by id."""
        ...

    def payments(self, operator_id: OperatorId, reference: str, limit: int) -> Sequence[Payment]:
        """Payments with that reference at the processor; latest first."""
        ...
