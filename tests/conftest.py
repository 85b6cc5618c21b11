"""Real parts for every test that asks: one PostgreSQL for the run, a migrated database of its own for each test."""

import gc
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from xdist.remote import Producer

from databases import Databases, Kept
from distribution import Sharing, shared
from forecourt.embedded import PostgresServer
from forecourt.flows.ports import Transactions
from forecourt.store import MemoryTransactions, PostgresTransactions
from scratch import in_memory

# No test asserts seconds: on a busy machine the first example of a run may take any time.
settings.register_profile("forecourt", deadline=None)
settings.load_profile("forecourt")

SCRATCH = pytest.StashKey[Path | None]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SCRATCH] = in_memory()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests stay to the end: the collector looks through none of them, neither while they are found nor in each test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if folder := config.stash[SCRATCH]:
        shutil.rmtree(folder)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of what shares nothing, the slow comes first where several processes work: none of them is left waiting for it at the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: shared(item.nodeid) == item.nodeid and not any(map(item.get_closest_marker, ("slow", "browser"))))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)


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
def databases(postgres_url: str) -> Iterator[Databases]:
    """Makes as many databases as a test wants."""
    made = Databases(postgres_url)
    yield made
    made.close()


@pytest.fixture
def kept_database(databases: Databases) -> Iterator[Kept]:
    """A migrated database without a row."""
    with databases.kept() as kept:
        yield kept


@pytest.fixture
def database_url(kept_database: Kept) -> str:
    """Of the same database as `transactions`."""
    return kept_database.url


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """A database without any table."""
    with databases.empty() as url:
        yield url


@pytest.fixture
def transactions(kept_database: Kept) -> PostgresTransactions:
    """Units of work on PostgreSQL."""
    return kept_database.transactions


@pytest.fixture
def memory_transactions() -> MemoryTransactions:
    """Units of work in memory."""
    return MemoryTransactions()


@pytest.fixture(params=["postgres", "memory"])
def any_transactions(request: pytest.FixtureRequest) -> Transactions:
    """Both stores, one after the other."""
    chosen: Transactions = request.getfixturevalue("transactions" if request.param == "postgres" else "memory_transactions")
    return chosen
