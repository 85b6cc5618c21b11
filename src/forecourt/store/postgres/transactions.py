"""Units of work on PostgreSQL."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType
from typing import Any, Final, LiteralString, Self

import psycopg
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool, PoolTimeout

from forecourt.flows.ports import Store, StoreUnavailable, Transactions
from forecourt.store.postgres.config_cache import ConfigCache, ProcessCache
from forecourt.store.postgres.db_connection import Connection, DbConnection, register_adapters
from forecourt.store.postgres.error_translation import translate_error
from forecourt.store.postgres.unit import PostgresStore
from forecourt.store.schema import newest_revision, program_name

# A lock not obtained within this time is a fault; a unit of work that is left open must not hold up the others for ever.
# The server asks a machine that says nothing whether it is still there, and ends its connections 25 s after it lost power.
_KEEPALIVES: Final = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=25000"
_OPTIONS: Final = f"-c lock_timeout=20s -c idle_in_transaction_session_timeout=300s -c timezone=UTC -c synchronous_commit=on {_KEEPALIVES}"

_BEGIN: Final = "BEGIN; SELECT generation, oldest_program FROM config_generation"
_BEGIN_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT generation, oldest_program FROM config_generation"


class _LastInFirstOutPool(ConnectionPool[Connection]):
    """Hands out the connection that was returned last: its server process has the statements and pages of its work in memory."""

    def _get_ready_connection(self, timeout: float | None) -> Connection | None:
        self._pool.rotate(1)
        return super()._get_ready_connection(timeout)


class PostgresTransactions(Transactions):
    """`begin()` gives a Store whose work is committed, durably, when the block ends, and rolled back on an exception.

    Raises StoreUnavailable if the database is unavailable, has a schema that this program does not fit, or aborted the unit of work (a
    deadlock, a time limit): nothing was stored, and the whole unit may be retried. Raises Conflict if a rule of the database was
    violated.
    Safe for use from many threads; a Store itself belongs to one.
    """

    def __init__(self, url: str, least: int = 1, most: int = 8, wait_s: float = 30.0) -> None:
        self._pool = _LastInFirstOutPool(
            url,
            min_size=least,
            max_size=most,
            timeout=wait_s,
            kwargs={
                "options": _OPTIONS,
                "autocommit": True,
                "fallback_application_name": program_name(),
            },  # units of work begin and commit themselves
            configure=register_adapters,
            open=False,
        )
        self._pool.open()
        self._shared = ProcessCache()

    def begin(self) -> AbstractContextManager[Store]:
        return self._begin(_BEGIN)

    def begin_snapshot(self) -> AbstractContextManager[Store]:
        """A unit of work that only reads, and sees everything as it was at one instant, whatever is stored meanwhile."""
        return self._begin(_BEGIN_SNAPSHOT)

    @contextmanager
    def _begin(self, command: LiteralString) -> Iterator[Store]:
        connection, generation = self._checked_connection(command)
        try:
            store = PostgresStore(DbConnection(connection), ConfigCache(self._shared, generation), self._shared)
            yield store
            store.flush()
            connection.commit()
        except psycopg.Error as error:
            raise translate_error(error) from error
        finally:
            self._release(connection)

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _checked_connection(self, command: LiteralString) -> tuple[Connection, int]:
        """A connection that has just answered. Those cut off by a restart of the server are replaced on the way."""
        last: Exception | None = None
        for _ in range(self._pool.max_size + 1):
            connection = self._acquire()
            try:
                return connection, _begin_transaction(connection, command)
            except psycopg.OperationalError as error:
                last = error
                self._release(connection)
            except psycopg.Error as error:
                self._release(connection)
                raise translate_error(error) from error
        raise StoreUnavailable("The database does not answer.") from last

    def _release(self, connection: Connection) -> None:
        if not connection.closed and connection.info.transaction_status is not TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                connection.rollback()
        self._pool.putconn(connection)  # drops a connection that is broken

    def _acquire(self) -> Connection:
        try:
            return self._pool.getconn()
        except PoolTimeout as error:
            raise StoreUnavailable("No connection to the database became free in time.") from error


def _begin_transaction(connection: psycopg.Connection[Any], command: LiteralString) -> int:
    """Begin, read the configuration's generation, and check that this program still fits the schema, in one round trip."""
    try:
        cursor = connection.execute(command)
    except psycopg.errors.UndefinedColumn as error:
        raise StoreUnavailable("The database is of an older release. `forecourt run` brings it up to date.") from error
    cursor.nextset()
    row = cursor.fetchone()
    if row is None:
        raise StoreUnavailable("The database is not a forecourt's: it has no configuration row.")
    generation, oldest_program = row
    if oldest_program > newest_revision():
        raise StoreUnavailable(f"A newer release has brought the database beyond what this program (step {newest_revision()}) knows.")
    return int(generation)
