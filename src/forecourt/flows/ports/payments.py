"""Repositories for payments, paybacks and disputes, within a Store."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.drivers import DebtStatus
from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import DocumentId, DriverId, EvseId, OperatorId, PaymentId, SessionId
from forecourt.payments import BlockRule, Dispute, Payback, Payment


class PaymentRepository(Protocol):
    def payment(self, payment_id: PaymentId) -> Payment | None: ...
    def put(self, payment: Payment) -> None: ...
    def lock(self, payment_id: PaymentId) -> Payment | None:
        """The payment as it is now; no other unit of work changes it until this one ends."""
        ...

    def of_session(self, session_id: SessionId) -> Sequence[Payment]:
        """The payments of a session, oldest first."""
        ...

    def of_document(self, document_id: DocumentId) -> Sequence[Payment]:
        """The payments of a document or account statement, in any state, oldest first."""
        ...

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Payment]:
        """The driver's payments, newest first."""
        ...

    def top_ups(self, driver_id: DriverId, limit: int = 1000) -> Sequence[Payment]:
        """Top-ups of the driver's prepaid balance, in any state, newest first."""
        ...

    def hold_on(self, driver_id: DriverId, evse_id: EvseId) -> Payment | None:
        """The newest payment of the driver for the socket that is `holding` and tied to no session."""
        ...

    def drivers_with_holds(self, driver_ids: Collection[DriverId]) -> set[DriverId]:
        """Those of these drivers with a payment that is `holding`."""
        ...

    def open_holds(self, operator_id: OperatorId | None = None) -> Sequence[Payment]:
        """Payments that are `holding`, oldest first; None = of every operator."""
        ...

    def pending(self, before: datetime, limit: int = 100) -> Sequence[Payment]:
        """Payments made before an instant that are `open` but not Held, oldest first. Leaves out direct debits, which a bank collects."""
        ...

    def unpaid(self, operator_id: OperatorId, limit: int = 100) -> Sequence[DocumentId]:
        """Invoices with an amount due and no open or captured payment, oldest first."""
        ...

    def webhook_seen(self, event_id: str, at: datetime) -> bool:
        """Record an event of the processor; True if it was recorded before (then it must not be handled again)."""
        ...

    def debt_status(self, driver_id: DriverId) -> DebtStatus:
        """What the driver owes and whether that blocks a charge, from the driver's payments and dunning cases."""
        ...


class PaybackRepository(Protocol):
    def put(self, payback: Payback) -> None: ...
    def drop(self, payback_id: UUID) -> None: ...
    def payback(self, payback_id: UUID) -> Payback | None: ...
    def lock(self, payback_id: UUID) -> Payback | None:
        """The payback as it is now, locked until this unit of work ends."""
        ...

    def of_payment(self, payment_id: PaymentId) -> Sequence[Payback]:
        """The paybacks of a payment, oldest first."""
        ...

    def of_note(self, document_id: DocumentId) -> Sequence[Payback]:
        """The paybacks for a credit note, oldest first."""
        ...

    def of_driver(self, driver_id: DriverId) -> Sequence[Payback]:
        """The driver's paybacks, oldest first."""
        ...

    def waiting(self, operator_id: OperatorId) -> Sequence[Payback]:
        """All open paybacks, oldest first."""
        ...

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Payback]:
        """Open paybacks first, then paid ones, each newest first."""
        ...


class DisputeRepository(Protocol):
    def dispute(self, operator_id: OperatorId, dispute_id: str) -> Dispute | None: ...
    def put(self, dispute: Dispute) -> None: ...
    def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        """The disputes of a payment, oldest first."""
        ...

    def waiting(self, operator_id: OperatorId) -> Sequence[Dispute]:
        """Open disputes, oldest first."""
        ...

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Dispute]:
        """Open disputes first, then closed ones, each newest first."""
        ...

    def rule(self, operator_id: OperatorId) -> BlockRule:
        """The operator's rule for blocking drivers; NEVER if it has set none."""
        ...

    def put_rule(self, operator_id: OperatorId, rule: BlockRule) -> None: ...
