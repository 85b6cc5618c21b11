"""Payments and the processor's events, in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime

from forecourt.billing import DocumentKind
from forecourt.drivers import DebtStatus
from forecourt.kernel import DocumentId, DriverId, EvseId, OperatorId, PaymentId, SessionId
from forecourt.payments import DEBIT, Captured, Held, Payment, debt_status_of
from forecourt.store.memory.database import MemoryDatabase


class Payments:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def payment(self, payment_id: PaymentId) -> Payment | None:
        return self._db.payments.get(payment_id)

    def put(self, payment: Payment) -> None:
        self._db.payments.put(payment.id, payment)

    def lock(self, payment_id: PaymentId) -> Payment | None:
        return self._db.payments.get(payment_id)

    def of_session(self, session_id: SessionId) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.session_id == session_id))

    def of_document(self, document_id: DocumentId) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.document_id == document_id))

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.driver_id == driver_id))[::-1][:limit]

    def top_ups(self, driver_id: DriverId, limit: int = 1000) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.driver_id == driver_id and one.top_up is not None))[::-1][:limit]

    def hold_on(self, driver_id: DriverId, evse_id: EvseId) -> Payment | None:
        mine = [one for one in self.of_driver(driver_id, len(self._db.payments)) if one.evse_id == evse_id]
        return next((one for one in mine if one.holding and one.session_id is None), None)

    def drivers_with_holds(self, driver_ids: Collection[DriverId]) -> set[DriverId]:
        return {one.driver_id for one in self._db.payments.where(lambda one: one.holding and one.driver_id in driver_ids)}

    def open_holds(self, operator_id: OperatorId | None = None) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.holding and operator_id in (None, one.operator_id)))

    def pending(self, before: datetime, limit: int = 100) -> Sequence[Payment]:
        asked = self._db.payments.where(lambda one: one.open and one.made_at < before)
        waiting = [one for one in asked if one.method != DEBIT and not isinstance(one.state, Held)]
        return _oldest(waiting)[:limit]

    def unpaid(self, operator_id: OperatorId, limit: int = 100) -> Sequence[DocumentId]:
        taken = {one.document_id for one in self._db.payments if one.open or isinstance(one.state, Captured)}
        due = self._db.documents.where(
            lambda one: one.operator_id == operator_id and one.kind is DocumentKind.INVOICE and one.due.minor > 0 and one.id not in taken
        )
        return [one.id for one in sorted(due, key=lambda one: (one.issued_at, one.id))][:limit]

    def webhook_seen(self, event_id: str, at: datetime) -> bool:
        if event_id in self._db.webhooks:
            return True
        self._db.webhooks.put(event_id, at)
        return False

    def debt_status(self, driver_id: DriverId) -> DebtStatus:
        cases = self._db.dunning.where(lambda one: one.driver_id == driver_id)
        return debt_status_of(self._db.payments.where(lambda one: one.driver_id == driver_id), cases)


def _oldest(payments: Sequence[Payment]) -> list[Payment]:
    return sorted(payments, key=lambda one: (one.made_at, one.id))
