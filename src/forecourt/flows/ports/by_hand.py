"""What is kept of entries that a person posted."""

from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.kernel import OperatorId
from forecourt.ledger import HandEntry


class HandBook(Protocol):
    """Never changed, never deleted."""

    def put(self, entry: HandEntry) -> None: ...
    def entry(self, entry_id: UUID) -> HandEntry | None: ...
    def by_number(self, operator_id: OperatorId, number: str) -> HandEntry | None: ...
    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[HandEntry]:
        """Newest first."""
        ...
