"""NATS with JetStream on a state folder, on 127.0.0.1 only, open only to those who know the password in its URL."""

import json
import os
import secrets
import signal
import socket
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from forecourt.embedded.binaries import find_nats, nats_for
from forecourt.embedded.errors import ServerFailed
from forecourt.embedded.home import Home, home_of
from forecourt.embedded.locks import locked
from forecourt.embedded.processes import Launch, kill_strays
from forecourt.embedded.server import Server

USER: Final = "forecourt"
ANY_FREE_PORT: Final = -1


class NatsServer(Server):
    """One NATS server for one state folder. A restart keeps data, port and password.

    port: 0 takes any free port, and keeps it over restarts so that clients can reconnect.
    """

    def __init__(self, state: Path, port: int = 0) -> None:
        super().__init__(state)
        self._port = port
        self._password = secrets.token_urlsafe(24)
        self._program = Path()

    @property
    def url(self) -> str:
        """The URL for clients, including the password; it has no port before the first start."""
        return f"nats://{USER}:{self._password}@127.0.0.1:{self._port}"

    def start(self) -> str:
        """Start and return the URL. ServerFailed says why not, for instance that the port is taken."""
        home = self._home = home_of(self._state)
        with locked(home, "nats") as lock:
            self._program = nats_for(home, find_nats())
            try:
                self._supervisor.start(self._answers)
            except ServerFailed as error:
                if "address already in use" not in str(error):
                    raise
                raise ServerFailed(f"Port {self._port} of 127.0.0.1 is taken by another program. Free it, or set NATS_URL.") from error
            self._lock = lock
        return self.url

    def _answers(self) -> bool:
        # Only the port announced by our own child counts: another program may answer on the requested one.
        pid = self.pid
        port = _announced_port(self._known_home(), pid) if pid is not None else 0
        if port == 0 or not _greets(port):
            return False
        self._port = port
        return True

    def _launch(self) -> Launch:
        home = self._known_home()
        command = [str(self._program), "-c", str(_settings_file(home))]
        return Launch("nats", command, home, signal.SIGTERM, self._prepare)

    def _prepare(self) -> None:
        home = self._known_home()
        settings = _settings_file(home)
        kill_strays(lambda line: f"\n-c\n{settings}\n" in line, signal.SIGTERM)
        folder = home.data("nats")
        for stale in folder.glob("*.ports"):
            stale.unlink()
        content = {
            "listen": f"127.0.0.1:{self._port or ANY_FREE_PORT}",
            "ports_file_dir": str(folder),
            "jetstream": {"store_dir": str(folder)},
            "authorization": {"user": USER, "password": self._password},
        }
        _write_private(settings, home, json.dumps(content))


def _settings_file(home: Home) -> Path:
    return home.path / "nats.conf"


def _write_private(path: Path, home: Home, text: str) -> None:
    """Readable by the server's account alone from the first byte."""
    partial = path.with_suffix(".new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    if not home.account.is_own:
        os.chown(partial, home.account.uid, home.account.gid)
    partial.replace(path)


def _announced_port(home: Home, pid: int) -> int:
    """The port the server chose, from the file it writes; 0 until it has. The file is named after the program, which has
    another name if it had to be copied for another account."""
    file = next(home.data("nats").glob(f"*_{pid}.ports"), None)
    try:
        address = json.loads(file.read_text("utf-8"))["nats"][0] if file else ""
    except (FileNotFoundError, json.JSONDecodeError):
        return 0
    return urlsplit(address).port or 0


def _greets(port: int) -> bool:
    """A NATS server speaks first, with INFO, once it is ready."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            return connection.recv(5) == b"INFO "
    except OSError:
        return False
