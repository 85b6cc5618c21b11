"""Where the servers of one state folder keep their data: inside it or, if their account has no access, in a folder linked from it."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

from forecourt.embedded.accounts import Account, can_reach, ensure_folder, open_own_file, server_account
from forecourt.embedded.errors import ServerFailed

# A unix socket address holds 107 bytes; PostgreSQL appends "/.s.PGSQL.5432".
MAX_SOCKET_FOLDER_CHARS = 107 - len("/.s.PGSQL.5432")


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of the servers' data, the account that owns the data, and a short name unique to this home."""

    path: Path
    account: Account
    name: str

    def log(self, server: str) -> Path:
        return self.path / f"{server}.log"

    @contextmanager
    def open_log(self, server: str) -> Iterator[BinaryIO]:
        """The server's log, for appending and reading."""
        with os.fdopen(open_own_file(self.log(server), self.account), "a+b") as log:
            yield log

    def data(self, server: str) -> Path:
        """The server's own folder, which only its account (and root) can enter."""
        return ensure_folder(self.path / server, self.account)

    def socket_folder(self) -> Path:
        """A folder only the account can enter, with a path short enough for a socket."""
        folder = self.data("postgres") / "socket"
        if len(os.fsencode(folder)) > MAX_SOCKET_FOLDER_CHARS:
            folder = Path(tempfile.gettempdir()) / f"{self.name}-{self.account.uid}"
        return ensure_folder(folder, self.account)


def home_of(state: Path) -> Home:
    """The home that belongs to a state folder, created on first use.

    Root runs the servers as another account. If that account cannot reach the state folder (a clone below /root),
    the home is a folder elsewhere, and `servers` in the state folder links to it.
    """
    state = state.absolute()
    try:
        return _home_of(state)
    except OSError as error:
        raise ServerFailed(f"The state folder {state} cannot be used: {error}. Set FORECOURT_STATE to a folder you own.") from error


def _home_of(state: Path) -> Home:
    link = state / "servers"
    state.mkdir(mode=0o711, parents=True, exist_ok=True)
    path = link.resolve() if link.is_symlink() else state
    account = server_account(path / "postgres")
    if not account.is_own and path == state and not (state / "postgres").exists():
        state.chmod(state.stat().st_mode | 0o011)
        if not can_reach(account, state):
            path = _outside(state)
            link.symlink_to(path)
    path.mkdir(mode=0o711, parents=True, exist_ok=True)
    return Home(path, account, f"forecourt-{_digest(path)}")


def _outside(state: Path) -> Path:
    """A temporary state folder gets a temporary home; any other gets a home where services keep theirs.

    An empty state folder begins anew: the home of one that was deleted at the same place is neither used nor deleted.
    """
    temporary = Path(tempfile.gettempdir())
    base = temporary if state.is_relative_to(temporary) else Path("/var/lib")
    name, is_new = f"forecourt-{_digest(state)}", not any(state.iterdir())
    homes = (base / (name if n == 1 else f"{name}-{n}") for n in count(1))
    path = next(home for home in homes if not (is_new and home.exists()))
    return ensure_folder(path, Account(os.geteuid(), os.getegid()), mode=0o711)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]
