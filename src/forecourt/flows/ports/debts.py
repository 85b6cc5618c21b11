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
    due at once. text: part of a driver's name or email address."""

    at: datetime
    due: timedelta
    text: str = ""


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
    """Drivers' accounts whose balance is not zero."""

    def page(self, operator_id: OperatorId, asked: DebtQuery, page: PageRequest = FIRST_PAGE) -> ListPage[Debt]:
        """The largest debt first."""
        ...

    def totals(self, operator_id: OperatorId, asked: DebtQuery) -> Sequence[Debt]:
        """A sum for each currency."""
        ...


class DunningRepository(Protocol):
    def rules(self, operator_id: OperatorId) -> DunningRules:
        """The operator's own rules, or the defaults."""
        ...

    def put_rules(self, operator_id: OperatorId, rules: DunningRules) -> None: ...
    def case(self, document_id: DocumentId) -> DunningCase | None: ...
    def put(self, case: DunningCase) -> None: ...
    def of_driver(self, driver_id: DriverId) -> Sequence[DunningCase]:
        """Closed ones too, oldest first."""
        ...

    def waiting(self, operator_id: OperatorId) -> Sequence[DunningCase]:
        """All open cases, oldest first."""
        ...

    def waiting_count(self, operator_id: OperatorId) -> int: ...

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[DunningCase]:
        """Open ones first, then what was closed, newest first."""
        ...

    def due(self, operator_id: OperatorId, at: datetime, due_days: int, after: UUID | None, limit: int) -> Sequence[DocumentId]:
        """By id, after the given one: documents whose case has a step to take at an instant; and unpaid invoices (not of drivers on
        account) and statements that are past their own due days, else `due_days`, have no case, and of which no payment is open or
        captured."""
        ...
