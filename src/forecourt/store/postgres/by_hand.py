"""Ledger entries that a person posted."""

from collections.abc import Collection
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListPage, Lists, PageAsked
from forecourt.kernel import OperatorId
from forecourt.ledger import HandEntry
from forecourt.store.codec import Codec
from forecourt.store.postgres.link import Columns, Link
from forecourt.store.postgres.listed import Listed
from forecourt.store.postgres.shelf import Shelf

_COLUMNS = Columns(
    "hand_entries",
    (("operator_id", "uuid"), ("entry_id", "uuid"), ("number", "text"), ("posted_at", "timestamptz"), ("paper", "jsonb")),
    ("entry_id",),
)
_CODEC = Codec[HandEntry](HandEntry)
_IS = "entry_id = %s"
_LISTED = Listed(Lists.BY_HAND, ("posted_at", "entry_id"))


class ByHand:
    def __init__(self, link: Link) -> None:
        self._shelf: Shelf[UUID, HandEntry] = Shelf(link, _COLUMNS, _CODEC, lambda one: one.id, _record)

    def put(self, entry: HandEntry) -> None:
        self._shelf.put(entry)

    def entry(self, entry_id: UUID) -> HandEntry | None:
        return self._shelf.first(_IS, entry_id)

    def expect(self, entry_ids: Collection[UUID]) -> None:
        self._shelf.expect(_IS, entry_ids)

    def by_number(self, operator_id: OperatorId, number: str) -> HandEntry | None:
        return self._shelf.first("operator_id = %s AND number = %s", operator_id, number)

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[HandEntry]:
        return _LISTED.page(self._shelf.find, asked, "operator_id = %s", operator_id)

    def flush(self) -> None:
        self._shelf.flush()


def _record(one: HandEntry) -> dict[str, object]:
    return {"operator_id": one.operator_id, "entry_id": one.id, "number": one.number, "posted_at": one.posted_at}
