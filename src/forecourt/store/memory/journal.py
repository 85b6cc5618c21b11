"""Values by key, with a journal of changes so that a unit of work can be rolled back."""

from collections.abc import Callable, ItemsView, Iterator
from typing import Any, Final, Generic, Protocol, TypeVar

K = TypeVar("K")
V = TypeVar("V")

Journal = list[tuple["JournaledDict[Any, Any]", Any, Any]]
ABSENT: Final[Any] = object()  # in the journal: there was no value before


class JournaledDict(Generic[K, V]):
    """table: the PostgreSQL table whose rows the values stand for. Iterates over the values, oldest key first."""

    def __init__(self, journal: Journal, table: str) -> None:
        self.table = table
        self._journal = journal
        self._values: dict[K, V] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[V]:
        return iter(self._values.values())

    def __len__(self) -> int:
        return len(self._values)

    def items(self) -> ItemsView[K, V]:
        return self._values.items()

    def get(self, key: K) -> V | None:
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        self._journal.append((self, key, self._values.get(key, ABSENT)))
        self._values[key] = value

    def drop(self, key: K) -> None:
        if key in self._values:
            self._journal.append((self, key, self._values.pop(key)))

    def where(self, holds: Callable[[V], bool]) -> list[V]:
        return [one for one in self._values.values() if holds(one)]

    def undo(self, key: K, before: V) -> None:
        if before is ABSENT:
            self._values.pop(key, None)
        else:
            self._values[key] = before


class Journaled(Protocol):
    journal: Journal


class Rows(Generic[K, V]):
    """Declares the values of a database that stand for the rows of a PostgreSQL table, or (table.column) for one column of them. key: the
    columns that identify a row."""

    def __init__(self, table: str, key: str) -> None:
        self.table, self.key = table, key

    def __set_name__(self, _database: type, name: str) -> None:
        self._name = name

    def __get__(self, database: Journaled, _kind: type) -> JournaledDict[K, V]:
        created = vars(database)[self._name] = JournaledDict[K, V](database.journal, self.table)
        return created


def undo(journal: Journal) -> None:
    """Undo every change, newest first."""
    while journal:
        table, key, before = journal.pop()
        table.undo(key, before)
