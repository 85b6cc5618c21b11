"""Complaints, refunds owed and disputes about payments, in memory."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.billing import Complaint
from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import DocumentId, DriverId, OperatorId, PaymentId
from forecourt.payments import BlockRule, Dispute, Payback
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


class Paybacks:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, payback: Payback) -> None:
        self._db.paybacks.put(payback.id, payback)

    def drop(self, payback_id: UUID) -> None:
        self._db.paybacks.drop(payback_id)

    def payback(self, payback_id: UUID) -> Payback | None:
        return self._db.paybacks.get(payback_id)

    def lock(self, payback_id: UUID) -> Payback | None:
        return self._db.paybacks.get(payback_id)

    def of_payment(self, payment_id: PaymentId) -> Sequence[Payback]:
        return _by_debt(self._db.paybacks.where(lambda one: one.payment_id == payment_id))

    def of_note(self, document_id: DocumentId) -> Sequence[Payback]:
        return _by_debt(self._db.paybacks.where(lambda one: one.note_id == document_id))

    def of_driver(self, driver_id: DriverId) -> Sequence[Payback]:
        return _by_debt(self._db.paybacks.where(lambda one: one.driver_id == driver_id))

    def waiting(self, operator_id: OperatorId) -> Sequence[Payback]:
        return _by_debt(self._db.paybacks.where(lambda one: one.operator_id == operator_id and one.open))

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Payback]:
        return page_of(self._db.paybacks.where(lambda one: one.operator_id == operator_id), ListOrders.PAYBACKS, request)


def _by_debt(paybacks: Sequence[Payback]) -> list[Payback]:
    return sorted(paybacks, key=lambda one: (one.owed_at, one.id))


class Disputes:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def dispute(self, operator_id: OperatorId, dispute_id: str) -> Dispute | None:
        return self._db.disputes.get((operator_id, dispute_id))

    def put(self, dispute: Dispute) -> None:
        self._db.disputes.put((dispute.operator_id, dispute.id), dispute)

    def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        return _by_opening(self._db.disputes.where(lambda one: one.payment_id == payment_id))

    def waiting(self, operator_id: OperatorId) -> Sequence[Dispute]:
        return _by_opening(self._db.disputes.where(lambda one: one.operator_id == operator_id and one.open))

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Dispute]:
        return page_of(self._db.disputes.where(lambda one: one.operator_id == operator_id), ListOrders.DISPUTES, request)

    def rule(self, operator_id: OperatorId) -> BlockRule:
        return self._db.dispute_rules.get(operator_id) or BlockRule.NEVER

    def put_rule(self, operator_id: OperatorId, rule: BlockRule) -> None:
        self._db.dispute_rules.put(operator_id, rule)


def _by_opening(disputes: Sequence[Dispute]) -> list[Dispute]:
    return sorted(disputes, key=lambda one: (one.opened_at, one.id))
