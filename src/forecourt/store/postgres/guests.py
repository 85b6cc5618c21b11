"""Codes at sockets, guests' visits, and guests' bookings."""

from collections.abc import Collection, Sequence
from uuid import UUID

from forecourt.drivers import GuestBooking, GuestVisit
from forecourt.kernel import BookingId, DriverId, EvseId, OperatorId, SiteId
from forecourt.stations import EvseCode
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap

_CODES = Table(
    "evse_codes",
    (("operator_id", "uuid"), ("site_id", "uuid"), ("evse_id", "uuid"), ("code", "text"), ("data", "jsonb")),
    ("operator_id", "site_id", "evse_id"),
)
_VISITS = Table(
    "guest_visits",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("visit_id", "uuid"),
        ("evse_id", "uuid"),
        ("driver_id", "uuid"),
        ("digest", "text"),
        ("made_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("operator_id", "site_id", "visit_id"),
)
_BOOKINGS = Table(
    "guest_bookings",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("booking_id", "uuid"),
        ("driver_id", "uuid"),
        ("digest", "text"),
        ("email", "text"),
        ("step", "text"),
        ("made_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("operator_id", "site_id", "booking_id"),
)
_CODE, _VISIT, _BOOKING = Codec[EvseCode](EvseCode), Codec[GuestVisit](GuestVisit), Codec[GuestBooking](GuestBooking)
_OLDEST = "ORDER BY made_at, booking_id"


class Guests:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._codes: IdentityMap[EvseId, EvseCode] = IdentityMap(db, _CODES, _CODE, lambda one: one.evse_id, _code_record)
        self._visits: IdentityMap[UUID, GuestVisit] = IdentityMap(db, _VISITS, _VISIT, lambda one: one.id, _visit_record)
        self._bookings: IdentityMap[BookingId, GuestBooking] = IdentityMap(
            db, _BOOKINGS, _BOOKING, lambda one: one.booking_id, _booking_record
        )

    def code(self, code: str) -> EvseCode | None:
        return self._codes.first("code = %s", code)

    def code_of(self, evse_id: EvseId) -> EvseCode | None:
        return self._codes.get(evse_id, "evse_id = %s", evse_id)

    def codes(self, site_id: SiteId) -> Sequence[EvseCode]:
        return self._codes.find("site_id = %s ORDER BY evse_id", site_id)

    def evses_with_code(self, site_ids: Collection[SiteId]) -> Collection[EvseId]:
        return {EvseId(one) for (one,) in self._db.rows("SELECT evse_id FROM evse_codes WHERE site_id = ANY(%s)", list(site_ids))}

    def put_code(self, code: EvseCode) -> None:
        self._codes.put(code)
        self._codes.flush()

    def visit(self, visit_id: UUID) -> GuestVisit | None:
        return self._visits.get(visit_id, "visit_id = %s", visit_id)

    def by_digest(self, digest: bytes) -> GuestVisit | None:
        return self._visits.first("digest = %s", digest.hex())

    def of_driver(self, driver_id: DriverId) -> GuestVisit | None:
        return self._visits.first("driver_id = %s", driver_id)

    def put_visit(self, visit: GuestVisit) -> None:
        self._visits.put(visit)
        self._visits.flush()

    def booking_by_digest(self, digest: bytes) -> GuestBooking | None:
        return self._bookings.first("digest = %s", digest.hex())

    def booking_of_driver(self, driver_id: DriverId) -> GuestBooking | None:
        return self._bookings.first("driver_id = %s", driver_id)

    def booking(self, booking_id: BookingId) -> GuestBooking | None:
        return self._bookings.get(booking_id, "booking_id = %s", booking_id)

    def unpaid(self, operator_id: OperatorId) -> Sequence[GuestBooking]:
        return self._bookings.find(f"operator_id = %s AND step = 'paying' {_OLDEST}", operator_id)

    def lock_address(self, operator_id: OperatorId, email: str) -> None:
        self._db.lock("guest", operator_id, email)
        self._bookings.forget()

    def paid_bookings_of(self, operator_id: OperatorId, email: str) -> Sequence[GuestBooking]:
        return self._bookings.find(f"operator_id = %s AND email = %s AND step = 'paid' {_OLDEST}", operator_id, email)

    def open_at(self, site_id: SiteId) -> Sequence[GuestBooking]:
        return self._bookings.find(f"site_id = %s AND step IN ('paying', 'paid') {_OLDEST}", site_id)

    def put_booking(self, booking: GuestBooking) -> None:
        self._bookings.put(booking)
        self._bookings.flush()


def _code_record(one: EvseCode) -> dict[str, object]:
    return {"operator_id": one.operator_id, "site_id": one.site_id, "evse_id": one.evse_id, "code": one.code}


def _visit_record(one: GuestVisit) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "site_id": one.site_id,
        "visit_id": one.id,
        "evse_id": one.evse_id,
        "driver_id": one.driver_id,
        "digest": one.digest.hex(),
        "made_at": one.made_at,
    }


def _booking_record(one: GuestBooking) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "site_id": one.site_id,
        "booking_id": one.booking_id,
        "driver_id": one.driver_id,
        "digest": one.digest.hex(),
        "email": one.email,
        "step": one.step.value,
        "made_at": one.made_at,
    }
