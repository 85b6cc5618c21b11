"""What the console's pages show beyond the views they share with drivers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from forecourt.flows.ports import ListPage
from forecourt.kernel import Money
from forecourt.stations import Position, SecurityProfile
from forecourt.web.views.bays import Bay, BayState, SitePlan
from forecourt.web.views.booking import Board, BookingView
from forecourt.web.views.charges import ChargeBand
from forecourt.web.views.driver_now import OnBoard
from forecourt.web.views.power import PowerView
from forecourt.web.views.receipt import ReceiptView


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person should look at. tone: warn or bad."""

    tone: str
    title: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class SiteNow:
    """position: None where nobody ever gave one. counts: bays by their state. plan: where it is drawn.
    power_w: what is known to be drawn. unheard: charges of which nobody hears now; unheard_w: what they drew last."""

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
    unheard: int = 0
    unheard_w: int = 0
    plan: SitePlan | None = None

    def count(self, state: str) -> int:
        return self.counts.get(state, 0)

    @property
    def gravity(self) -> int:
        """How much it needs somebody."""
        return max((2 if one.tone == "bad" else 1 for one in self.alarms), default=0)


@dataclass(frozen=True, slots=True)
class Now:
    """The first page: sites, alarms, money of the site's day. Where the sites are too many to draw, those that need somebody come first,
    and their alarms stand with them alone. left_out: how many sites are not among them, all of less gravity."""

    at: datetime
    zone: str
    sites: tuple[SiteNow, ...]
    drawn: bool
    left_out: int
    alarms: tuple[Alarm, ...]
    invoiced: tuple[Money, ...]
    clearing: tuple[Money, ...]
    energy_wh: int
    charges: int


@dataclass(frozen=True, slots=True)
class SitePage:
    plan: SitePlan
    power: PowerView | None
    sessions: tuple["SessionRow", ...]
    bookings: tuple[BookingView, ...]
    binding: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A charge in a list; ended_at None = running. unheard_since: its charger has no contact since then; power_w is what was told last."""

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
    unheard_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChargerRow:
    id: str
    site: str
    approval: str
    connected: bool
    protocol: str
    vendor: str
    model: str
    firmware: str
    seen_at: datetime | None
    bays: tuple[Bay, ...]
    zone: str = "UTC"
    limits: tuple[str, ...] = ()  # what is known of its sockets, each kind once
    profile: SecurityProfile | None = None


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step from fact to ledger entry. kind: fact, session, plan, order, document, ledger, payment or problem."""

    at: datetime
    kind: str
    title: str
    text: str = ""
    raw: str = ""
    href: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class SessionTrace:
    row: SessionRow
    transaction: str
    charger: str
    token: str
    reason: str
    notes: tuple[str, ...]
    band: ChargeBand | None
    steps: tuple[TraceStep, ...]
    receipt: ReceiptView | None = None
    price_because: str = ""
    version_id: str = ""
    driver_page: str = ""  # of one with an account
    token_kind: str = ""  # empty: nobody knows the token
    booking: OnBoard | None = None


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """late: what more can be billed, of an end that was told late; else late_why says why it cannot."""

    id: str
    at: datetime
    charger: str
    code: str
    text: str
    subject: str
    raw: str
    zone: str
    late: Money | None = None
    late_why: str = ""


@dataclass(frozen=True, slots=True)
class BookingsDay:
    day: date
    before: date
    after: date
    zone: str
    site: str
    bookings: tuple[BookingView, ...]
    board: Board


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """account: a kind alone where it is of all drivers."""

    account: str
    currency: str
    debit: Money
    credit: Money


@dataclass(frozen=True, slots=True)
class TrialBalance:
    rows: tuple[BalanceRow, ...]
    totals: tuple[BalanceRow, ...]


@dataclass(frozen=True, slots=True)
class OwedRow:
    """ages: owed for up to 30, 60, 90 days, and longer. credit: held in the driver's favour. balance: as in the book."""

    driver_id: str
    driver: str
    ages: tuple[Money, ...]
    credit: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Receivables:
    found: ListPage[OwedRow]
    totals: tuple[OwedRow, ...]
