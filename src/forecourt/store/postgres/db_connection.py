"""The connection of one transaction, with the few operations that the repositories need, and queries read ahead."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.array import ListDumper

from forecourt.store.codec import json_bytes

Id = TypeVar("Id", bound=UUID)
Connection = psycopg.Connection[tuple[Any, ...]]
_LOCKS = " FOR "  # of a query that locks what it reads
_DATA = "SELECT data FROM "
_EACH = msgspec.json.Decoder(list[msgspec.Raw])
# A query for one column, with its parameters.
DbQuery = tuple[str, tuple[object, ...]]
Rows = list[tuple[Any, ...]]


class RawJsonLoader(Loader):
    """jsonb is passed on as bytes: the codec that knows the type decodes it, once."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


class StringListDumper(ListDumper):
    """Dumps lists of strings in one step; psycopg itself, which inspects each item, dumps any other list."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        if set(map(type, obj)) != {str}:
            return super().dump(obj)
        texts = '","'.join(obj)
        if "\\" in texts or "\0" in texts or texts.count('"') != 2 * len(obj) - 2:
            return super().dump(obj)
        return f'{{"{texts}"}}'.encode(self._tx.encoding)


def register_adapters(connection: psycopg.Connection[Any]) -> None:
    connection.adapters.register_dumper(list, StringListDumper)
    connection.adapters.register_loader("jsonb", RawJsonLoader)
    connection.adapters.register_loader("json", RawJsonLoader)


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its columns with their types, and the key that identifies the row of a value."""

    table: str
    types: tuple[tuple[str, str], ...]
    key: tuple[str, ...]

    @cache  # noqa: B019 - a handful, one for each table
    def insert(self) -> str:
        """One statement for any number of rows: they are sent as one JSON text."""
        names = ", ".join(name for name, _ in self.types)
        typed_columns = ", ".join(f"{name} {kind}" for name, kind in self.types)
        return f"INSERT INTO {self.table} ({names}) SELECT {names} FROM json_to_recordset(%s::json) AS x({typed_columns})"  # noqa: S608

    @cache  # noqa: B019
    def upsert(self) -> str:
        changed = ", ".join(f"{name} = EXCLUDED.{name}" for name, _ in self.types if name not in self.key)
        return f"{self.insert()} ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {changed}"


class DbConnection:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._pipeline_stack: ExitStack | None = None  # set to the pipeline by the first statement
        self._prefetched: dict[DbQuery, Rows] = {}
        self._caches_reads = False
        self._changed = False

    @contextmanager
    def pipeline(self) -> Iterator[None]:
        """Writes inside the block go out in one round trip; without any, there is none."""
        with ExitStack() as self._pipeline_stack:
            yield
        self._pipeline_stack = None

    def prefetch(self, queries: Sequence[DbQuery]) -> None:
        """Run the queries in one round trip. Each result serves the next caller with the same query; an empty one serves all callers,
        until something is written (to its table) or locked."""
        combined = "SELECT " + ", ".join(_as_one_value(query) for query, _ in queries)
        results = self.one(combined, *(one for _, parameters in queries for one in parameters)) or ()
        self._prefetched = {_cache_key(*query): _rows_of(result) for query, result in zip(queries, results, strict=True)}

    def prefetch_each(self, query: DbQuery, query_for: Callable[[Id], DbQuery], ids: Iterable[Id]) -> list[Any]:
        """Run one query that returns ids and values, and store its rows as the results of `query_for` each id. Returns all values."""
        results: dict[Id, Rows] = {one: [] for one in ids}
        for of, *found in self._execute(*query).fetchall():
            results[of].append(tuple(found))
        self._prefetched |= {_cache_key(*query_for(one)): rows for one, rows in results.items()}
        return [row[0] for rows in results.values() for row in rows]

    def assume_empty(self, queries: Iterable[DbQuery]) -> None:
        """Record that these queries return nothing, as follows from a prefetched one; valid as long as that one."""
        self._prefetched |= {_cache_key(*query): [] for query in queries}

    def cache_reads(self) -> None:
        """From here on no query is repeated, until something is written or locked: for units of work that only read."""
        self._caches_reads = not self._changed

    def restart_read_cache(self) -> None:
        """Like `cache_reads`, but drop earlier results: for units of work that read a long list part by part."""
        self._prefetched = {}
        self.cache_reads()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A failure inside undoes only the block: by starting the transaction again if nothing was written or locked, else by a
        savepoint."""
        changed = self._changed
        if changed:
            self.run("SAVEPOINT apart")
        try:
            yield
        except psycopg.Error:
            self.run("ROLLBACK TO SAVEPOINT apart" if changed else "ROLLBACK AND CHAIN")
            raise

    def rows(self, query: str, *parameters: object) -> Rows:
        known = self._cached(query, parameters)
        if known is not None:
            return known
        found = self._execute(query, parameters).fetchall()
        if self._caches_reads:
            self._prefetched[_cache_key(query, parameters)] = found
        return found

    def one(self, query: str, *parameters: object) -> tuple[Any, ...] | None:
        if self._caches_reads:
            return next(iter(self.rows(query, *parameters)), None)
        known = self._cached(query, parameters)
        return self._execute(query, parameters).fetchone() if known is None else next(iter(known), None)

    def _cached(self, query: str, parameters: tuple[object, ...]) -> Rows | None:
        if not self._prefetched:
            return None
        key = _cache_key(query, parameters)
        found = self._prefetched.get(key)
        if found and not self._caches_reads:
            del self._prefetched[key]
        return found

    def run(self, query: str, *parameters: object) -> int:
        """Returns the number of rows affected."""
        self._invalidate()
        return self._execute(query, parameters).rowcount

    def write(self, statement: str, records: Sequence[Mapping[str, object]]) -> None:
        if records:
            self._invalidate(_inserted_table(statement))
            self._execute(statement, (json_bytes(records).decode(),))

    def write_returning(self, statement: str, records: Sequence[Mapping[str, object]]) -> list[tuple[Any, ...]]:
        self._invalidate()
        return self.rows(statement, json_bytes(records).decode())

    def copy(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        self._invalidate()
        with self.connection.cursor() as cursor, cursor.copy(statement) as copying:
            for row in rows:
                copying.write_row(row)

    def copy_bytes(self, statement: str, lines: bytes) -> None:
        self._invalidate()
        with self.connection.cursor() as cursor, cursor.copy(statement) as copying:
            copying.write(lines)

    def _invalidate(self, table: str = "") -> None:
        """Something is written or locked: drop prefetched results, those of that table if only one is affected."""
        self._changed = True
        self._caches_reads = False
        self._prefetched = {query: found for query, found in self._prefetched.items() if table not in query[0]} if table else {}

    def _execute(self, query: str, parameters: Sequence[object]) -> "psycopg.Cursor[tuple[Any, ...]]":
        if _LOCKS in query:
            self._changed, self._caches_reads = True, False
        if self._pipeline_stack is not None:
            self._pipeline_stack.enter_context(self.connection.pipeline())
            self._pipeline_stack = None
        return self.connection.execute(query, parameters)

    def lock(self, *name: object) -> None:
        """Wait for, then hold, a named lock until the transaction ends."""
        self._invalidate()
        self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock_number(*name),))

    def lock_all(self, kind: str, names: Iterable[object]) -> None:
        """`lock(kind, name)` for each name, in the order of their numbers, so that two callers that want the same ones never deadlock."""
        self._invalidate()
        numbers = sorted({lock_number(kind, name) for name in names})
        self.connection.execute("SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", (numbers,))

    def try_lock(self, *name: object) -> bool:
        self._invalidate()
        found = self.one("SELECT pg_try_advisory_xact_lock(%s)", lock_number(*name))
        return bool(found and found[0])


def _inserted_table(statement: str) -> str:
    """The only table that the statement writes to; empty if there may be others."""
    insert, into, table, *_ = (*statement.split(maxsplit=3), "", "", "")
    return table if (insert, into) == ("INSERT", "INTO") else ""


def _as_one_value(query: str) -> str:
    """All rows of a query as one value: JSON values as one text, which costs half as much as an array of them."""
    return f"(SELECT json_agg(data) FROM ({query}) AS asked)" if query.startswith(_DATA) else f"ARRAY({query})"  # noqa: S608


def _rows_of(result: bytes | Sequence[Any] | None) -> Rows:
    if isinstance(result, bytes):
        return [(bytes(data),) for data in _EACH.decode(result)]
    return [(one,) for one in result or ()]


def _cache_key(query: str, parameters: tuple[object, ...]) -> DbQuery:
    return query, tuple(tuple(one) if isinstance(one, list) else one for one in parameters)


def lock_number(*name: object) -> int:
    """The number of a name in PostgreSQL's single space of 64-bit advisory locks."""
    return int.from_bytes(blake2b("\0".join(map(str, name)).encode(), digest_size=8).digest(), "big", signed=True)
