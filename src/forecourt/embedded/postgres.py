"""PostgreSQL on a state folder: created on the first start, recovered on any other, reachable only through a private unix socket."""

import os
import secrets
import shutil
import signal
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from forecourt.embedded.binaries import find_postgres, major_version, postgres_for
from forecourt.embedded.errors import ServerFailed
from forecourt.embedded.home import Home, home_of
from forecourt.embedded.locks import StateLock, locked
from forecourt.embedded.processes import Launch, failure_line, kill_strays, spawn
from forecourt.embedded.server import Server

ROLE: Final = "forecourt"
DATABASE: Final = "forecourt"
SETTINGS: Final = (
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("max_connections", "200"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
)


class PostgresServer(Server):
    """One PostgreSQL for one state folder. A stop is a fast shutdown, in which open transactions roll back; ending at once is an
    immediate one."""

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self._folder = Path()

    def start(self) -> str:
        """Start, waiting up to 120 s for recovery, and return the URL of the database `forecourt`. ServerFailed says why not."""
        home = self._home = home_of(self._state)
        with locked(home, "postgres") as lock:
            self._folder = postgres_for(home, find_postgres())
            _initialise(home, self._folder)
            self._supervisor.start(self._answers)
            try:
                _ensure_database(self._url("postgres"))
            except BaseException:
                self._supervisor.stop()
                raise
            self._lock = lock
        return self._url(DATABASE)

    def _url(self, database: str) -> str:
        return _url(self._known_home(), database)

    def _answers(self) -> bool:
        # Only a child of ours may answer: the socket could still belong to a server that is shutting down.
        if self.pid is None:
            return False
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _launch(self) -> Launch:
        home = self._known_home()
        command = [str(self._folder / "postgres"), "-D", str(_data(home)), "-k", str(home.socket_folder())]
        for name, value in (*SETTINGS, ("cluster_name", home.name)):
            command += ["-c", f"{name}={value}"]
        return Launch("postgres", command, home, signal.SIGINT, lambda: _clear(home), signal.SIGQUIT)


def running_postgres(state: Path) -> str | None:
    """The URL of the database of another forecourt running on the state folder; None if none runs, or it does not answer yet.

    ServerFailed if the folder cannot be used.
    """
    home = home_of(state)
    if not StateLock(home, "postgres").is_held():
        return None
    try:
        psycopg.connect(url := _url(home, DATABASE), connect_timeout=5).close()
    except psycopg.OperationalError:
        return None
    return url


def _url(home: Home, database: str) -> str:
    return f"postgresql://{ROLE}@/{database}?host={quote(str(home.socket_folder()), safe='/')}"


def _data(home: Home) -> Path:
    return home.data("postgres") / "data"


def _initialise(home: Home, folder: Path) -> None:
    """Create the data folder if there is none: first next to its place, so that an interrupted start leaves nothing half made."""
    data = _data(home)
    version = data / "PG_VERSION"
    if version.exists():
        _check_version(version, folder)
        return
    for started in data.parent.glob("data.new*"):
        shutil.rmtree(started, ignore_errors=True)
    # A new name each time: processes of a killed start may still be using the last one for a moment.
    making = data.with_name(f"data.new-{secrets.token_hex(4)}")
    command = [str(folder / "initdb"), "-D", str(making), "-U", ROLE, "--encoding=UTF8", "--locale=C"]
    # Trust is safe here: only the account and root can enter the socket's folder, and no port is open.
    command += ["--auth=trust", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    with home.open_log("postgres") as log:
        read_from = log.seek(0, os.SEEK_END)
        code = spawn(command, home.account, signal.SIGTERM, log.fileno()).wait()
        if code != 0:
            raise ServerFailed(f"The database could not be made in {data}: {failure_line(log, read_from)} Log: {home.log('postgres')}")
    making.rename(data)


def _check_version(version: Path, folder: Path) -> None:
    try:
        stored_version = int(version.read_text("ascii"))
    except PermissionError as error:
        raise ServerFailed(f"{version.parent} belongs to another user. Start as that user, or set FORECOURT_STATE.") from error
    if stored_version != major_version(folder):
        raise ServerFailed(
            f"{version.parent} was written by PostgreSQL {stored_version}, and {folder} holds {major_version(folder)}. "
            f"Set FORECOURT_PG_BIN to PostgreSQL {stored_version}, or upgrade the data with pg_upgrade."
        )


def _clear(home: Home) -> None:
    """End what an earlier run left, then remove its pid file and socket: the pid may by now belong to another program, or a zombie."""
    data = _data(home)

    def ours(line: str) -> bool:
        return f"\n-D\n{data}\n" in line or line.startswith(f"postgres: {home.name}: ")

    kill_strays(ours, signal.SIGINT)
    socket = home.socket_folder()
    for stale in (data / "postmaster.pid", socket / ".s.PGSQL.5432", socket / ".s.PGSQL.5432.lock"):
        stale.unlink(missing_ok=True)


def _ensure_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
