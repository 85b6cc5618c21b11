"""Views of a charger's sockets."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.stations import BayTraits, Charger, ExternalLimit, Finding, Maintenance, Obedience, Site
from forecourt.web.views.bays import BayState

_PLAIN_BAY = BayTraits()


@dataclass(frozen=True, slots=True)
class LimitRow:
    """took_s: seconds until a reading showed the limit; None: none has (yet)."""

    limit_a: int
    sent_at: datetime
    took_s: int | None
    last_ma: int | None


@dataclass(frozen=True, slots=True)
class TestView:
    """by: who requested it, as in the log. ended_at None: it runs; waits: until the other cars have made room."""

    by: str
    begun_at: datetime
    ended_at: datetime | None
    finding: Finding | None
    because: str
    rows: tuple[LimitRow, ...]
    waits: bool


@dataclass(frozen=True, slots=True)
class SocketOccupant:
    """Who charges at a socket now, or (kept) the booking it is held for. who: empty if unknown; at: since when, or from when."""

    href: str
    who: str
    at: datetime
    energy_wh: int = 0
    kept: bool = False


@dataclass(frozen=True, slots=True)
class SocketRow:
    """occupants: who charges, then the bookings it is held for, soonest first. test_obstacle: why no test can start now; empty = it can.
    missing_readings: those that limits or bills need and its charger does not send."""

    evse_id: str
    number: int
    label: str
    state: BayState
    obedience: Obedience
    max_a: int
    test: TestView | None
    test_obstacle: str
    missing_readings: tuple[str, ...] = ()
    bay: BayTraits = _PLAIN_BAY  # as described
    tethered: bool = False
    occupants: tuple[SocketOccupant, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()  # running or planned, as entered for the site

    @property
    def testing(self) -> bool:
        return self.test is not None and self.test.ended_at is None


@dataclass(frozen=True, slots=True)
class ChargerTariffRow:
    """The tariff by which a charger calculates costs at a socket. refused: its status if it rejected it; because: why none is sent."""

    label: str
    tariff: str
    sent: bool
    refused: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DisregardedLimitRow:
    """A disregarded external limit. who: set it aside; empty = the charger's own report excludes it."""

    source_name: str
    evse_number: int
    at: datetime
    who: str
    because: str


@dataclass(frozen=True, slots=True)
class ChargerPage:
    """limits: external ones in force; disregarded: reported and not lifted, but disregarded. uncounted: labels of its sockets that no limit
    of the site covers."""

    charger: Charger
    site: Site
    sockets: tuple[SocketRow, ...]
    has_password: bool
    discrepancies: tuple[str, ...] = ()  # where its own report differs from what was entered
    limits: tuple[ExternalLimit, ...] = ()
    disregarded: tuple[DisregardedLimitRow, ...] = ()
    uncounted: tuple[str, ...] = ()
