"""Ledger entries that a person posted."""

from collections.abc import Collection
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import OperatorId
from forecourt.ledger import ManualEntry
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_COLUMNS = Table(
    "manual_entries",
    (("operator_id", "uuid"), ("entry_id", "uuid"), ("number", "text"), ("posted_at", "timestamptz"), ("data", "jsonb")),
    ("entry_id",),
)
_CODEC = Codec[ManualEntry](ManualEntry)
_IS = "entry_id = %s"
_PAGED = PagedQuery(ListOrders.BY_HAND, ("posted_at", "entry_id"))


class ByHand:
    def __init__(self, db: DbConnection) -> None:
        self._map: IdentityMap[UUID, ManualEntry] = IdentityMap(db, _COLUMNS, _CODEC, lambda one: one.id, _record)

    def put(self, entry: ManualEntry) -> None:
        self._map.put(entry)

    def entry(self, entry_id: UUID) -> ManualEntry | None:
        return self._map.first(_IS, entry_id)

    def prefetch(self, entry_ids: Collection[UUID]) -> None:
        self._map.prefetch(_IS, entry_ids)

    def by_number(self, operator_id: OperatorId, number: str) -> ManualEntry | None:
        return self._map.first("operator_id = %s AND number = %s", operator_id, number)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[ManualEntry]:
        return _PAGED.page(self._map.find, request, "operator_id = %s", operator_id)

    def flush(self) -> None:
        self._map.flush()


def _record(one: ManualEntry) -> dict[str, object]:
    return {"operator_id": one.operator_id, "entry_id": one.id, "number": one.number, "posted_at": one.posted_at}
