"""Drivers' complaints about bills."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.billing import Complaint
from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import DocumentId, DriverId, OperatorId
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_COLUMNS = Table(
    "complaints",
    (
        ("operator_id", "uuid"),
        ("complaint_id", "uuid"),
        ("document_id", "uuid"),
        ("driver_id", "uuid"),
        ("said_at", "timestamptz"),
        ("open", "boolean"),
        ("data", "jsonb"),
    ),
    ("complaint_id",),
)
_CODEC = Codec[Complaint](Complaint)
_OLDEST = "ORDER BY said_at, complaint_id"
_PAGED = PagedQuery(ListOrders.COMPLAINTS, ("open", "said_at", "complaint_id"))


class Complaints:
    def __init__(self, db: DbConnection) -> None:
        self._map: IdentityMap[UUID, Complaint] = IdentityMap(db, _COLUMNS, _CODEC, lambda one: one.id, _record)

    def put(self, complaint: Complaint) -> None:
        self._map.put(complaint)

    def complaint(self, complaint_id: UUID) -> Complaint | None:
        return self._map.get(complaint_id, "complaint_id = %s", complaint_id)

    def lock(self, complaint_id: UUID) -> Complaint | None:
        return self._map.first("complaint_id = %s FOR NO KEY UPDATE", complaint_id)

    def of_document(self, document_id: DocumentId) -> Sequence[Complaint]:
        return self._map.find(f"document_id = %s {_OLDEST}", document_id)

    def of_driver(self, driver_id: DriverId) -> Sequence[Complaint]:
        return self._map.find(f"driver_id = %s {_OLDEST}", driver_id)

    def waiting(self, operator_id: OperatorId) -> Sequence[Complaint]:
        return self._map.find(f"operator_id = %s AND open {_OLDEST}", operator_id)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Complaint]:
        return _PAGED.page(self._map.find, request, "operator_id = %s", operator_id)

    def flush(self) -> None:
        self._map.flush()


def _record(one: Complaint) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "complaint_id": one.id,
        "document_id": one.document_id,
        "driver_id": one.driver_id,
        "said_at": one.raised_at,
        "open": one.open,
    }
