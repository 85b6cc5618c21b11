"""Limits how often somebody may try: a sliding window per key, held in this process."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

_MAX_KEYS = 20_000


class Throttle:
    """Counts failures. now: seconds of a monotonic clock."""

    def __init__(self, max_events: int, window_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._window_s, self._now = max_events, window_s, now
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait_s(self, key: str) -> int:
        """Seconds until the next try is allowed, 0 = now."""
        with self._lock:
            failures = self._recent(key)
            return int(failures[0] + self._window_s - self._now()) + 1 if len(failures) >= self._most else 0

    def failed(self, key: str) -> None:
        with self._lock:
            self._recent(key).append(self._now())
            self._failures.move_to_end(key)
            while len(self._failures) > _MAX_KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        failures = self._failures.setdefault(key, deque())
        while failures and failures[0] <= self._now() - self._window_s:
            failures.popleft()
        return failures
