"""Repositories for drivers' debts, aged in the database, and for reminders, within a Store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import DocumentId, DriverId, OperatorId
from forecourt.ledger import Account, AgedBalance
from forecourt.payments import DunningCase, DunningRules


@dataclass(frozen=True, slots=True)
class DebtQuery:
    """Selects debts as of an instant. due: time to pay, for bills where neither the bill nor its statement states one; reminder fees are
    due at once. text: part of a driver's name or email address. until: entries dated then or later, and statements issued then or
    later, do not count; None: all count."""

    at: datetime
    due: timedelta
    text: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Debt:
    """The debt of one account in one currency; in a sum over accounts, account is None."""

    account: Account | None
    currency: str
    aged: AgedBalance

    @property
    def minor(self) -> int:
        return sum(self.aged.by_age) - self.aged.credit_minor


class DebtRepository(Protocol):
    """Drivers' accounts whose balance is not zero, or was not at the instant asked for."""

    def page(self, operator_id: OperatorId, asked: DebtQuery, page: PageRequest = FIRST_PAGE) -> ListPage[Debt]:
        """The largest debt first."""
        ...

    def totals(self, operator_id: OperatorId, asked: DebtQuery) -> Sequence[Debt]:
        """The sum of the selected debts in each currency, by currency."""
        ...


class DunningRepository(Protocol):
    def rules(self, operator_id: OperatorId) -> DunningRules:
        """The operator's own rules, or the defaults."""
        ...

    def put_rules(self, operator_id: OperatorId, rules: DunningRules) -> None: ...
    def case(self, document_id: DocumentId) -> DunningCase | None: ...
    def put(self, case: DunningCase) -> None: ...
    def of_driver(self, driver_id: DriverId) -> Sequence[DunningCase]:
        """The driver's cases, open and closed, oldest first."""
        ...

    def waiting(self, operator_id: OperatorId) -> Sequence[DunningCase]:
        """All open cases, oldest first."""
        ...

    def waiting_count(self, operator_id: OperatorId) -> int: ...

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[DunningCase]:
        """Open cases first, then closed ones, each newest first."""
        ...

    def due(self, operator_id: OperatorId, at: datetime, due_days: int, after: UUID | None, limit: int) -> Sequence[DocumentId]:
        """Documents to handle at an instant, in ascending order of id: those whose case has a step due; and unpaid invoices and
        statements without a case that are past their own due days (`due_days` if they state none) and that no payment covers or is
        under way for. Invoices that are on account, on a statement or corrected are left out."""
        ...
