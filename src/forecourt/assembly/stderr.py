"""Standard error that never blocks the process."""

import atexit
import os
import threading
from collections import deque

_MAX_LINES = 10_000
_PARTING_S = 1.0


class Stderr:
    """Writers neither wait nor fail: a thread of its own writes the lines out.

    If nobody reads (a full pipe) or nothing can be stored (a full disk), chargers are served all the same. Lines for which
    there is no room are lost, and their number is written once output flows again.
    """

    def __init__(self, descriptor: int, most: int = _MAX_LINES) -> None:
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
        """Does not wait."""

    def _run(self) -> None:
        while self._news.wait():
            self._news.clear()
            while self._lines:
                self._write_out(self._lines.popleft())
            self._empty.set()

    def _write_out(self, text: str) -> None:
        lost_lines, self._lost = self._lost, 0
        output = f'{{"event": "log_lines_lost", "lines": {lost_lines}, "level": "warning"}}\n{text}' if lost_lines else text
        left = output.encode(errors="backslashreplace")
        try:
            # Not through Python's own stream: its lock, held by a waiting thread, would block the end of the process.
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:  # the disk is full, or the reader is gone
            self._lost += lost_lines + 1
