"""Real parts for every test that asks: one PostgreSQL for the run, a migrated database of its own for each test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from forecourt.embedded import PostgresServer
from forecourt.flows import Transactions
from forecourt.store import MemoryTransactions, PostgresTransactions, migrate

TEMPLATE = "forecourt_template"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server that forgets everything if the machine stops: nothing here outlives the run."""
    with tempfile.TemporaryDirectory(prefix="forecourt-tests-") as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "state")
        url = server.start()
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                for name in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
                connection.execute("SELECT pg_reload_conf()")
            yield url
        finally:
            server.stop()


@pytest.fixture(scope="session")
def template_url(postgres_url: str) -> str:
    return _new_database(postgres_url, TEMPLATE, migrated=True)


@pytest.fixture
def database_url(postgres_url: str, template_url: str) -> Iterator[str]:
    """A fresh migrated database."""
    name = f"test_{uuid4().hex}"
    yield _new_database(postgres_url, name, TEMPLATE)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A database without any table."""
    name = f"test_{uuid4().hex}"
    yield _new_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def transactions(database_url: str) -> Iterator[PostgresTransactions]:
    """Units of work on PostgreSQL."""
    with PostgresTransactions(database_url) as opened:
        yield opened


@pytest.fixture
def memory_transactions() -> MemoryTransactions:
    """Units of work in memory."""
    return MemoryTransactions()


@pytest.fixture(params=["postgres", "memory"])
def any_transactions(request: pytest.FixtureRequest) -> Transactions:
    """Both stores, one after the other."""
    chosen: Transactions = request.getfixturevalue("transactions" if request.param == "postgres" else "memory_transactions")
    return chosen


def _new_database(server_url: str, name: str, template: str | None = None, migrated: bool = False) -> str:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template or "template0"))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)
    url = server_url.replace("@/forecourt?", f"@/{name}?")
    if migrated:
        migrate(url)
    return url
