"""Money that is owed back to drivers by transfer, in memory."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import DocumentId, DriverId, OperatorId, PaymentId
from forecourt.payments import Payback
from forecourt.store.memory.database import MemoryDatabase


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
