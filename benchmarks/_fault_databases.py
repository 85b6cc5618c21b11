"""The stores for the stories with faults: in memory, or a real PostgreSQL that is emptied for each of them."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from forecourt.embedded import PostgresServer
from forecourt.flows.ports import Transactions
from forecourt.store import MemoryTransactions, PostgresTransactions, migrate

_TABLES = "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname <> 'alembic_version' ORDER BY relname"

_NEW_GENERATION = "UPDATE config_generation SET generation = generation + 1"


class InMemory:
    """A new world for each story."""

    @contextmanager
    def empty(self) -> Iterator[Transactions]:
        yield MemoryTransactions()


class OnPostgres:
    """url: of a migrated database of its own; everything in it is deleted before each story, what can only be added to as well.

    The connections stay from story to story: a new one reads the schema and plans every statement anew, which takes longer than a story.
    """

    def __init__(self, url: str) -> None:
        self._stack = ExitStack()
        self._broom = self._stack.enter_context(psycopg.connect(url, autocommit=True))
        self._transactions = self._stack.enter_context(PostgresTransactions(url, most=2))
        named = [sql.Identifier(name) for (name,) in self._broom.execute(_TABLES)]
        # What the migrations have put in stays.
        tables = [one for one in named if not self._broom.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(one)).fetchall()]
        self._broom.execute("SET session_replication_role = replica")  # no trigger stands in the way
        swept = [sql.SQL("DELETE FROM {}").format(table) for table in tables]
        # A new generation: what the connections' owner remembers of the last story counts no more.
        self._sweep = sql.SQL("; ").join([sql.SQL("BEGIN"), *swept, sql.SQL(_NEW_GENERATION), sql.SQL("COMMIT")])

    @contextmanager
    def empty(self) -> Iterator[Transactions]:
        self._broom.execute(self._sweep)
        yield self._transactions

    def close(self) -> None:
        self._stack.close()


@contextmanager
def opened(store: str) -> Iterator[InMemory | OnPostgres]:
    """store: "memory" or "postgres"; the latter starts a server that forgets everything if the machine stops."""
    if store == "memory":
        yield InMemory()
        return
    with tempfile.TemporaryDirectory(prefix="forecourt-faults-") as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "state")
        url = server.start()
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                for name in ("fsync", "synchronous_commit", "full_page_writes", "jit"):
                    connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
                connection.execute("ALTER SYSTEM SET autovacuum_naptime = '5s'")  # what was deleted is not to be read past for long
                connection.execute("SELECT pg_reload_conf()")
            migrate(url)
            with closing(OnPostgres(url)) as base:
                yield base
        finally:
            server.stop()
