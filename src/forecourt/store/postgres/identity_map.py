"""The values of one table in one unit of work: each exists once, and changes are written together at the end."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table

K = TypeVar("K")
V = TypeVar("V")


class IdentityMap(Generic[K, V]):
    """An identity map with write-behind.

    A value put is in `known` immediately, and every query sees it, because queries first write what is pending. What a query
    reads replaces the known value: after the write, the row is never older.
    """

    def __init__(
        self, db: DbConnection, table: Table, codec: Codec[V], key: Callable[[V], K], record: Callable[[V], Mapping[str, object]]
    ) -> None:
        self._db = db
        self._table = table
        self._codec = codec
        self._key = key
        self._record = record
        self._pending: dict[K, V] = {}
        self.known: dict[K, V] = {}

    def put(self, value: V) -> None:
        key = self._key(value)
        self._pending[key] = value
        self.known[key] = value

    def find(self, where: str, *parameters: object) -> list[V]:
        """Values of the rows that satisfy `where` (and ORDER BY, LIMIT)."""
        query, values = self.find_query(where, *parameters)
        return [self._learn(data) for (data,) in self._db.rows(query, *values)]

    def prefetch(self, where: str, ids: Collection[UUID]) -> None:
        """Prefetch the results of `find(where, one)` for each of these ids. where: a column "= %s", and the order."""
        column, _, order = where.partition(" = %s")
        query = f"SELECT {column}, data FROM {self._table.table} WHERE {column} = ANY(%s){order}"  # noqa: S608
        self._db.prefetch_each((query, (list(ids),)), lambda one: self.find_query(where, one), ids)

    def find_query(self, where: str, *parameters: object) -> DbQuery:
        """The query that `find` runs; what is pending is written first."""
        self.flush()
        return f"SELECT data FROM {self._table.table} WHERE {where}", parameters  # noqa: S608

    def first(self, where: str, *parameters: object) -> V | None:
        found = self.find(where, *parameters)
        return found[0] if found else None

    def get(self, key: K, where: str, *parameters: object) -> V | None:
        """The value of a key, read at most once while it exists."""
        return self.known.get(key) or self.first(where, *parameters)

    def discard(self, key: K) -> None:
        """Drop the value from the map; the caller deletes its row."""
        self._pending.pop(key, None)
        self.known.pop(key, None)

    def drop(self, key: K, where: str, *parameters: object) -> None:
        self.discard(key)
        self._db.run(f"DELETE FROM {self._table.table} WHERE {where}", *parameters)  # noqa: S608

    def forget(self) -> None:
        """Write what is pending and drop all known values. Call after waiting for a lock: they may be out of date."""
        self.flush()
        self.known.clear()

    def flush(self) -> None:
        if self._pending:
            pending, self._pending = self._pending, {}
            self._db.write(self._table.upsert(), [{**self._record(value), "data": self._codec.pack(value)} for value in pending.values()])

    def _learn(self, data: Any) -> V:
        value = self._codec.read(data)
        self.known[self._key(value)] = value
        return value


class MergingIdentityMap(IdentityMap[K, V]):
    """For values whose fields are changed concurrently: a charger connects while its boot is applied, or a driver's card is stored
    while they choose another language.

    Only fields that differ from what this unit read first are written, over the row as it is now; a field that was changed concurrently
    keeps that change in later puts that leave it as it was read. V is a dataclass; its key is one column.
    """

    def __init__(
        self, db: DbConnection, table: Table, codec: Codec[V], key: Callable[[V], K], record: Callable[[V], Mapping[str, object]]
    ) -> None:
        super().__init__(db, table, codec, key, record)
        self._read: dict[K, V] = {}
        self._locked: set[K] = set()
        self._others: dict[K, Mapping[str, object]] = {}  # fields that others changed before this unit locked the row, as it had read them
        self._locked_row = f"{table.key[0]} = %s FOR NO KEY UPDATE"

    def put(self, value: V) -> None:
        key = self._key(value)
        read = self._read.get(key)
        if read is not None and key not in self._locked:
            now = self.first(self._locked_row, key) or read
            self._others[key] = {name: getattr(read, name) for name in _changed_fields(now, read)}
            value = _merged(now, value, read)
            self._locked.add(key)
        elif key in self.known:
            value = _with_concurrent_changes(self.known[key], value, self._others.get(key, {}))
        self._read[key] = value
        super().put(value)

    def find_locked(self, where: str, *parameters: object) -> list[V]:
        """`find`, with the rows locked until this unit of work ends. `where` ends with the locking clause."""
        found = self.find(where, *parameters)
        for value in found:
            self._locked.add(self._key(value))
            self._read[self._key(value)] = value
        return found

    def forget(self) -> None:
        super().forget()
        self._read.clear()
        self._others.clear()

    def _learn(self, data: Any) -> V:
        value = super()._learn(data)
        self._read.setdefault(self._key(value), value)
        return value


def _merged(now: Any, wanted: Any, read: Any) -> Any:
    return replace(now, **{name: getattr(wanted, name) for name in _changed_fields(wanted, read)})


def _with_concurrent_changes(now: Any, wanted: Any, others: Mapping[str, object]) -> Any:
    """The value, with fields still as they were read taking the state that others gave them."""
    return replace(wanted, **{name: getattr(now, name) for name, was in others.items() if getattr(wanted, name) == was})


def _changed_fields(one: Any, other: Any) -> list[str]:
    return [each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)]
