"""Pages of long lists."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from forecourt.flows.ports import Key, ListOrder, ListPage, PageAsked

V = TypeVar("V")


def page_of(values: Iterable[V], order: ListOrder[V], asked: PageAsked) -> ListPage[V]:
    def beside(key: Key | None, back: bool, limit: int) -> Sequence[V]:
        behind = [one for one in values if key is None or (order.key(one) > key if back else order.key(one) < key)]
        return sorted(behind, key=order.key, reverse=not back)[:limit]

    return order.page(beside, asked)
