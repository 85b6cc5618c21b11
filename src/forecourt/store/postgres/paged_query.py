"""Pages of long lists, using the index for their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from forecourt.flows.ports import Key, ListOrder, ListPage, PageRequest

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Finder(Protocol[V_co]):
    """Returns values of the rows that satisfy `where` (and ORDER BY, LIMIT)."""

    def __call__(self, where: str, *parameters: object) -> Sequence[V_co]: ...


@dataclass(frozen=True, slots=True)
class PagedQuery(Generic[V]):
    """columns: the table's columns for the parts of a key."""

    order: ListOrder[V]
    columns: tuple[str, ...]

    def page(self, find: Finder[V], request: PageRequest, where: str, *parameters: object) -> ListPage[V]:
        names, marks = ", ".join(self.columns), ", ".join(["%s"] * len(self.columns))

        def beside(key: Key | None, backwards: bool, limit: int) -> Sequence[V]:
            bound = f" AND ({names}) {'>' if backwards else '<'} ({marks})" if key else ""
            by = ", ".join(f"{one} {'ASC' if backwards else 'DESC'}" for one in self.columns)
            return find(f"{where}{bound} ORDER BY {by} LIMIT %s", *parameters, *(key or ()), limit)

        return self.order.page(beside, request)
