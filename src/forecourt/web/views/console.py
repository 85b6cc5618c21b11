"""Views of the console's pages, besides those shared with drivers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from forecourt.drivers import Duty
from forecourt.kernel import Money
from forecourt.stations import Position
from forecourt.web.views.bays import BayState, SitePlan
from forecourt.web.views.booking import Board, BookingView
from forecourt.web.views.charges import ChargeBand
from forecourt.web.views.driver_now import BookingOnBoard


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs attention. tone: info, warn or bad. duty: shown to staff who have it; None: to all."""

    tone: str
    title: str
    text: str
    href: str
    duty: Duty | None = None


@dataclass(frozen=True, slots=True)
class SiteNow:
    """position: None if unknown. counts: bays by state. plan: if it is drawn. power_w: the power known to be drawn. out_of_contact:
    charges whose charger is; out_of_contact_w: what they drew last."""

    slug: str
    name: str
    address: str
    position: Position | None
    counts: Mapping[str, int]
    bays: int
    power_w: int
    limit_w: int | None
    chargers_online: int
    chargers: int
    alarms: tuple[Alarm, ...]
    out_of_contact: int = 0
    out_of_contact_w: int = 0
    plan: SitePlan | None = None

    def count(self, state: str) -> int:
        return self.counts.get(state, 0)

    @property
    def severity(self) -> int:
        """How urgently it needs attention."""
        return max((2 if one.tone == "bad" else 1 for one in self.alarms), default=0)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A charge in a list; ended_at None = running. out_of_contact_since: no contact with its charger since then; power_w is the last known
    value."""

    id: str
    site: str
    bay: str
    driver: str
    state: BayState
    started_at: datetime
    ended_at: datetime | None
    energy_wh: int
    power_w: int
    zone: str
    held: bool = False
    gross: Money | None = None
    out_of_contact_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step from fact to ledger entry. kind: fact, session, plan, order, document, ledger, payment or problem."""

    at: datetime
    kind: str
    title: str
    text: str = ""
    raw: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class TraceDocument:
    """A bill of the charge, or a credit note over one. label: what it is now; text: what it follows from, and what has followed."""

    label: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class SessionTrace:
    row: SessionRow
    transaction: str
    charger: str
    token: str
    reason: str
    notes: tuple[str, ...]
    band: ChargeBand | None
    cost: Money | None
    steps: tuple[TraceStep, ...]
    documents: tuple[TraceDocument, ...] = ()
    price_because: str = ""
    version_id: str = ""
    driver_url: str = ""  # of a driver with an account
    token_kind: str = ""  # empty: the token is unknown
    booking: BookingOnBoard | None = None


@dataclass(frozen=True, slots=True)
class BookingsDay:
    day: date
    before: date
    after: date
    zone: str
    site: str
    bookings: tuple[BookingView, ...]
    board: Board
