"""What drivers owe, aged where the book is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.kernel import OperatorId
from forecourt.ledger import Account, Aged


@dataclass(frozen=True, slots=True)
class OwedAsked:
    """What is owed at an instant. due: what is billed falls due so long after, where neither it nor the statement that collects it says by
    when; a reminder's fee at once. text: of whose name or address."""

    at: datetime
    due: timedelta
    text: str = ""


@dataclass(frozen=True, slots=True)
class Debt:
    """Of one account in one currency; of a sum of them, account is None."""

    account: Account | None
    currency: str
    aged: Aged

    @property
    def minor(self) -> int:
        return sum(self.aged.by_age) - self.aged.credit_minor


class Owed(Protocol):
    """Accounts of drivers that are not at zero."""

    def page(self, operator_id: OperatorId, asked: OwedAsked, page: PageAsked = FIRST_PAGE) -> ListPage[Debt]:
        """The largest debt first."""
        ...

    def totals(self, operator_id: OperatorId, asked: OwedAsked) -> Sequence[Debt]:
        """A sum for each currency."""
        ...
