"""Several releases on one database: none works on a schema that it does not know, and none is stopped needlessly."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.resources import files

import psycopg
import pytest

from forecourt.flows.ports import StoreUnavailable
from forecourt.kernel import Conflict
from forecourt.store import PostgresTransactions, migrate, schema

COLUMNS = """SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, atthasdef
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0 AND NOT attisdropped"""
RULES = """SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid), conrelid::regclass::text FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL SELECT pg_get_triggerdef(oid), tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"""
AWAITED = "SELECT pid FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"


class Shape:
    def __init__(self, connection: psycopg.Connection) -> None:
        self.columns = {(table, name): rest for table, name, *rest in connection.execute(COLUMNS)}
        self.rules = dict(connection.execute(RULES).fetchall())
        self.tables = {table for table, _ in self.columns}

    def in_the_way_of(self, older: "Shape") -> Iterator[str]:
        """What programs that know the older schema would trip over."""
        for (table, name), (kind, needed, _) in older.columns.items():
            now, now_needed, _ = self.columns.get((table, name), ("", False, False))
            if now != kind or (now_needed and not needed):
                yield f"{table}.{name} was {kind}"
        for (table, name), (_, needed, has_default) in self.columns.items():
            if table in older.tables and (table, name) not in older.columns and needed and not has_default:
                yield f"{table}.{name} is needed"
        yield from (rule for rule, table in self.rules.items() if rule not in older.rules and table in older.tables)


def steps() -> list[str]:
    names = (one.name for one in (files("forecourt.store.migrations") / "versions").iterdir())
    return sorted(name[1:5] for name in names if name.startswith("v"))


def revision(url: str) -> str:
    with psycopg.connect(url) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchall()[0][0])


@contextmanager
def newer_release(url: str, oldest_program: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9998'")
        connection.execute("UPDATE config_generation SET oldest_program = %s", [oldest_program])
        yield
        connection.execute("UPDATE alembic_version SET version_num = %s", [steps()[-1]])
        connection.execute("UPDATE config_generation SET oldest_program = ''")


def test_an_older_release_starts_on_a_newer_schema_only_if_that_schema_allows_it(database_url: str) -> None:
    with newer_release(database_url, oldest_program=steps()[-1]):
        migrate(database_url)
        assert revision(database_url) == "9998"
    with newer_release(database_url, oldest_program="9997"), pytest.raises(Conflict, match="of a newer release: it is at step 9998"):
        migrate(database_url)


def test_a_running_older_release_stores_nothing_after_an_incompatible_migration(database_url: str) -> None:
    with PostgresTransactions(database_url) as transactions:
        with newer_release(database_url, oldest_program="9997"), pytest.raises(StoreUnavailable, match="A newer"), transactions.begin():
            pass
        with transactions.begin() as store:
            assert store.stations.operators() == []


def test_a_migration_waits_for_open_units_of_work_and_for_older_releases_to_end(empty_database_url: str, monkeypatch) -> None:
    migrate(empty_database_url, steps()[-2])
    older = f"{empty_database_url}&application_name=forecourt/0072"
    with psycopg.connect(empty_database_url) as unit, ThreadPoolExecutor(1) as pool:
        unit.execute("SELECT generation FROM config_generation")
        with psycopg.connect(older):
            monkeypatch.setattr(schema, "_WAIT_ATTEMPTS", 1)
            with pytest.raises(Conflict, match=r"Programs of an older release work on this database \(steps 0072\)"):
                migrate(empty_database_url)
        with pytest.raises(Conflict, match=f"process {unit.info.backend_pid} of the database server"):
            migrate(empty_database_url)
        monkeypatch.setattr(schema, "_WAIT_ATTEMPTS", 30)
        upgrade = pool.submit(migrate, empty_database_url)
        assert revision(empty_database_url) == steps()[-2]
        unit.commit()
        upgrade.result()
    assert revision(empty_database_url) == steps()[-1]


def test_a_killed_migration_changes_nothing_and_can_be_repeated(empty_database_url: str) -> None:
    migrate(empty_database_url, steps()[0])
    run = f"from forecourt.store import migrate; migrate({empty_database_url!r})"
    with psycopg.connect(empty_database_url, autocommit=True) as other, other.transaction():
        other.execute("LOCK TABLE tariff_versions")  # of a step in the middle
        upgrade = subprocess.Popen([sys.executable, "-c", run], stderr=subprocess.DEVNULL)
        while not other.execute(AWAITED).fetchone():
            assert upgrade.poll() is None
        os.kill(upgrade.pid, signal.SIGKILL)
        upgrade.wait()
    assert revision(empty_database_url) == steps()[0]
    migrate(empty_database_url)
    assert revision(empty_database_url) == steps()[-1]


def test_migrations_after_the_oldest_allowed_release_only_add_to_the_schema(empty_database_url: str) -> None:
    migrate(empty_database_url, schema.OLDEST_PROGRAM)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        older = Shape(connection)
        migrate(empty_database_url)
        assert list(Shape(connection).in_the_way_of(older)) == []
        for change, found in (
            ("ADD COLUMN mood text, ADD COLUMN tone text NOT NULL DEFAULT ''", []),
            ("ADD COLUMN mood text NOT NULL", ["sites.mood is needed"]),
            ("DROP COLUMN data", ["sites.data was jsonb"]),
            ("ALTER data TYPE text", ["sites.data was jsonb"]),
            ("ADD CHECK (data IS NOT NULL)", ["sites: CHECK ((data IS NOT NULL))"]),
        ):
            with connection.transaction(force_rollback=True):
                connection.execute(f"ALTER TABLE sites {change}")
                assert list(Shape(connection).in_the_way_of(older)) == found
