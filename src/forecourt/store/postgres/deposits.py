"""Deposits for bookings of drivers with an account."""

from collections.abc import Collection, Sequence

from forecourt.kernel import BookingId, DriverId, OperatorId, SiteId
from forecourt.reservations import Deposit
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap

_COLUMNS = Table(
    "booking_deposits",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("booking_id", "uuid"),
        ("driver_id", "uuid"),
        ("step", "text"),
        ("made_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("operator_id", "site_id", "booking_id"),
)
_CODEC = Codec[Deposit](Deposit)
_OF_BOOKING = "booking_id = %s"
_OPEN, _OLDEST = "step IN ('paying', 'paid')", "ORDER BY made_at, booking_id"


class Deposits:
    def __init__(self, db: DbConnection) -> None:
        self._map: IdentityMap[BookingId, Deposit] = IdentityMap(db, _COLUMNS, _CODEC, lambda one: one.booking_id, _record)

    def of_booking(self, booking_id: BookingId) -> Deposit | None:
        return self._map.first(_OF_BOOKING, booking_id)

    def prefetch(self, booking_ids: Collection[BookingId]) -> None:
        self._map.prefetch(_OF_BOOKING, booking_ids)

    def open_at(self, site_id: SiteId) -> Sequence[Deposit]:
        return self._map.find(f"site_id = %s AND {_OPEN} {_OLDEST}", site_id)

    def open_of(self, driver_id: DriverId) -> Sequence[Deposit]:
        return self._map.find(f"driver_id = %s AND {_OPEN} {_OLDEST}", driver_id)

    def unpaid(self, operator_id: OperatorId) -> Sequence[Deposit]:
        return self._map.find(f"operator_id = %s AND step = 'paying' {_OLDEST}", operator_id)

    def put(self, deposit: Deposit) -> None:
        self._map.put(deposit)
        self._map.flush()


def _record(one: Deposit) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "site_id": one.site_id,
        "booking_id": one.booking_id,
        "driver_id": one.driver_id,
        "step": one.step.value,
        "made_at": one.made_at,
    }
