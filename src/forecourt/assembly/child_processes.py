"""Roles in processes of their own, restarted when they die."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

RESTART_PAUSE_S = 0.2
SHUTDOWN_TIMEOUT_S = 15.0
# Below those that systems give to outgoing connections, which come and go all the time.
_PORTS = range(20_000, 32_000)


class Child:
    """`python -m forecourt ARGUMENTS` in a process group of its own; its output goes to a log file."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self.starts = 0
        self._command = [sys.executable, "-m", "forecourt", *arguments]
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._leaving = False

    @property
    def pid(self) -> int | None:
        """None while it is not running."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        self._launch()
        self._watch = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def stop(self) -> None:
        """Ask it to end; kill it if it does not within 15 s."""
        self._leaving = True
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(SHUTDOWN_TIMEOUT_S):
                    await asyncio.to_thread(process.wait)
            except TimeoutError:
                process.kill()
                await asyncio.to_thread(process.wait)
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    def log_tail(self) -> str:
        """The end of its log, for an error message."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-12:])

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.starts += 1

    async def _keep(self) -> None:
        while not self._leaving:
            process = self._process
            if process is not None and process.poll() is not None:
                await asyncio.sleep(RESTART_PAUSE_S)
                if not self._leaving:
                    self._launch()
            await asyncio.sleep(0.05)


def child_environment(**settings: str) -> dict[str, str]:
    """This process's environment with settings changed, and a marker that makes the child end with its parent."""
    return {**os.environ, **settings, "FORECOURT_PARENT": str(os.getpid())}


def free_port() -> int:
    """A port of the loopback interface, drawn at random, that was free a moment ago; another program may still take it first. Raises
    OSError if none is found."""
    for port in (secrets.choice(_PORTS) for _ in range(100)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"no free port among {_PORTS.start} to {_PORTS.stop - 1}")
