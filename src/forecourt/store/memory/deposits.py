"""Deposits for bookings, in memory."""

from collections.abc import Callable, Sequence

from forecourt.drivers import GuestStep
from forecourt.kernel import BookingId, DriverId, OperatorId, SiteId
from forecourt.reservations import Deposit
from forecourt.store.memory.database import MemoryDatabase


class Deposits:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def of_booking(self, booking_id: BookingId) -> Deposit | None:
        return self._db.deposits.get(booking_id)

    def prefetch(self, booking_ids: object) -> None:
        """Nothing to read ahead."""

    def open_at(self, site_id: SiteId) -> Sequence[Deposit]:
        return self._oldest(lambda one: one.site_id == site_id and one.step is not GuestStep.OVER)

    def open_of(self, driver_id: DriverId) -> Sequence[Deposit]:
        return self._oldest(lambda one: one.driver_id == driver_id and one.step is not GuestStep.OVER)

    def unpaid(self, operator_id: OperatorId) -> Sequence[Deposit]:
        return self._oldest(lambda one: one.operator_id == operator_id and one.step is GuestStep.PAYING)

    def put(self, deposit: Deposit) -> None:
        self._db.deposits.put(deposit.booking_id, deposit)

    def _oldest(self, fits: Callable[[Deposit], bool]) -> list[Deposit]:
        return sorted(self._db.deposits.where(fits), key=lambda one: (one.made_at, one.booking_id))
