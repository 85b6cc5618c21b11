"""Since when a loop has been at work without a break."""

from datetime import datetime, timedelta


class Continuity:
    """Turns further apart than `max_gap` are a break, such as an outage of the database, or a start of the program."""

    def __init__(self, max_gap: timedelta) -> None:
        self._max_gap = max_gap
        self._since: datetime | None = None
        self._last: datetime | None = None

    def unbroken_since(self, at: datetime) -> datetime:
        """The start of the first turn since the last break, if a turn begins now."""
        if self._since is None or self._last is None or at - self._last > self._max_gap:
            return at
        return self._since

    def completed(self, began_at: datetime) -> None:
        """A turn was completed; a failed one does not count."""
        self._since, self._last = self.unbroken_since(began_at), began_at
