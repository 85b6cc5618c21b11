"""One forecourt per state folder: an advisory file lock that the kernel releases when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forecourt.embedded.accounts import open_own_file
from forecourt.embedded.errors import ServerFailed
from forecourt.embedded.home import Home

_SETTLES_S = 0.5


class StateLock:
    """Held while a server of this state folder runs. The file stays behind; the lock never does."""

    def __init__(self, home: Home, server: str) -> None:
        self._home = home
        self._path: Path = home.path / f"{server}.lock"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises ServerFailed if another process keeps the lock. Waits briefly first: a new holder may not have written its id yet, and
        a process that only checks releases it immediately."""
        descriptor, until = open_own_file(self._path, self._home.account), time.monotonic() + _SETTLES_S
        while not _try_lock(descriptor):
            if time.monotonic() >= until:
                holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
                os.close(descriptor)
                raise ServerFailed(
                    f"Another forecourt (process {holder}) runs on {self._home.path}. Stop it, or set FORECOURT_STATE to another folder."
                )
            time.sleep(0.02)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        self._descriptor = descriptor

    def is_held(self) -> bool:
        """Whether another process holds it now."""
        descriptor = open_own_file(self._path, self._home.account)
        try:
            return not _try_lock(descriptor)
        finally:
            os.close(descriptor)

    def unlock(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def locked(home: Home, server: str) -> Iterator[StateLock]:
    """Hold the lock, and release it if the block fails. Errors of files become one line."""
    lock = StateLock(home, server)
    try:
        lock.take()
        yield lock
    except OSError as error:
        lock.unlock()
        raise ServerFailed(f"{home.path} cannot be used: {error}. Start as its owner, or set FORECOURT_STATE.") from error
    except BaseException:
        lock.unlock()
        raise


def _try_lock(descriptor: int) -> bool:
    """Until the descriptor is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
