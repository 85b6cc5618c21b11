"""The installation's database, for short-lived commands that may run beside a forecourt."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from forecourt.assembly.settings import Settings
from forecourt.embedded import choose_servers, running_postgres


@dataclass(frozen=True, slots=True)
class Database:
    """in_use: a forecourt is running on the state folder, and brings the schema up to date."""

    url: str
    in_use: bool


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The operator's own, else that of a forecourt running on the state folder, else one that is started for the moment."""
    running = None if settings.database_url else running_postgres(settings.state)
    with choose_servers(settings.state, settings.database_url or running, "unused") as servers:
        yield Database(servers.database_url, in_use=running is not None)
