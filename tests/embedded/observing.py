"""Looking at real processes and real rows, for tests that kill."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

DRIVER = Path(__file__).with_name("driver.py")
IS_ROOT = os.geteuid() == 0
PATIENCE_SECONDS = 60.0


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def living(state: Path) -> list[str]:
    """The command lines of processes that name the state folder; zombies have none. Our own does not count."""
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if str(state) in line:
                lines.append(line)
    return lines


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def keep(url: str, number: int) -> None:
    """A row that is acknowledged: committed before this returns."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))


def kept(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]


@dataclass
class Driven:
    """A driver process and what it printed."""

    process: subprocess.Popen[str]
    database_url: str
    nats_url: str
    postgres: int
    nats: int

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def finish(self) -> int:
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode
