"""Ledger entries posted by hand, in memory."""

from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import OperatorId
from forecourt.ledger import ManualEntry
from forecourt.store.memory.database import MemoryDatabase


class ByHand:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, entry: ManualEntry) -> None:
        self._db.manual_entries.put(entry.id, entry)

    def entry(self, entry_id: UUID) -> ManualEntry | None:
        return self._db.manual_entries.get(entry_id)

    def by_number(self, operator_id: OperatorId, number: str) -> ManualEntry | None:
        return next((one for one in self._db.manual_entries if (one.operator_id, one.number) == (operator_id, number)), None)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[ManualEntry]:
        return page_of(self._db.manual_entries.where(lambda one: one.operator_id == operator_id), ListOrders.BY_HAND, request)
