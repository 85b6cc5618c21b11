"""Codes at sockets, guests' visits and guests' bookings, in memory."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from forecourt.drivers import GuestBooking, GuestStep, GuestVisit
from forecourt.kernel import BookingId, DriverId, EvseId, OperatorId, SiteId
from forecourt.stations import EvseCode
from forecourt.store.memory.database import MemoryDatabase


class Guests:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def code(self, code: str) -> EvseCode | None:
        return next((one for one in self._db.evse_codes if one.code == code), None)

    def code_of(self, evse_id: EvseId) -> EvseCode | None:
        return self._db.evse_codes.get(evse_id)

    def codes(self, site_id: SiteId) -> Sequence[EvseCode]:
        return sorted(self._db.evse_codes.where(lambda one: one.site_id == site_id), key=lambda one: one.evse_id)

    def evses_with_code(self, site_ids: Collection[SiteId]) -> Collection[EvseId]:
        return {one.evse_id for one in self._db.evse_codes if one.site_id in site_ids}

    def put_code(self, code: EvseCode) -> None:
        self._db.evse_codes.put(code.evse_id, code)

    def visit(self, visit_id: UUID) -> GuestVisit | None:
        return self._db.visits.get(visit_id)

    def by_digest(self, digest: bytes) -> GuestVisit | None:
        return next((one for one in self._db.visits if one.digest == digest), None)

    def of_driver(self, driver_id: DriverId) -> GuestVisit | None:
        return next((one for one in self._db.visits if one.driver_id == driver_id), None)

    def put_visit(self, visit: GuestVisit) -> None:
        self._db.visits.put(visit.id, visit)

    def booking_by_digest(self, digest: bytes) -> GuestBooking | None:
        return next((one for one in self._db.guest_bookings if one.digest == digest), None)

    def booking_of_driver(self, driver_id: DriverId) -> GuestBooking | None:
        return next((one for one in self._db.guest_bookings if one.driver_id == driver_id), None)

    def booking(self, booking_id: BookingId) -> GuestBooking | None:
        return self._db.guest_bookings.get(booking_id)

    def unpaid(self, operator_id: OperatorId) -> Sequence[GuestBooking]:
        return self._oldest(lambda one: one.operator_id == operator_id and one.step is GuestStep.PAYING)

    def lock_address(self, operator_id: OperatorId, email: str) -> None:
        """Nothing to do: units of work run one after another here."""

    def paid_bookings_of(self, operator_id: OperatorId, email: str) -> Sequence[GuestBooking]:
        return self._oldest(lambda one: (one.operator_id, one.email, one.step) == (operator_id, email, GuestStep.PAID))

    def open_at(self, site_id: SiteId) -> Sequence[GuestBooking]:
        return self._oldest(lambda one: one.site_id == site_id and one.step is not GuestStep.OVER)

    def put_booking(self, booking: GuestBooking) -> None:
        self._db.guest_bookings.put(booking.booking_id, booking)

    def _oldest(self, fits: Callable[[GuestBooking], bool]) -> list[GuestBooking]:
        return sorted(self._db.guest_bookings.where(fits), key=lambda one: (one.made_at, one.booking_id))
