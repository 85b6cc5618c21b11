"""Both servers together, each either the operator's own (a URL) or started here."""

from pathlib import Path
from types import TracebackType
from typing import Self

from forecourt.embedded.nats import NatsServer
from forecourt.embedded.postgres import PostgresServer
from forecourt.embedded.processes import STOP_SECONDS


class Embedded:
    """A context manager that starts every server without a URL and, at the end, stops those it started."""

    def __init__(self, state: Path, database_url: str | None = None, nats_url: str | None = None, nats_port: int = 0) -> None:
        self.postgres = None if database_url else PostgresServer(state)
        self.nats = None if nats_url else NatsServer(state, nats_port)
        self.database_url = database_url or ""
        self.nats_url = nats_url or ""

    def start(self) -> Self:
        """Start both; if the second fails, the first is stopped again. ServerFailed says what to do."""
        try:
            if self.postgres is not None:
                self.database_url = self.postgres.start()
            if self.nats is not None:
                self.nats_url = self.nats.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, patience_s: float = STOP_SECONDS) -> None:
        """Stop the servers started here, PostgreSQL first, because it holds the data that matters. Harmless when nothing runs.

        patience_s: how long each of them may take for an orderly end.
        """
        for server in (self.postgres, self.nats):
            if server is not None:
                server.stop(patience_s)

    def stop_now(self) -> None:
        """Callable from any thread; does not wait. What is committed is kept, and nothing restarts."""
        for server in (self.postgres, self.nats):
            if server is not None:
                server.stop_now()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def choose_servers(state: Path, database_url: str | None, nats_url: str | None) -> Embedded:
    """The servers for the two settings: an existing one where a URL is given (an empty text counts as none), else one of our own."""
    return Embedded(state, database_url or None, nats_url or None)
