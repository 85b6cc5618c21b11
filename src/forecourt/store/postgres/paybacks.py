"""Amounts to be returned by bank transfer."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import DocumentId, DriverId, OperatorId, PaymentId
from forecourt.payments import Payback
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_COLUMNS = Table(
    "paybacks",
    (
        ("operator_id", "uuid"),
        ("payback_id", "uuid"),
        ("payment_id", "uuid"),
        ("note_id", "uuid"),
        ("driver_id", "uuid"),
        ("owed_at", "timestamptz"),
        ("open", "boolean"),
        ("data", "jsonb"),
    ),
    ("payback_id",),
)
_CODEC = Codec[Payback](Payback)
_OLDEST = "ORDER BY owed_at, payback_id"
_PAGED = PagedQuery(ListOrders.PAYBACKS, ("open", "owed_at", "payback_id"))


class Paybacks:
    def __init__(self, db: DbConnection) -> None:
        self._map: IdentityMap[UUID, Payback] = IdentityMap(db, _COLUMNS, _CODEC, lambda one: one.id, _record)

    def put(self, payback: Payback) -> None:
        self._map.put(payback)

    def drop(self, payback_id: UUID) -> None:
        self._map.drop(payback_id, "payback_id = %s", payback_id)

    def payback(self, payback_id: UUID) -> Payback | None:
        return self._map.first("payback_id = %s", payback_id)

    def lock(self, payback_id: UUID) -> Payback | None:
        return self._map.first("payback_id = %s FOR NO KEY UPDATE", payback_id)

    def of_payment(self, payment_id: PaymentId) -> Sequence[Payback]:
        return self._map.find(f"payment_id = %s {_OLDEST}", payment_id)

    def of_note(self, document_id: DocumentId) -> Sequence[Payback]:
        return self._map.find(f"note_id = %s {_OLDEST}", document_id)

    def of_driver(self, driver_id: DriverId) -> Sequence[Payback]:
        return self._map.find(f"driver_id = %s {_OLDEST}", driver_id)

    def waiting(self, operator_id: OperatorId) -> Sequence[Payback]:
        return self._map.find(f"operator_id = %s AND open {_OLDEST}", operator_id)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Payback]:
        return _PAGED.page(self._map.find, request, "operator_id = %s", operator_id)

    def flush(self) -> None:
        self._map.flush()


def _record(one: Payback) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "payback_id": one.id,
        "payment_id": one.payment_id,
        "note_id": one.note_id,
        "driver_id": one.driver_id,
        "owed_at": one.owed_at,
        "open": one.open,
    }
