"""Room at the chargers' port, and who gives way when it is full: unidentified connections and strangers, not admitted or known chargers."""

import logging
from collections.abc import Sized
from typing import Protocol

_CROWDED = 0.9
_log = logging.getLogger(__name__)


class PendingConnection(Protocol):
    """A connection that has not been identified yet."""

    def evict(self) -> None: ...


class PendingConnections:
    """Each socket needs a file descriptor, and without descriptors no one can connect. most: sockets in all; connections: admitted ones."""

    def __init__(self, most: int, connections: Sized) -> None:
        self._most = most
        self._connections = connections
        self._waiting: dict[PendingConnection, None] = {}
        self._was_crowded = False
        self.evicted = 0

    @property
    def free(self) -> int:
        return max(0, self._most - len(self._connections) - len(self._waiting))

    @property
    def is_crowded(self) -> bool:
        """If so, strangers are no longer admitted."""
        return self.free < (1 - _CROWDED) * self._most

    def enter(self, one: PendingConnection) -> None:
        """If there is no room, drop the connection that has waited longest without sending anything: a charger identifies itself
        immediately."""
        self._waiting[one] = None
        longest = next(iter(self._waiting))
        if longest is not one and len(self._connections) + len(self._waiting) > self._most:
            self.leave(longest)
            self.evicted += 1
            longest.evict()

    def log_crowding(self) -> None:
        """Log one line when it becomes crowded, and no other until there is room again."""
        if self.is_crowded and not self._was_crowded:
            _log.warning("nine of ten places for sockets are taken (%d are free): no more strangers are let in", self.free)
        self._was_crowded = self.is_crowded

    def leave(self, one: PendingConnection) -> None:
        """The connection is admitted, or gone."""
        self._waiting.pop(one, None)
