"""An installation as its owner starts it: one command, on a state folder of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from forecourt.assembly.child_processes import free_port
from forecourt.embedded import Embedded
from forecourt.flows.ports import Store
from forecourt.store import PostgresTransactions

READY = "Ctrl-C stops everything."


class Installation:
    """ocpp: where its chargers call; http: where its pages are. It listens on ports of its own, with servers of its own."""

    def __init__(self, state: Path) -> None:
        self.ocpp, self.http = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self._state, self._log = state, state / "run.log"
        self.database_url = f"postgresql://forecourt@/forecourt?host={self._state}/postgres/socket"
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "NATS_URL")},
            "FORECOURT_STATE": str(state),
            "FORECOURT_HTTP": self.http,
            "FORECOURT_OCPP": self.ocpp,
        }

    @contextmanager
    def running(self, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        """`forecourt run`, from when it is ready; killed at the end, if it still runs."""
        ready = self._log.read_text().count(READY) if self._log.exists() else 0
        with self.started("run", *arguments, **settings) as running:
            self.until(lambda: self._log.read_text().count(READY) > ready)
            yield running

    @contextmanager
    def started(self, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        """Any command, at work in the background."""
        with self._log.open("ab") as out:
            process = subprocess.Popen(
                self._command(arguments), env={**self._environment, **settings}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def does(self, folder: Path, *arguments: str) -> str:
        """A command that ends, and what it says; it must not fail."""
        done = subprocess.run(
            self._command(arguments), env=self._environment, cwd=folder, capture_output=True, text=True, check=False, timeout=150
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    @contextmanager
    def servers(self) -> Iterator[None]:
        """PostgreSQL and NATS alone, on its folder, while nothing else of it runs."""
        with Embedded(self._state):
            yield

    @contextmanager
    def store(self) -> Iterator[Store]:
        with PostgresTransactions(self.database_url) as transactions, transactions.begin() as store:
            yield store

    def until(self, holds: Callable[[], object], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, self._log.read_text()[-2000:]
            time.sleep(0.5)

    def ended(self, running: "subprocess.Popen[bytes]", seconds: float) -> int:
        """The code it ends with; what it said last if it does not end."""
        self.until(lambda: running.poll() is not None, seconds)
        return running.returncode

    def said(self) -> str:
        return self._log.read_text()

    def programs(self) -> list[str]:
        """Command lines of what still runs on its folder (Linux)."""
        lines = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                lines.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # it has ended meanwhile
                continue
        return [line for line in lines if str(self._state) in line]

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "forecourt", *arguments]
