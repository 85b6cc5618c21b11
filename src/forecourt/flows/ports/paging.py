"""Long lists, page by page. Pages are relative to an entry, so that nothing is lost or seen twice while new entries arrive."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from forecourt.kernel import BadInput, parse_instant, utc

V = TypeVar("V")
W = TypeVar("W")
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Selects a page. beside: the entry next to the page, as written by `ListOrder.text`; empty for the first page. back: the page before
    that entry, not after it. rising: read the list in reverse, from its last entry, so that new entries come at the end (for clients
    that store a copy)."""

    beside: str = ""
    back: bool = False
    limit: int = 50
    rising: bool = False


FIRST_PAGE = PageRequest()


@dataclass(frozen=True, slots=True)
class ListPage(Generic[V]):
    """A page of a list. newer, older: what to pass as `PageRequest.beside` for the previous and the next page; empty if there is none."""

    rows: tuple[V, ...]
    newer: str = ""
    older: str = ""

    def of(self, rows: Iterable[W]) -> "ListPage[W]":
        """The same page with other rows: what to show for each entry."""
        return ListPage(tuple(rows), self.newer, self.older)


# find(key, back, limit): up to `limit` entries after the key, or before it if `back`; nearest first. key None: from the list's first entry
# (or from its last, if `back`).
Find = Callable[[Key | None, bool, int], Sequence[V]]


@dataclass(frozen=True, slots=True)
class ListOrder(Generic[V]):
    """The order of a list: the entry with the highest key comes first; keys are unique. kinds: the types of the parts of a key."""

    key: Callable[[V], Key]
    kinds: tuple[type, ...]

    def page(self, find: Find[V], request: PageRequest) -> ListPage[V]:
        beside = self.read(request.beside) if request.beside else None
        found = find(beside, request.back or request.rising, request.limit + 1)
        rows, more = found[: request.limit], len(found) > request.limit
        if request.rising:
            return ListPage(tuple(rows), older=self.text(rows[-1]) if more else "")
        if request.back and more:
            return ListPage(tuple(reversed(rows)), self.text(rows[-1]), self.text(rows[0]))
        if beside is not None and (request.back or not rows):  # the start was reached, or all entries here are gone
            return self.page(find, PageRequest(limit=request.limit))
        return ListPage(tuple(rows), self.text(rows[0]) if beside else "", self.text(rows[-1]) if more else "")

    def text(self, one: V) -> str:
        return "~".join(_written(part) for part in self.key(one))

    def read(self, text: str) -> Key:
        try:
            return tuple(_READ[kind](part) for kind, part in zip(self.kinds, text.split("~", len(self.kinds) - 1), strict=True))
        except (BadInput, ValueError) as error:
            raise BadInput("page", "There is no such page of this list.", "Begin with the newest.") from error


def page_of(values: Iterable[V], order: ListOrder[V], request: PageRequest) -> ListPage[V]:
    """A page of a list that is entirely in memory."""
    every = list(values)  # read twice if going back reaches the start of the list

    def beside(key: Key | None, back: bool, limit: int) -> Sequence[V]:
        there = [one for one in every if key is None or (order.key(one) > key if back else order.key(one) < key)]
        return sorted(there, key=order.key, reverse=not back)[:limit]

    return order.page(beside, request)


def _written(part: object) -> str:
    if isinstance(part, datetime):
        return utc(part).isoformat().replace("+00:00", "Z")  # to the microsecond, as stored
    return str(int(part)) if isinstance(part, bool) else str(part)


def _text(part: str) -> str:
    if "\0" in part:
        raise ValueError("no database keeps it")
    return part


_READ: dict[type, Callable[[str], Any]] = {
    bool: lambda text: bool(int(text)),
    date: date.fromisoformat,
    datetime: parse_instant,
    int: int,
    str: _text,
    UUID: UUID,
}
