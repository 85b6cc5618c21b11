"""Room at the chargers' port, and who gives way when it is full: unidentified connections and strangers, not admitted or known chargers."""

import logging
from collections.abc import Sized
from typing import Protocol

_CROWDED = 0.9
_log = logging.getLogger(__name__)


class Waiting(Protocol):
    """A connection that has not been identified yet."""

    def turn_out(self) -> None: ...


class Lobby:
    """Each socket needs a file descriptor, and without descriptors no one can connect. most: sockets in all; visits: admitted ones."""

    def __init__(self, most: int, visits: Sized) -> None:
        self._most = most
        self._visits = visits
        self._waiting: dict[Waiting, None] = {}
        self._was_crowded = False
        self.turned_out = 0

    @property
    def free(self) -> int:
        return max(0, self._most - len(self._visits) - len(self._waiting))

    @property
    def crowded(self) -> bool:
        """If so, strangers are no longer admitted."""
        return self.free < (1 - _CROWDED) * self._most

    def enter(self, one: Waiting) -> None:
        """If there is no room, drop the connection that has waited longest without sending anything: a charger identifies itself
        immediately."""
        self._waiting[one] = None
        longest = next(iter(self._waiting))
        if longest is not one and len(self._visits) + len(self._waiting) > self._most:
            self.leave(longest)
            self.turned_out += 1
            longest.turn_out()

    def look(self) -> None:
        """Log one line when it becomes crowded, and no other until there is room again."""
        if self.crowded and not self._was_crowded:
            _log.warning("nine of ten places for sockets are taken (%d are free): no more strangers are let in", self.free)
        self._was_crowded = self.crowded

    def leave(self, one: Waiting) -> None:
        """The connection is admitted, or gone."""
        self._waiting.pop(one, None)
