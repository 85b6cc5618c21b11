"""A charge as its driver sees it, running or ended."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Money
from forecourt.web.views.bays import BayState
from forecourt.web.views.charging_needs import NOTHING_STATED, NeedView
from forecourt.web.views.price_parts import TariffPart


@dataclass(frozen=True, slots=True)
class BandPart:
    """A stretch of a charge in one state."""

    start: datetime
    end: datetime
    state: BayState


@dataclass(frozen=True, slots=True)
class CostPoint:
    at: datetime
    cost: Money
    energy_wh: int


@dataclass(frozen=True, slots=True)
class ChargeBand:
    zone: str
    parts: tuple[BandPart, ...]
    points: tuple[CostPoint, ...]

    @property
    def currency(self) -> str:
        """Of the cost curve; empty where there is none yet."""
        return self.points[-1].cost.currency if self.points else ""


@dataclass(frozen=True, slots=True)
class StayView:
    """ends: of the booked or stated time; booked: which of them. over: it is past; waited_for: and somebody else needs the bay. parking:
    the cost of time without charging, by the price of this charge."""

    ends: datetime
    booked: bool
    over: bool
    waited_for: bool
    parking: tuple[TariffPart, ...] = ()


@dataclass(frozen=True, slots=True)
class ChargeView:
    """A charge, running or ended. cost: by the same rules as the bill. better_at: when the cheaper hours begin that its driver lets it wait
    for. balance: the most it may cost, if it is paid from a prepaid balance only."""

    id: str
    site_name: str
    site_slug: str
    zone: str
    bay: str
    state: BayState
    started_at: datetime
    ended_at: datetime | None
    at: datetime
    energy_wh: int
    need_wh: int | None
    power_w: int
    cost: Money | None
    ready_by: datetime | None
    departure: datetime | None
    band: ChargeBand | None = None
    receipt: str = ""
    soc_percent: int | None = None
    price_because: str = ""
    pay_by: str = ""  # how the driver pays: CARD, WALLET or ACCOUNT
    payer: str = ""  # who pays for their fleet
    waits_until: datetime | None = None  # a random delay until more power, where the law requires one
    stated: NeedView = NOTHING_STATED
    better_at: datetime | None = None
    balance: Money | None = None
    limit: Money | None = None  # its fleet's limit on the cost
    stay: StayView | None = None
    idle_costs: tuple[TariffPart, ...] = ()  # the cost of being parked without charging
    out_of_contact_since: datetime | None = None  # no contact with its charger since then: these are the last known values
    evse_id: str = ""
    help_phone: str = ""  # of the help desk; empty = none stated
    stop: str = ""  # "asked": its charger was asked to end it; "missed": it was unreachable, or refused

    @property
    def expected_wh(self) -> int | None:
        """Energy when the driver leaves, or the time booked ends, at the present power, where that is before the charge is ready."""
        departure = self.departure or (self.stay.ends if self.stay and self.stay.booked else None)
        if self.out_of_contact_since or self.ready_by is None or departure is None or departure >= self.ready_by:
            return None
        seconds = max(0, int((departure - self.at).total_seconds()))
        return self.energy_wh + self.power_w * seconds // 3600


@dataclass(frozen=True, slots=True)
class PastCharge:
    """An ended charge in a list."""

    id: str
    site_name: str
    zone: str
    bay: str
    started_at: datetime
    energy_wh: int
