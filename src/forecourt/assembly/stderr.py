"""Standard error, as far as the process can do without it."""

import atexit
import os
import threading
from collections import deque

_MOST_LINES = 10_000
_PARTING_S = 1.0


class Stderr:
    """Whoever writes here neither waits nor fails: a thread of its own writes the lines out.

    Where nobody reads (a pipe that is full) or nothing can be kept (a disk that is full), chargers are served all the same. What
    there is no room for is lost, and counted in a line of its own once it flows again.
    """

    def __init__(self, descriptor: int, most: int = _MOST_LINES) -> None:
        self._descriptor = descriptor
        self._most = most
        self._lines: deque[str] = deque()
        self._lost = 0
        self._news = threading.Event()
        self._empty = threading.Event()
        self._empty.set()
        threading.Thread(target=self._run, name="logs", daemon=True).start()
        atexit.register(self._empty.wait, _PARTING_S)

    def write(self, text: str) -> int:
        if len(self._lines) < self._most:
            self._empty.clear()
            self._lines.append(text)
            self._news.set()
        else:
            self._lost += 1
        return len(text)

    def flush(self) -> None:
        """Nobody waits."""

    def _run(self) -> None:
        while self._news.wait():
            self._news.clear()
            while self._lines:
                self._write_out(self._lines.popleft())
            self._empty.set()

    def _write_out(self, text: str) -> None:
        lost, self._lost = self._lost, 0
        told = f'{{"event": "log_lines_lost", "lines": {lost}, "level": "warning"}}\n{text}' if lost else text
        left = told.encode(errors="backslashreplace")
        try:
            # Not by way of Python's own stream: its lock, held by a thread that waits, would hold up the end of the process.
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:  # the disk is full; whoever read has gone
            self._lost += lost + 1
