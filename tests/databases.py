"""Fresh databases on one test server. One is emptied and lent again, which costs a tenth of making another; the rest are copies."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

import psycopg
from psycopg import sql

from forecourt.store import PostgresTransactions, migrate

TEMPLATE = "forecourt_template"
OURS = "forecourt_tests"  # the name by which connections that outlive a test are known
STAYS = ("alembic_version", "settings", "config_generation")  # what the migrations themselves put in
SHAPE = """SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute), (SELECT count(*) FROM pg_constraint),
    (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM settings),
    (SELECT count(*) FROM pg_db_role_setting)"""
TABLES = """SELECT oid::regclass::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"""
WITH_COLUMN = f"{TABLES} AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = %s AND NOT attisdropped)"
SEQUENCES = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'"
# A hundred statements, planned once: that took longer than they do.
SWEEP = "CREATE FUNCTION pg_temp.sweep() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {}; END $$"
END_OTHERS = """SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND (application_name <> %s OR state <> 'idle')"""


@contextmanager
def as_if_newest(url: str) -> Iterator[None]:
    """An older schema is filled by today's program, which looks for the column of step 73 first and names columns as step 86 does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE config_generation ADD COLUMN oldest_program text NOT NULL DEFAULT ''")
        renamed = [table for (table,) in connection.execute(WITH_COLUMN, ["paper"])]
        for table in renamed:
            connection.execute(f"ALTER TABLE {table} RENAME COLUMN paper TO data".encode())
        yield
        for table in renamed:
            connection.execute(f"ALTER TABLE {table} RENAME COLUMN data TO paper".encode())
        connection.execute("ALTER TABLE config_generation DROP COLUMN oldest_program")


class Kept:
    """A migrated database that is lent to one test after the other, and the units of work on it."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        self._connection = psycopg.connect(url, autocommit=True, options="-c session_replication_role=replica -c lock_timeout=5s")
        self.transactions = PostgresTransactions(f"{url}&application_name={OURS}")
        emptied = [f"DELETE FROM {table}" for (table,) in self._connection.execute(TABLES) if table not in STAYS]
        begun = [f"PERFORM setval('{sequence}', 1, false)" for (sequence,) in self._connection.execute(SEQUENCES)]
        sweep = "; ".join([*emptied, *begun, "UPDATE config_generation SET generation = generation + 1"])
        self._connection.execute(SWEEP.format(sweep).encode())
        self._shape = self._connection.execute(SHAPE).fetchone()

    def swept(self) -> bool:
        """Whether it is as good as new: it is not where a test changed more than rows, or holds on to something."""
        with suppress(psycopg.Error):
            self._connection.execute(END_OTHERS, [OURS])
            if self._connection.execute(SHAPE).fetchone() == self._shape:
                self._connection.execute("SELECT pg_temp.sweep()")
                return True
        return False

    def close(self) -> None:
        self.transactions.close()
        self._connection.close()


class Databases:
    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._connection = psycopg.connect(server_url, autocommit=True)
        self._numbers = count(1)
        self._is_template_made = False
        self._spent: list[str] = []
        self._kept: Kept | None = None
        self._is_kept_lent = False

    @contextmanager
    def kept(self) -> Iterator[Kept]:
        """The database that is used again and again. One at a time."""
        assert not self._is_kept_lent, "a test takes one of these"
        if self._kept and not self._kept.swept():
            self._kept.close()
            self._spent.append(self._kept.name)
            self._kept = None
        if self._kept is None:
            self._make_template()
            self._kept = Kept(*self._made(TEMPLATE))
        self._is_kept_lent = True
        try:
            yield self._kept
        finally:
            self._is_kept_lent = False

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """The URL of a new database with the newest schema; gone when the next is asked for."""
        self._make_template()
        with self._lent(TEMPLATE) as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database without any table; gone when the next is asked for."""
        with self._lent("template0") as url:
            yield url

    def close(self) -> None:
        if self._kept:
            self._kept.close()
        self._connection.close()

    @contextmanager
    def _lent(self, template: str) -> Iterator[str]:
        name, url = self._made(template)
        yield url
        self._spent.append(name)

    def _make_template(self) -> None:
        if not self._is_template_made:
            migrate(self._create(TEMPLATE, "template0"))
            self._is_template_made = True

    def _made(self, template: str) -> tuple[str, str]:
        self._drop_spent()
        name = f"test_{next(self._numbers)}"
        return name, self._create(name, template)

    def _drop_spent(self) -> None:
        """Not at once: PostgreSQL waits a tenth of a second for a connection that is about to end."""
        while self._spent:
            self._connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self._spent.pop())))

    def _create(self, name: str, template: str) -> str:
        """Copies files: the other way, through the log, takes three times as long."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self._server_url.replace("@/forecourt?", f"@/{name}?")
