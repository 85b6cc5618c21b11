"""What both servers have in common: one process on one state folder, kept alive, with the folder locked while it runs."""

from abc import ABC, abstractmethod
from pathlib import Path

from forecourt.embedded.errors import ServerFailed
from forecourt.embedded.home import Home
from forecourt.embedded.locks import StateLock
from forecourt.embedded.processes import STOP_SECONDS, Launch, Supervisor


class Server(ABC):
    """Not to be used from two threads at once."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._home: Home | None = None
        self._lock: StateLock | None = None
        self._supervisor = Supervisor(self._launch)

    @property
    def pid(self) -> int | None:
        """The server's process id; None while it is down."""
        return self._supervisor.pid

    @abstractmethod
    def start(self) -> str:
        """Start and return the URL. ServerFailed says why not."""

    def stop(self, patience_s: float = STOP_SECONDS) -> None:
        """End cleanly: everything committed is kept. Harmless when it is not running.

        If it does not end within the patience, it is ended at once, and recovers what was committed at the next start.
        """
        self._supervisor.stop(patience_s)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def stop_now(self) -> None:
        """Callable from any thread; does not wait."""
        self._supervisor.stop_now()

    def restart(self) -> str:
        """Stop, then start on the same data; the URL stays the same."""
        self.stop()
        return self.start()

    @abstractmethod
    def _launch(self) -> Launch: ...

    def _known_home(self) -> Home:
        if self._home is None:
            raise ServerFailed("The server has not been started.")
        return self._home
