"""An installation shuts down within its deadline, whatever is blocked; no process is left, and nothing stored is lost."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from forecourt.assembly.shutdown import STOP_S
from forecourt.embedded import Embedded
from journey.installed import Installation

MARGIN_S = 15.0
Running = subprocess.Popen[bytes]


def test_an_orderly_shutdown_is_quick_and_exits_with_0(installation: Installation) -> None:
    with installation.running() as running:
        keep(installation)
        running.send_signal(signal.SIGTERM)
        assert installation.ended(running, STOP_S) == 0
    nothing_is_left_and_nothing_lost(installation)


def test_a_statement_waiting_for_a_lock_does_not_delay_the_shutdown(installation: Installation) -> None:
    with installation.running() as running, locked(installation):
        running.send_signal(signal.SIGINT)
        assert installation.ended(running, STOP_S + MARGIN_S) == 0
    nothing_is_left_and_nothing_lost(installation)


def test_suspended_servers_are_killed_at_the_shutdown_deadline(installation: Installation) -> None:
    with installation.running() as running:
        keep(installation)
        for server in ("postgres", "nats-server"):
            os.kill(child(running, server), signal.SIGSTOP)
        running.send_signal(signal.SIGTERM)
        installation.ended(running, STOP_S + MARGIN_S)
    nothing_is_left_and_it_comes_back(installation)


def test_a_second_signal_ends_the_process_at_once(installation: Installation) -> None:
    with installation.running() as running:
        keep(installation)
        os.kill(child(running, "postgres"), signal.SIGSTOP)  # an orderly end would take its time
        for _ in range(2):
            running.send_signal(signal.SIGINT)
            installation.until(lambda: '"ending"' in installation.said())
        assert installation.ended(running, MARGIN_S) == 1
    assert "asked_again" in installation.said()
    nothing_is_left_and_nothing_lost(installation)


def test_work_that_never_ends_is_logged_and_killed_at_the_shutdown_deadline(installation: Installation, tmp_path: Path) -> None:
    with (
        Embedded(tmp_path) as servers,
        stopping(servers) as stop,
        installation.running(DATABASE_URL=servers.database_url, NATS_URL=servers.nats_url) as running,
    ):
        installation.until(lambda: answers(installation))
        stop()
        installation.until(lambda: waits(installation))  # its thread does from now on
        running.send_signal(signal.SIGTERM)
        assert installation.ended(running, STOP_S + MARGIN_S) == 1
    assert '"deadline"' in installation.said() and ": forecourt.store.postgres" in installation.said()


def test_a_signal_during_startup_ends_the_process(installation: Installation) -> None:
    with installation.started("run") as running:
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(2)
        running.send_signal(signal.SIGTERM)
        installation.ended(running, STOP_S + MARGIN_S)
    nothing_is_left_and_it_comes_back(installation, kept=False)


def keep(installation: Installation) -> None:
    with psycopg.connect(installation.database_url) as database:
        database.execute("CREATE TABLE kept (number int)")
        database.execute("INSERT INTO kept VALUES (7)")


@contextmanager
def locked(installation: Installation) -> Iterator[None]:
    """Whoever looks at what is to be sent waits for us; returns when somebody does."""
    keep(installation)
    with psycopg.connect(installation.database_url, autocommit=True) as look, psycopg.connect(installation.database_url) as holder:
        holder.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        installation.until(lambda: look.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone())
        with suppress(psycopg.OperationalError):  # it is cut off as well
            yield
            holder.rollback()


@contextmanager
def stopping(servers: Embedded) -> Iterator[Callable[[], None]]:
    """PostgreSQL and all its processes stand still until the end."""
    assert servers.postgres is not None and servers.postgres.pid is not None
    postmaster = servers.postgres.pid
    try:
        yield lambda: each(postmaster, signal.SIGSTOP)
    finally:
        each(postmaster, signal.SIGCONT)


def answers(installation: Installation) -> bool:
    try:
        return httpx.get(f"http://{installation.http}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def waits(installation: Installation) -> bool:
    """Whether a request that needs the database is still unanswered after two seconds."""
    try:
        httpx.get(f"http://{installation.http}/health/ready", timeout=2)
    except httpx.TimeoutException:
        return True
    return False


def each(postmaster: int, number: signal.Signals) -> None:
    os.kill(postmaster, number)  # first, so that it begins no more of them
    for pid in children(postmaster):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def children(parent: int) -> list[int]:
    """By what /proc says of everybody's parent."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.name))
    return found


def child(running: Running, name: str) -> int:
    return next(pid for pid in children(running.pid) if Path(f"/proc/{pid}/comm").read_text().strip() == name)


def nothing_is_left_and_nothing_lost(installation: Installation) -> None:
    """Its servers start on what it left."""
    installation.until(lambda: not installation.programs(), MARGIN_S)
    with installation.servers():
        is_kept(installation)


def nothing_is_left_and_it_comes_back(installation: Installation, kept: bool = True) -> None:
    installation.until(lambda: not installation.programs(), MARGIN_S)
    with installation.running() as running:
        if kept:
            is_kept(installation)
        running.send_signal(signal.SIGTERM)
        assert installation.ended(running, STOP_S + MARGIN_S) == 0


def is_kept(installation: Installation) -> None:
    with psycopg.connect(installation.database_url) as database:
        assert database.execute("SELECT number FROM kept").fetchall() == [(7,)]
