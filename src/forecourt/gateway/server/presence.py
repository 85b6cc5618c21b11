"""Which visit speaks for a charger: the one that authenticated last, and no other."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from forecourt.gateway.server.ports import ChargerAccess
from forecourt.kernel import ChargerId

_MINUTE_S = 60.0


class Guest(Protocol):
    """A visit, as seen by the register of visits."""

    charger_id: ChargerId
    flapping: bool
    approved: bool

    def replaced(self) -> None: ...

    def close(self) -> None: ...

    def tick(self, now: float) -> None: ...


@dataclass(slots=True)
class Kept:
    """State of a charger that outlives its sockets. plans: by EVSE, the number of the last plan sent. mute: the actions it does not
    answer with this firmware."""

    plans: dict[int, int] = field(default_factory=dict)
    mute: set[str] = field(default_factory=set)
    firmware: str = ""

    def booted(self, firmware: str) -> None:
        """New firmware may have learned to answer."""
        if firmware != self.firmware:
            self.firmware = firmware
            self.mute.clear()


class Presence:
    """The visits of one process. Each gets an epoch; a visit whose epoch is not its charger's newest is fenced off."""

    def __init__(self, flaps_per_minute: int) -> None:
        self._limit = flaps_per_minute
        self._visits: dict[ChargerId, Guest] = {}
        self._epoch = 0
        self._taken_over: dict[ChargerId, deque[float]] = {}
        self._kept: dict[ChargerId, Kept] = {}

    def __iter__(self) -> Iterator[Guest]:
        return iter(tuple(self._visits.values()))

    def __len__(self) -> int:
        return len(self._visits)

    def next_epoch(self) -> int:
        self._epoch += 1
        return self._epoch

    def enter(self, visit: Guest, now: float) -> None:
        """The visit takes the charger over; the previous one is fenced, pinged and closed."""
        before = self._visits.get(visit.charger_id)
        self._visits[visit.charger_id] = visit
        if before is None:
            return
        self.took_over(visit, now)
        before.replaced()

    def took_over(self, visit: Guest, now: float) -> None:
        """Record that the charger has changed sockets, within this process or to another."""
        takeovers = self._taken_over.setdefault(visit.charger_id, deque(maxlen=self._limit + 1))
        takeovers.append(now)
        visit.flapping = self.is_flapping(visit.charger_id, now)

    def leave(self, visit: Guest) -> bool:
        """True if the charger has no socket now; False if a newer visit has already taken over."""
        if self._visits.get(visit.charger_id) is not visit:
            return False
        del self._visits[visit.charger_id]
        return True

    def of(self, charger_id: ChargerId) -> Guest | None:
        return self._visits.get(charger_id)

    def kept(self, charger_id: ChargerId, access: ChargerAccess) -> Kept:
        """access: with what was known of it before this process started."""
        if charger_id not in self._kept:
            self._kept[charger_id] = Kept(mute=set(access.mute), firmware=access.firmware)
        return self._kept[charger_id]

    def is_flapping(self, charger_id: ChargerId, now: float) -> bool:
        """Whether sockets have taken this identity from each other more often than the limit within a minute."""
        takeovers = self._taken_over.get(charger_id)
        return takeovers is not None and len(takeovers) > self._limit and takeovers[0] > now - _MINUTE_S

    def flapping(self, now: float) -> tuple[str, ...]:
        """The identities that flap now; the others are forgotten."""
        for charger_id in [key for key, takeovers in self._taken_over.items() if takeovers[-1] <= now - _MINUTE_S]:
            del self._taken_over[charger_id]
        return tuple(charger_id for charger_id in self._taken_over if self.is_flapping(charger_id, now))
