"""Where the stories of faults are kept: in memory, or on a real PostgreSQL that is emptied for each of them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from forecourt.embedded import PostgresServer
from forecourt.flows import Transactions
from forecourt.store import MemoryTransactions, PostgresTransactions, migrate

_TABLES = "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname <> 'alembic_version' ORDER BY relname"


class InMemory:
    """A new world for each story."""

    @contextmanager
    def empty(self) -> Iterator[Transactions]:
        yield MemoryTransactions()


class OnPostgres:
    """url: of a migrated database of its own; everything in it is deleted before each story, what can only be added to as well."""

    def __init__(self, url: str) -> None:
        self._url = url
        with psycopg.connect(url, autocommit=True) as connection:
            named = [sql.Identifier(name) for (name,) in connection.execute(_TABLES)]
            # What the migrations have put in stays.
            tables = [one for one in named if not connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(one)).fetchall()]
        self._delete = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(table) for table in tables)

    @contextmanager
    def empty(self) -> Iterator[Transactions]:
        with psycopg.connect(self._url) as connection:
            connection.execute("SET session_replication_role = replica")  # no trigger stands in the way
            connection.execute(self._delete)
        with PostgresTransactions(self._url, most=2) as transactions:  # a new one: it remembers what it has read
            yield transactions


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
                for name in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
                connection.execute("SELECT pg_reload_conf()")
            migrate(url)
            yield OnPostgres(url)
        finally:
            server.stop()
