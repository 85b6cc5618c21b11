"""Limits on how often something may happen or fail."""

from collections import OrderedDict, deque

_WINDOW_S = 60.0
_MAX_KEYS = 50_000


class FailureLimit:
    """Counts failures by key over the last minute. If there are too many keys, those that failed longest ago are forgotten first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def reached(self, key: str, now: float) -> bool:
        failures = self._failures.get(key)
        if failures is None:
            return False
        while failures and failures[0] <= now - _WINDOW_S:
            failures.popleft()
        return len(failures) >= self._limit

    def count(self, key: str, now: float) -> None:
        failures = self._failures.setdefault(key, deque(maxlen=self._limit))
        failures.append(now)
        self._failures.move_to_end(key)
        if len(self._failures) > _MAX_KEYS:
            self._failures.popitem(last=False)


class TokenBucket:
    """A token bucket: `burst` at once, `per_s` over time. Time is an argument."""

    def __init__(self, per_s: float, burst: int, now: float) -> None:
        self._one_s = 1 / per_s
        self._burst_s = burst / per_s + 1e-9  # tolerance for rounding errors
        self._full_at = now  # when the bucket will be full again: the only state needed

    def take(self, now: float, count: int = 1) -> float:
        """Take this many; 0 if they were available, otherwise the seconds to wait before the next."""
        full_at = self._full_at
        if full_at < now:
            full_at = now
        self._full_at = full_at = full_at + count * self._one_s
        late_s = full_at - now - self._burst_s
        return late_s if late_s > 0 else 0.0
