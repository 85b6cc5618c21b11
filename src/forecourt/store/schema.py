"""Upgrades a database to this release's schema, and decides which programs may work on it."""

from functools import cache
from importlib.resources import as_file, files
from typing import Final

import psycopg
from psycopg import errors

from forecourt.kernel import Conflict

# The step of the oldest program that may keep working on this schema. If you add a step that removes or changes something that earlier
# programs read or write, or adds something that they would do harm by not knowing (a limit on power, where money is), raise this to the
# number of that step; for any other step, leave it.
OLDEST_PROGRAM: Final = "0086"

# Any fixed number: two processes that start at once must not both create the tables.
_MIGRATION_LOCK = 0x666F7265
_WAIT_ATTEMPTS = 30  # a second apart
_PROGRAM_PREFIX = "forecourt/"
_OLDER = """SELECT DISTINCT application_name FROM pg_stat_activity
    WHERE datname = current_database() AND application_name ~ '^forecourt/[0-9]{4}$' AND right(application_name, 4) < %s ORDER BY 1"""
_HOLDING = """SELECT pid, application_name, extract(epoch FROM clock_timestamp() - xact_start)::int FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL ORDER BY xact_start LIMIT 1"""


def migrate(url: str, revision: str = "head") -> None:
    """Create or upgrade the schema of the database at `url` (postgresql://…), all steps or none.

    Safe to call at every start, also from several processes at once, and while programs of this schema work on it: anyone who has to
    wait for a table waits two seconds at most. A newer schema on which this release may work is left as it is.

    Raises Conflict "schema_newer" if it may not, "older_programs" while programs are connected that could not continue afterwards, and
    "schema_held" if somebody keeps a transaction open for too long.
    """
    with psycopg.connect(url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        found = _revision_of(guard)
        if revision != "head" or found < newest_revision():
            _await_older_programs(guard)
            _upgrade(guard, url, revision)
        elif found > newest_revision():
            _check_newer(guard, found)


@cache
def newest_revision() -> str:
    """The revision of this release."""
    steps = (one.name for one in (files("forecourt.store.migrations") / "versions").iterdir())
    return max(name[1:5] for name in steps if name.startswith("v") and name.endswith(".py"))


def program_name() -> str:
    """The name under which this program's connections appear at the server."""
    return f"{_PROGRAM_PREFIX}{newest_revision()}"


def await_schema(url: str) -> None:
    """For commands beside a running forecourt: wait while it creates its schema, and create it if it has not begun to.

    Raises Conflict "schema_older" or "schema_newer" if that forecourt is of a release that this program does not fit.
    """
    with psycopg.connect(url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        found = _revision_of(guard)
        if not found:
            _upgrade(guard, url, "head")
        elif found > newest_revision():
            _check_newer(guard, found)
        elif found < newest_revision():
            raise Conflict(
                "schema_older",
                f"The forecourt that runs here is of an older release: its database is at step {found}, this one at {newest_revision()}.",
                "Use that release's own commands, or stop it first.",
            )


def _revision_of(guard: psycopg.Connection) -> str:
    """Empty if the database has no schema yet."""
    if guard.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return ""
    found = guard.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else ""


def _check_newer(guard: psycopg.Connection, found: str) -> None:
    oldest = guard.execute("SELECT oldest_program FROM config_generation").fetchone()
    if oldest is None or str(oldest[0]) > newest_revision():
        raise Conflict(
            "schema_newer",
            f"The database is of a newer release: it is at step {found}, and this program knows the steps up to {newest_revision()}.",
            "Start the newer release, or put a safe copy of before into an empty database.",
        )


def _await_older_programs(guard: psycopg.Connection) -> None:
    """Gives programs that are about to end, as during a rollout, half a minute."""
    for _ in range(_WAIT_ATTEMPTS):
        if not guard.execute(_OLDER, [OLDEST_PROGRAM]).fetchone():
            return
        guard.execute("SELECT pg_sleep(1)")
    names = ", ".join(name.removeprefix(_PROGRAM_PREFIX) for (name,) in guard.execute(_OLDER, [OLDEST_PROGRAM]))
    raise Conflict(
        "older_programs",
        f"Programs of an older release work on this database (steps {names}), and could not go on once it is brought up to date.",
        "Stop them first. Who they are says pg_stat_activity, by application_name.",
    )


def _upgrade(guard: psycopg.Connection, url: str, revision: str) -> None:
    # It takes a second of CPU to load, so it is only imported for an upgrade.
    from sqlalchemy.exc import OperationalError

    for _ in range(_WAIT_ATTEMPTS):
        try:
            return _apply_steps(url, revision)
        except OperationalError as error:
            if not isinstance(error.orig, errors.LockNotAvailable):
                raise
        guard.execute("SELECT pg_sleep(1)")
    pid, name, held_s = guard.execute(_HOLDING).fetchone() or ("?", "?", "?")
    raise Conflict(
        "schema_held",
        f"The schema cannot be brought up to date: process {pid} of the database server ({name}) has a transaction open for {held_s} s.",
        "End it, then start again.",
    )


def _apply_steps(url: str, revision: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with as_file(files("forecourt.store.migrations")) as folder, engine.begin() as connection:
        if connection.exec_driver_sql("SELECT to_regclass('config_generation')").scalar() is not None:
            # Each unit of work reads this row first, so none is under way now, and none sees one schema and then another.
            connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            connection.exec_driver_sql("LOCK TABLE config_generation IN ACCESS EXCLUSIVE MODE")
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if revision == "head":
            connection.exec_driver_sql("UPDATE config_generation SET oldest_program = %(oldest)s", {"oldest": OLDEST_PROGRAM})
