"""One forecourt per state folder: an advisory file lock that the kernel drops when its holder dies."""

import fcntl
import os
from pathlib import Path

from forecourt.embedded.errors import ServerFailed


class StateLock:
    """Held while a server of this state folder runs. The file stays behind; the lock never does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """ServerFailed where another process holds it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise ServerFailed(
                f"Another forecourt (process {holder}) runs on {self._path.parent}. Stop it, or set FORECOURT_STATE to another folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        self._descriptor = descriptor

    def give_back(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
