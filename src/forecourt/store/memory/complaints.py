"""Drivers' complaints about bills, in memory."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.billing import Complaint
from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import DocumentId, DriverId, OperatorId
from forecourt.store.memory.database import MemoryDatabase


class Complaints:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, complaint: Complaint) -> None:
        self._db.complaints.put(complaint.id, complaint)

    def complaint(self, complaint_id: UUID) -> Complaint | None:
        return self._db.complaints.get(complaint_id)

    def lock(self, complaint_id: UUID) -> Complaint | None:
        return self.complaint(complaint_id)  # units of work run alone here

    def of_document(self, document_id: DocumentId) -> Sequence[Complaint]:
        return _by_age(self._db.complaints.where(lambda one: one.document_id == document_id))

    def of_driver(self, driver_id: DriverId) -> Sequence[Complaint]:
        return _by_age(self._db.complaints.where(lambda one: one.driver_id == driver_id))

    def waiting(self, operator_id: OperatorId) -> Sequence[Complaint]:
        return _by_age(self._db.complaints.where(lambda one: one.operator_id == operator_id and one.open))

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Complaint]:
        return page_of(self._db.complaints.where(lambda one: one.operator_id == operator_id), ListOrders.COMPLAINTS, request)


def _by_age(complaints: Sequence[Complaint]) -> list[Complaint]:
    return sorted(complaints, key=lambda one: (one.raised_at, one.id))
