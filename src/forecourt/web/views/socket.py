"""What the page of a charger shows of its sockets."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.stations import BayTraits, Charger, Finding, Maintenance, Obedience, OutsideLimit, Site
from forecourt.web.views.bays import BayState

_PLAIN_BAY = BayTraits()


@dataclass(frozen=True, slots=True)
class LimitRow:
    """took_s: seconds until a reading showed the limit; None: none has (yet)."""

    limit_a: int
    told_at: datetime
    took_s: int | None
    last_ma: int | None


@dataclass(frozen=True, slots=True)
class TestView:
    """by: who asked for it, as the log knows them. ended_at None: it runs; waits: until the others have made room."""

    by: str
    begun_at: datetime
    ended_at: datetime | None
    finding: Finding | None
    because: str
    rows: tuple[LimitRow, ...]
    waits: bool


@dataclass(frozen=True, slots=True)
class OnSocket:
    """Who charges at a socket now, or (kept) the booking it is kept for. who: empty where nobody knows; at: since when, or from when."""

    href: str
    who: str
    at: datetime
    energy_wh: int = 0
    kept: bool = False


@dataclass(frozen=True, slots=True)
class SocketRow:
    """on: who charges, then the bookings it is kept for, soonest first. cannot: why no test can begin now; empty = it can.
    lacks: readings its charger does not send that its limits or bills need."""

    evse_id: str
    number: int
    label: str
    state: BayState
    obedience: Obedience
    max_a: int
    test: TestView | None
    cannot: str
    lacks: tuple[str, ...] = ()
    bay: BayTraits = _PLAIN_BAY  # as described
    tethered: bool = False
    on: tuple[OnSocket, ...] = ()
    works: tuple[Maintenance, ...] = ()  # that run or are planned, as the site has them

    @property
    def testing(self) -> bool:
        return self.test is not None and self.test.ended_at is None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """By which tariff a charger works out what charges at a socket cost. refused: its word where it did not take it; because: why it is
    told none."""

    label: str
    tariff: str
    told: bool
    refused: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AsideRow:
    """A limit of others that counts no more. who: said so; empty = the charger's own word excludes it."""

    whose: str
    evse_number: int
    at: datetime
    who: str
    because: str


@dataclass(frozen=True, slots=True)
class ChargerPage:
    """limits: of others, that count now; set_aside: those its charger has told of and not lifted, and that count no more.
    uncounted: labels of its sockets that no limit of the site counts."""

    charger: Charger
    site: Site
    sockets: tuple[SocketRow, ...]
    has_password: bool
    differs: tuple[str, ...] = ()  # where it says of itself otherwise than was entered
    limits: tuple[OutsideLimit, ...] = ()
    set_aside: tuple[AsideRow, ...] = ()
    uncounted: tuple[str, ...] = ()
