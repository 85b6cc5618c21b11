"""Values by key, with a journal of changes so that a unit of work can be rolled back."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from forecourt.store.errors import refusal

K = TypeVar("K")
V = TypeVar("V")

Journal = list[tuple["JournaledDict[Any, Any]", Any, Any]]
_ABSENT: Any = object()


class JournaledDict(Generic[K, V]):
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._values: dict[K, V] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[V]:
        return iter(self._values.values())

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        self._journal.append((self, key, self._values.get(key, _ABSENT)))
        self._values[key] = value

    def drop(self, key: K) -> None:
        if key in self._values:
            self._journal.append((self, key, self._values.pop(key)))

    def where(self, holds: Callable[[V], bool]) -> list[V]:
        return [one for one in self._values.values() if holds(one)]

    def refuse_same(self, key: K, value: V, of: Callable[[V], object], constraint: str) -> None:
        """As a unique index of the database does: Conflict if another key's value has the same there. None is the same as nothing."""
        mine = of(value)
        if mine is not None and any(of(one) == mine for other, one in self._values.items() if other != key):
            raise refusal(constraint)

    def undo(self, key: K, before: V) -> None:
        if before is _ABSENT:
            self._values.pop(key, None)
        else:
            self._values[key] = before


def undo(journal: Journal) -> None:
    """Undo every change, newest first."""
    while journal:
        table, key, before = journal.pop()
        table.undo(key, before)
