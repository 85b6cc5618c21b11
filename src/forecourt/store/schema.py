"""Brings a database to this release's schema."""

from importlib.resources import as_file, files

import psycopg

# Any fixed number: two processes that start at once must not both create the tables.
_MIGRATION_LOCK = 0x666F7265


def migrate(url: str, revision: str = "head") -> None:
    """Create or upgrade the schema of the database at `url` (postgresql://…).

    Safe to call at every start, also at once from several processes.
    """
    with psycopg.connect(url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        if revision != "head" or _revision_of(guard) != newest_revision():
            _upgrade(url, revision)


def newest_revision() -> str:
    """That of this release."""
    steps = (one.name for one in (files("forecourt.store.migrations") / "versions").iterdir())
    return max(name[1:5] for name in steps if name.startswith("v") and name.endswith(".py"))


def await_schema(url: str) -> None:
    """For who comes beside a forecourt that runs: wait while it creates its schema, create it if it has not begun to. Else it stays."""
    with psycopg.connect(url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        if not _revision_of(guard):
            _upgrade(url, "head")


def _revision_of(guard: psycopg.Connection) -> str:
    """Empty: it holds nothing yet."""
    if guard.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return ""
    found = guard.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else ""


def _upgrade(url: str, revision: str) -> None:
    # They take a second of CPU to load: only who upgrades waits for it.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with as_file(files("forecourt.store.migrations")) as folder, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
