"""The filters of the list of documents over REST: those of the console's page, by the same search."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar.di import Provide
from litestar.params import FromQuery, QueryParameter

from forecourt.billing import DocumentKind
from forecourt.flows.ports import DocumentSearch, PaidState, Store
from forecourt.kernel import DriverId, OperatorId
from forecourt.web.api.pagination import PAGINATED
from forecourt.web.api.periods import OpenPeriod
from forecourt.web.money.document_search import paid_search, totals_range

_WORDS = "Part of the number, or of the name or email address of the buyer or user."
_PAID = "How it stands; overdue ones are open too, and a credit note is credited. An invoice on a statement stands as that does."
_LEAST, _MOST = (f"The {which} the total with tax may be, in the operator's currency, such as 12.50." for which in ("least", "most"))


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """What a list of documents is narrowed by, as sent; empty or None: by nothing."""

    words: str
    kind: DocumentKind | None
    paid: PaidState | None
    least: str
    most: str
    driver: UUID | None

    def search(self, store: Store, operator_id: OperatorId, period: OpenPeriod, at: datetime) -> DocumentSearch:
        """The search of the page of documents. at: now, for what is overdue. Raises BadInput."""
        totals = totals_range(store, operator_id, self.least, self.most)
        paid = paid_search(store, operator_id, self.paid or "", at)
        return DocumentSearch(self.words, *period, *totals, DriverId(self.driver) if self.driver else None, kind=self.kind, paid=paid)


def document_filter(
    words: Annotated[str, QueryParameter(max_length=100, description=_WORDS)] = "",
    kind: FromQuery[DocumentKind | None] = None,
    paid: Annotated[PaidState | None, QueryParameter(description=_PAID)] = None,
    least: Annotated[str, QueryParameter(max_length=20, description=_LEAST)] = "",
    most: Annotated[str, QueryParameter(max_length=20, description=_MOST)] = "",
    driver: FromQuery[UUID | None] = None,
) -> DocumentFilter:
    return DocumentFilter(words, kind, paid, least, most, driver)


FILTERED: dict[str, Any] = PAGINATED | {
    "dependencies": PAGINATED["dependencies"] | {"wanted": Provide(document_filter, sync_to_thread=False)}
}
