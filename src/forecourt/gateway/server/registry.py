"""Which connection speaks for a charger: the one that authenticated last, and no other."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from forecourt.gateway.server.ports import ChargerAccess
from forecourt.kernel import ChargerId

_MINUTE_S = 60.0


class Connection(Protocol):
    """A connection, as seen by the registry."""

    charger_id: ChargerId
    flapping: bool
    approved: bool

    def replaced(self) -> None: ...

    def close(self) -> None: ...

    def tick(self, now: float) -> None: ...


@dataclass(slots=True)
class ChargerState:
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


class ConnectionRegistry:
    """The connections of one process. Each gets an epoch; one whose epoch is not its charger's newest is fenced off."""

    def __init__(self, flaps_per_minute: int) -> None:
        self._limit = flaps_per_minute
        self._connections: dict[ChargerId, Connection] = {}
        self._epoch = 0
        self._takeovers: dict[ChargerId, deque[float]] = {}
        self._states: dict[ChargerId, ChargerState] = {}

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._connections.values()))

    def __len__(self) -> int:
        return len(self._connections)

    def next_epoch(self) -> int:
        self._epoch += 1
        return self._epoch

    def enter(self, connection: Connection, now: float) -> None:
        """The connection takes the charger over; the previous one is fenced, pinged and closed."""
        before = self._connections.get(connection.charger_id)
        self._connections[connection.charger_id] = connection
        if before is None:
            return
        self.record_takeover(connection, now)
        before.replaced()

    def record_takeover(self, connection: Connection, now: float) -> None:
        """Record that the charger has changed sockets, within this process or to another."""
        takeovers = self._takeovers.setdefault(connection.charger_id, deque(maxlen=self._limit + 1))
        takeovers.append(now)
        connection.flapping = self.is_flapping(connection.charger_id, now)

    def leave(self, connection: Connection) -> bool:
        """True if the charger has no socket now; False if a newer connection has already taken over."""
        if self._connections.get(connection.charger_id) is not connection:
            return False
        del self._connections[connection.charger_id]
        return True

    def of(self, charger_id: ChargerId) -> Connection | None:
        return self._connections.get(charger_id)

    def charger_state(self, charger_id: ChargerId, access: ChargerAccess) -> ChargerState:
        """access: with what was known of it before this process started."""
        if charger_id not in self._states:
            self._states[charger_id] = ChargerState(mute=set(access.mute), firmware=access.firmware)
        return self._states[charger_id]

    def is_flapping(self, charger_id: ChargerId, now: float) -> bool:
        """Whether sockets have taken this identity from each other more often than the limit within a minute."""
        takeovers = self._takeovers.get(charger_id)
        return takeovers is not None and len(takeovers) > self._limit and takeovers[0] > now - _MINUTE_S

    def flapping(self, now: float) -> tuple[str, ...]:
        """The identities that flap now; the others are forgotten."""
        for charger_id in [key for key, takeovers in self._takeovers.items() if takeovers[-1] <= now - _MINUTE_S]:
            del self._takeovers[charger_id]
        return tuple(charger_id for charger_id in self._takeovers if self.is_flapping(charger_id, now))
