"""One bay of a charger: the socket, who may use it, and its running transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from forecourt.simulation.charger.evse import Evse
from forecourt.simulation.clock import Timer


@dataclass(slots=True)
class Transaction:
    """A transaction as the charger keeps it. number: what they know it by; in 1.6 only after their answer.

    group: of its token, as they answered; any token of the group may end it."""

    key: str
    token: str | None
    started_at: float
    meter_start_wh: int
    number: str | None = None
    seq: int = -1
    reservation: int | None = None
    remote_start: int | None = None
    reported_state: str = ""
    group: str = ""

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq


@dataclass(frozen=True, slots=True)
class Permit:
    """Permission to charge here as soon as the cable is in."""

    token: str
    trigger: str
    remote_start: int | None = None
    group: str = ""


@dataclass(slots=True)
class Bay:
    """evse: its electrical side. reported: the last status reported."""

    evse: Evse
    tx: Transaction | None = None
    permit: Permit | None = None
    operative: bool = True
    operative_later: bool | None = None
    reported: str = ""
    due: Timer | None = None
    metering: Timer | None = None
    plug_timeout: Timer | None = None

    @property
    def number(self) -> int:
        return self.evse.spec.number

    @property
    def plugged(self) -> bool:
        return self.evse.car is not None

    def state(self) -> str:
        """The charging state, in 2.0.1's words."""
        if self.tx is None:
            return "EVConnected" if self.plugged else "Idle"
        if not self.plugged:
            return "Idle"
        if self.tx.token is None:
            return "EVConnected"
        if self.evse.current_a > 0:
            return "Charging"
        return "SuspendedEVSE" if self.evse.offered_a <= 0 else "SuspendedEV"


def each(bays: Iterable[Bay], act: Callable[[Bay], None]) -> None:
    for bay in bays:
        act(bay)
