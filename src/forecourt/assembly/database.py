"""The installation's database, for commands that come and go beside a forecourt that runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from forecourt.assembly.settings import Settings
from forecourt.embedded import choose_servers, running_postgres


@dataclass(frozen=True, slots=True)
class Database:
    """in_service: a forecourt runs on the state folder, and brings the schema up to date."""

    url: str
    in_service: bool


@contextmanager
def database_of(settings: Settings) -> Iterator[Database]:
    """The operator's own, else that of whoever runs on the state folder, else one that is started for the moment."""
    running = None if settings.database_url else running_postgres(settings.state)
    with choose_servers(settings.state, settings.database_url or running, "unused") as servers:
        yield Database(servers.database_url, in_service=running is not None)
