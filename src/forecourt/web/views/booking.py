"""Views of a booking."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.kernel import Money
from forecourt.stations import ANY_BAY, BayNeed
from forecourt.web.views.deposit import DepositView


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message to the driver about a booking."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class PowerPromiseView:
    """The outcome of a power promise: promised and delivered. cause, credit: if it was broken; otherwise cause is empty."""

    promised_wh: int
    delivered_wh: int
    cause: str = ""
    credit: Money | None = None


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking, for its driver and for staff.

    state: confirmed, bound, kept, cancelled, missed or broken; unpaid until its deposit, or a guest's hold, is secured; offered until
    the driver on the waiting list accepts it.
    promised_from, promised_to: the stay lies between these instants; fixed: its time no longer moves. moved: how often we changed its bay
    or time. late_s: how late the driver came, or is by now; overstay_s: how long the car stayed after the end.
    promised_wh, promised_w: energy and power that go with it, whoever else charges; unsure_since: since then they may not be available;
    unsure_credit: the credit in that case. charging: the stay has begun and not ended. cause, credit: of a broken promise.
    fee: the cost of a no-show, at most, or as billed; None = nothing. free_until: how long cancelling is free; receipt: the number of the
    fee's bill.
    chargeable_wh: the part of energy_wh that can be charged in that time.
    waits_until: no bay is free although it is time; if there is none by then, the promise is broken.
    out_of_reach: the charger of its bay has had no connection since the bay was chosen, so it costs nothing any more.
    other_car: a charge from before the booking has claimed it, and its driver may report that another car comes.
    startable_evse_id: the socket held for its driver now; empty if there is none, or it cannot be started remotely.
    may_be_blocked: its driver may be at the bay now, and report that another car is in it.
    charge_id: of the charge that kept it. driver_url: the driver's page in the console; set only there.
    staff_can_cancel: staff may cancel it for the driver."""

    id: str
    site_name: str
    site_slug: str
    zone: str
    kind: str
    start: datetime
    end: datetime
    state: str
    bay: str = ""
    quote: Money | None = None
    driver: str = ""
    number: int = 0
    promised_from: datetime | None = None
    promised_to: datetime | None = None
    fixed: bool = True
    charging: bool = False
    cause: str = ""
    credit: Money | None = None
    lane: int = 0
    energy_wh: int = 0
    chargeable_wh: int = 0
    messages: tuple[MessageView, ...] = ()
    moved: int = 0
    late_s: int = 0
    overstay_s: int = 0
    deposit: DepositView | None = None
    promised_wh: int = 0
    promised_w: int = 0
    unsure_since: datetime | None = None
    unsure_credit: Money | None = None
    power: PowerPromiseView | None = None
    fee: Money | None = None
    free_until: datetime | None = None
    receipt: str = ""
    need: BayNeed = ANY_BAY
    waits_until: datetime | None = None
    out_of_reach: bool = False
    other_car: bool = False
    startable_evse_id: str = ""
    may_be_blocked: bool = False
    charge_id: str = ""
    driver_url: str = ""
    staff_can_cancel: bool = False

    @property
    def flexible_min(self) -> int:
        """By how many minutes its start may still move either way."""
        whole = self.promised_to - self.promised_from if self.promised_from and self.promised_to and not self.fixed else timedelta()
        return max(0, (whole - (self.end - self.start)) // timedelta(minutes=2)) if whole else 0

    @property
    def live(self) -> bool:
        return self.state in {"confirmed", "bound", "unpaid", "offered"}


@dataclass(frozen=True, slots=True)
class WaitlistView:
    """A time somebody waits for. state: hoping, offered (until then, for so much; fee: for not coming, at the most),
    taken, declined, unanswered, unmet or closed."""

    id: str
    site_name: str
    site_slug: str
    zone: str
    kind: str
    start: datetime
    end: datetime
    state: str
    energy_wh: int
    need: BayNeed = ANY_BAY
    until: datetime | None = None
    due: Money | None = None
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class AlternativeTime:
    """Another free window, with its price and the energy that could be promised in it."""

    start: datetime
    end: datetime
    due: Money
    promised_wh: int = 0


@dataclass(frozen=True, slots=True)
class SlotDay:
    """The number of a kind's sockets that are free for an hour from each start of a day. slots: (start, free), by time."""

    zone: str
    start: datetime
    end: datetime
    now: datetime
    sockets: int
    slots: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True)
class BoardBar:
    """state: of a booking, or "walk_in"; words: who, and what is special about it."""

    start: datetime
    end: datetime
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A bay, or (label empty) bookings without one yet."""

    label: str
    bars: tuple[BoardBar, ...]


@dataclass(frozen=True, slots=True)
class BoardFigures:
    """Shares of the sockets' time so far, in percent; waits in minutes, None if there were none. waited_*: of how many. power_kept: power
    promises kept, among ended charges."""

    booked_percent: float
    unbooked_percent: float
    held_free_percent: float
    wait_booked_min: float | None
    waited_booked: int
    wait_others_min: float | None
    waited_others: int
    power_kept: int = 0
    power_promised: int = 0


@dataclass(frozen=True, slots=True)
class Board:
    """A site's day: who is where, when. Bars lie within start and end."""

    zone: str
    start: datetime
    end: datetime
    now: datetime
    rows: tuple[BoardRow, ...]
    figures: BoardFigures
