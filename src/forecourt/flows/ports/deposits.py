"""What flows need for the money behind bookings of drivers with an account: a repository within a Store."""

from collections.abc import Sequence
from typing import Protocol

from forecourt.kernel import BookingId, DriverId, OperatorId, SiteId
from forecourt.reservations import Deposit


class DepositBook(Protocol):
    """Who changes a deposit holds the lock of its booking's pool, and before that of its payments."""

    def of_booking(self, booking_id: BookingId) -> Deposit | None:
        """As it is now, whatever this unit of work has read before."""
        ...

    def open_at(self, site_id: SiteId) -> Sequence[Deposit]:
        """Those of a site that are not over, oldest first."""
        ...

    def open_of(self, driver_id: DriverId) -> Sequence[Deposit]:
        """Those of a driver that are not over, oldest first."""
        ...

    def unpaid(self, operator_id: OperatorId) -> Sequence[Deposit]:
        """Those that wait for their driver, oldest first."""
        ...

    def put(self, deposit: Deposit) -> None: ...


__all__ = ["DepositBook"]
