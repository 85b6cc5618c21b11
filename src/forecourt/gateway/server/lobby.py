"""Room at the chargers' port, and who gives way where there is none: not a charger that is in, nor one we know."""

import logging
from collections.abc import Sized
from typing import Protocol

_CROWDED = 0.9
_log = logging.getLogger(__name__)


class Waiting(Protocol):
    """A connection of which nobody knows yet whose it is."""

    def turn_out(self) -> None: ...


class Lobby:
    """Each socket is a descriptor, and without descriptors nobody comes in. most: sockets in all; visits: those that are in."""

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
        """Then no strangers are let in any more."""
        return self.free < (1 - _CROWDED) * self._most

    def enter(self, one: Waiting) -> None:
        """Where there is no room, whoever has been at the door for longest without a word goes: a charger says at once who it is."""
        self._waiting[one] = None
        longest = next(iter(self._waiting))
        if longest is not one and len(self._visits) + len(self._waiting) > self._most:
            self.leave(longest)
            self.turned_out += 1
            longest.turn_out()

    def look(self) -> None:
        """One line when it becomes crowded, and no other until there is room again."""
        if self.crowded and not self._was_crowded:
            _log.warning("nine of ten places for sockets are taken (%d are free): no more strangers are let in", self.free)
        self._was_crowded = self.crowded

    def leave(self, one: Waiting) -> None:
        """It is in, or gone."""
        self._waiting.pop(one, None)
