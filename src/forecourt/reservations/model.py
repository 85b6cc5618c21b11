"""Bookings: a promise of a socket of a kind at a site for a window; which socket it is, is decided late."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.kernel import BadInput, BookingId, DriverId, EvseId, Money, OperatorId, SessionId, SiteId, Span, TariffVersionId, TokenUid
from forecourt.stations import ANY_BAY, BayNeed

BIND_BEFORE = timedelta(minutes=10)
GRACE = timedelta(minutes=15)
# A driver who comes up to this much too early already counts as arrived.
EARLY = timedelta(minutes=15)
# From this long before its window on, a booking does not move any more: the driver has been notified of the time.
NOTICE = timedelta(hours=1)
# A time that began no longer ago than this can still be booked: it began while the driver was asking.
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Quote:
    """The price shown when the promise was made: the tariff version, and the cost of a typical charge in the window.

    because: why this price, for the driver. The charge under this booking gets this tariff, whatever is published in between.
    off: what memberships, coupons and vouchers would have taken off at that time; None = nothing.
    """

    tariff_version_id: TariffVersionId
    energy_wh: int
    gross: Money
    because: str = ""
    off: Money | None = None

    @property
    def due(self) -> Money:
        """What the driver would pay."""
        return self.gross - self.off if self.off else self.gross


@dataclass(frozen=True, slots=True)
class BookingTerms:
    """The site's rules when the promise was made, each as in BookingRules: later changes apply to later bookings."""

    free_cancel_min: int
    broken_credit_percent: int

    @property
    def free_before(self) -> timedelta:
        return timedelta(minutes=self.free_cancel_min)


@dataclass(frozen=True, slots=True)
class PowerPromise:
    """Power promised with the socket, whoever else charges: power_w at any time of the window, and so energy_wh by its end for
    a car that is there from its start, as far as the car takes it.

    starting_s: time allowed at the start of the window until power flows. until: set if the promise ends before the window, because the
    stay was extended and no more could be promised.
    """

    power_w: int
    energy_wh: int
    starting_s: int
    until: datetime | None = None

    def __post_init__(self) -> None:
        if min(self.power_w, self.energy_wh) <= 0 or self.starting_s < 0:
            raise BadInput("power_promise", "A promise of power is of more than nothing.")


@dataclass(frozen=True, slots=True)
class PowerOutcome:
    """How a promise of power turned out. owed_wh: for the time the car was there. got_wh: by the end of its time. left_wh: energy
    on offer besides, up to the promised power, that the car did not take.

    cause: why the promise was not kept, "fault" (the charger failed) or "power" (less was on offer); empty = it was kept.
    credit: as for a broken promise of a socket.
    """

    owed_wh: int
    got_wh: int
    left_wh: int = 0
    cause: str = ""
    credit: Money | None = None

    @property
    def kept(self) -> bool:
        return not self.cause


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Promised; no socket chosen yet."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A socket is chosen and reserved for the driver."""

    evse_id: EvseId
    bound_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The driver came and is charging (or has charged)."""

    session_id: SessionId
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    """late: too close to the start to be free; it costs the no-show fee."""

    cancelled_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """Nobody came within the grace; the socket was released."""

    missed_at: datetime


@dataclass(frozen=True, slots=True)
class Broken:
    """We could not keep the promise: no socket could be given within the grace. cause: "fault", "overstay" or "walk_in";
    "blocked": the driver reported the bay blocked, and no other was free; "refused": the charger refused the start; "offline": it could not
    report whether the driver came; or we withdrew the promise, because the site is "closed" then, closes for good
    before it ("closing"), or its sockets are out of service ("maintenance").

    credit: the driver's compensation, off the next charge; None if the site gives nothing.
    """

    broken_at: datetime
    cause: str
    credit: Money | None = None


BookingState = Confirmed | Bound | Kept | Cancelled | Missed | Broken


@dataclass(frozen=True, slots=True)
class Note:
    """What the driver was notified of, when. code: "bay" (chosen), "bay_moved", "bay_lost", "bay_blocked", "out_of_reach", "time_moved",
    "changed", "extended", "other_car"; what: the bay's label, or the new start or end as an instant."""

    at: datetime
    code: str
    what: str


@dataclass(frozen=True, slots=True)
class Booking:
    """window: when the driver gets the socket, as planned now. within: what was promised, "somewhere between these two
    instants, as long as the window"; None = exactly the window. The window may move inside it until NOTICE before.

    number: the charger's reservation id (OCPP int32). lane: 0 .. sockets-1 in the pool of its kind; two live
    bookings of one lane never overlap, which the database enforces as well. A lane is not a socket.
    buffer_s: how long after the window the socket is not promised to others, because this driver tends to leave late.
    held: the socket is reserved until the window's end, however late the driver comes, and it is unknown how long the car then stays;
    otherwise it is reserved for the grace, and the car is to leave at the window's end.
    offered_until: the slot is offered to somebody on the waiting list, who may accept it until then.
    """

    id: BookingId
    operator_id: OperatorId
    site_id: SiteId
    kind: str
    driver_id: DriverId
    token: TokenUid
    window: Span
    number: int
    lane: int
    made_at: datetime
    state: BookingState
    quote: Quote | None = None
    within: Span | None = None
    buffer_s: int = 0
    notified: tuple[Note, ...] = ()
    refused_by: tuple[EvseId, ...] = ()  # sockets whose charger refused to reserve them
    power: PowerPromise | None = None
    power_outcome: PowerOutcome | None = None
    held: bool = False
    need: BayNeed = ANY_BAY  # of the bay
    offered_until: datetime | None = None
    power_unsure_since: datetime | None = None  # since then its promise of power no longer fits under the site's limits
    terms: BookingTerms | None = None  # None for bookings made before terms were stored: today's rules of the site apply

    def __post_init__(self) -> None:
        if not (self.promised.start <= self.window.start and self.window.end <= self.promised.end):
            raise BadInput("promise", "The window lies outside what was promised.")

    @property
    def promised(self) -> Span:
        return self.within or self.window

    @property
    def buffer(self) -> timedelta:
        return timedelta(seconds=self.buffer_s)

    @property
    def claim(self) -> Span:
        """When the socket cannot be anybody else's."""
        return Span(self.window.start, self.window.end + self.buffer) if self.buffer_s else self.window

    @property
    def given_up_at(self) -> datetime | None:
        """Until when a socket was reserved in vain: the driver did not come, or cancelled too late. The tariff may charge for it."""
        match self.state:
            case Missed(missed_at=at):
                return at
            case Cancelled(cancelled_at=at, late=True):
                return at
            case _:
                return None

    def fixed(self, at: datetime) -> bool:
        """Whether the window can no longer move: it never could, the driver has been notified, or a socket is chosen."""
        return self.within in (None, self.window) or not isinstance(self.state, Confirmed) or at > self.window.start - NOTICE

    @property
    def live(self) -> bool:
        """Whether it still claims a socket in its window."""
        return isinstance(self.state, Confirmed | Bound)
