"""Reservations of a simulated charger's sockets until an instant."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from forecourt.simulation.charger.bay import Bay, Transaction
from forecourt.simulation.clock import Clock


@dataclass(frozen=True, slots=True)
class Hold:
    """A reservation. evse 0: any socket of the charger. group: its other tokens may use it too; empty = none."""

    number: int
    evse: int
    token: str
    until: float
    group: str = ""

    def opens_for(self, token: str, group: str) -> bool:
        return token == self.token or (bool(group) and group == self.group)


class Holds:
    """changed: called when something is reserved or free again. expired: called when nobody came."""

    def __init__(self, bays: Iterable[Bay], clock: Clock, changed: Callable[[], None], expired: Callable[[Hold], None]) -> None:
        self._bays = tuple(bays)
        self._clock = clock
        self._changed, self._expired = changed, expired
        self._of: dict[int, Hold] = {}

    def __len__(self) -> int:
        return len(self._of)

    def keep(self, number: int) -> bool:
        """Whether this very socket is reserved."""
        return any(hold.evse == number for hold in self._of.values())

    def is_reserved_for_others(self, bay: Bay, token: str, group: str = "") -> bool:
        """Whether a reservation excludes this token from this socket."""
        if any(hold.opens_for(token, group) and hold.evse in (0, bay.number) for hold in self._of.values()):
            return False
        if self.keep(bay.number):
            return True
        free = sum(1 for b in self._bays if not b.plugged and b.operative) + (1 if bay.plugged else 0)
        return sum(1 for hold in self._of.values() if hold.evse == 0) >= max(1, free)

    def take(self, hold: Hold) -> str:
        """Reserve; returns a status common to both protocols."""
        wanted = [b for b in self._bays if hold.evse in (0, b.number)]
        if not wanted or hold.until <= self._clock.seconds():
            return "Rejected"
        if not any(b.operative for b in wanted):
            return "Unavailable"
        others = {one.evse for one in self._of.values() if one.number != hold.number}
        if not any(b.operative and not b.plugged and b.permit is None and b.number not in others for b in wanted):
            return "Occupied"
        self._of[hold.number] = hold
        self._clock.call_at(hold.until, lambda: self._expire(hold))
        self._changed()
        return "Accepted"

    def use(self, bay: Bay, tx: Transaction, group: str) -> None:
        """The transaction fulfils a reservation: it names the reservation, which ends."""
        mine = (h for h in self._of.values() if tx.token is not None and h.opens_for(tx.token, group) and h.evse in (0, bay.number))
        hold = next(mine, None)
        if hold is not None:
            tx.reservation = hold.number
            del self._of[hold.number]

    def release(self, number: int) -> bool:
        known = self._of.pop(number, None) is not None
        self._changed()
        return known

    def _expire(self, hold: Hold) -> None:
        if self._of.get(hold.number) is hold:
            del self._of[hold.number]
            self._expired(hold)
            self._changed()
