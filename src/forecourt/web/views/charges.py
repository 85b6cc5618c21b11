"""What each page shows, as frozen values: templates and pictures render these and nothing else.

Energies are Wh, powers W, instants aware UTC; `zone` is the IANA zone in which a page tells its times."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from forecourt.billing import MOST_COMPLAINTS, Complaint
from forecourt.kernel import Money, Span
from forecourt.stations import BayTraits, Feature
from forecourt.web.views.booking import SlotDay
from forecourt.web.views.deposit import DepositOffer
from forecourt.web.views.needs import NOTHING_SAID, NeedView
from forecourt.web.views.offer import PartnerOfferView
from forecourt.web.views.opening import OpeningView
from forecourt.web.views.price_parts import ComingPrices, TariffPart

_PLAIN_BAY = BayTraits()


class BayState(StrEnum):
    """The five states people see, and two for what nobody can say."""

    FREE = "free"
    RESERVED = "reserved"
    CHARGING = "charging"
    WITHHELD = "withheld"
    IDLE = "idle"
    FAULT = "fault"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Bay:
    """One bay of the site plan. x and y in metres. href: where its reason is told; empty = no link."""

    label: str
    x: float
    y: float
    state: BayState
    power_w: int = 0
    limit_w: int = 0
    energy_wh: int = 0
    href: str = ""


@dataclass(frozen=True, slots=True)
class SitePlan:
    slug: str
    name: str
    zone: str
    at: datetime
    bays: tuple[Bay, ...]
    power_w: int
    limit_w: int | None = None

    def count(self, state: BayState) -> int:
        return sum(1 for bay in self.bays if bay.state == state)


@dataclass(frozen=True, slots=True)
class Layer:
    """One band of a stacked chart, a watt value for each instant of the view."""

    name: str
    watts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PowerView:
    """Power through time: stacked layers, and the limit above them."""

    zone: str
    at: tuple[datetime, ...]
    layers: tuple[Layer, ...]
    limit_w: int | None = None


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From this instant on, a kilowatt-hour costs this much, tax included, in the currency of the day."""

    at: datetime
    per_kwh: Decimal


@dataclass(frozen=True, slots=True)
class PriceOfDay:
    currency: str
    zone: str
    start: datetime
    end: datetime
    now: datetime
    steps: tuple[PriceStep, ...]


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


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of a quote or a receipt, with its reason."""

    what: str
    quantity: str
    unit_price: str
    amount: Money
    because: str = ""


@dataclass(frozen=True, slots=True)
class QuoteView:
    """As the receipt of that charge will have it. due: the total less what partners pay. promised_*: with a booking; 0 = nothing.

    late: what coming late to the booking costs; empty = nothing.
    full_at: when the car has its energy, at full power, where it is then taken to stay to the end and pays for that; else None.
    """

    energy_wh: int
    lines: tuple[PriceLine, ...]
    gross: Money
    vat: Money
    zone: str
    start: datetime
    end: datetime
    due: Money
    because: str = ""
    paid_by_others: tuple[PriceLine, ...] = ()
    promised_wh: int = 0
    promised_w: int = 0
    full_at: datetime | None = None
    late: str = ""


@dataclass(frozen=True, slots=True)
class SocketView:
    """One socket as a driver sees it. standard: OCPI's name of the plug, for programs; plug: people's."""

    evse_id: str
    label: str
    standard: str
    plug: str
    max_power_w: int
    state: BayState
    startable: bool = False
    works_until: datetime | None = None  # of the maintenance that keeps it from serving now
    works_reason: str = ""
    bay: BayTraits = _PLAIN_BAY


@dataclass(frozen=True, slots=True)
class Slot:
    start: datetime
    free: int
    least_w: int = 0  # power that could be promised for an hour from then on
    closed: bool = False  # the place is closed at some time of that hour


@dataclass(frozen=True, slots=True)
class Place:
    """walk_in_until: until when somebody without a booking could have a free bay; None = not now. can_ask: what some bays of the kind
    offer and others do not. heights: some take no high vehicles."""

    slug: str
    name: str
    address: str
    zone: str
    now: datetime
    kinds: tuple[str, ...]
    kind: str
    sockets: tuple[SocketView, ...]
    quote: QuoteView | None
    price_of_day: PriceOfDay | None
    day: date
    days: tuple[date, ...]
    slots: tuple[Slot, ...]
    latitude: str = ""
    longitude: str = ""
    no_show: str = ""
    late: str = ""
    prices: tuple[TariffPart, ...] = ()
    coming: ComingPrices | None = None  # within the days that can be booked
    currency: str = ""
    walk_in_until: datetime | None = None
    offers: tuple[PartnerOfferView, ...] = ()
    slot_day: SlotDay | None = None
    deposit: DepositOffer | None = None
    opening: OpeningView | None = None
    can_ask: tuple[Feature, ...] = ()
    heights: bool = False


@dataclass(frozen=True, slots=True)
class ChargeView:
    """A charge, running or ended. cost: by the same rule as the bill. better_at: when the hours begin for which its driver lets it wait.
    balance: what it may cost at most, where it is paid from a prepaid balance alone."""

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
    pay_by: str = ""  # of who charges: CARD, WALLET or ACCOUNT
    waits_until: datetime | None = None  # more power waits at random till then, where the law asks for it
    said: NeedView = NOTHING_SAID
    better_at: datetime | None = None
    balance: Money | None = None

    @property
    def expected_wh(self) -> int | None:
        """Energy when the driver leaves, at the present power, where that is before the charge is ready; else None."""
        if self.ready_by is None or self.departure is None or self.departure >= self.ready_by:
            return None
        seconds = max(0, int((self.departure - self.at).total_seconds()))
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


@dataclass(frozen=True, slots=True)
class VatLine:
    percent: str
    net: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class ReceiptView:
    number: str
    issued_at: datetime
    zone: str
    kind: str
    site_name: str
    seller: str
    buyer: str
    gross: Money
    net: Money
    due: Money
    vat: tuple[VatLine, ...]
    lines: tuple[PriceLine, ...]
    paid: str
    energy_wh: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    session_id: str = ""
    driver: str = ""
    cost_centre: str = ""
    price_because: str = ""
    paid_by_others: tuple[PriceLine, ...] = ()
    paid_from: tuple[tuple[str, Money], ...] = ()
    went_back: tuple[tuple[str, Money], ...] = ()  # to the card or the balance, after credit notes
    paid_back: tuple[tuple[Money, date | None], ...] = ()  # by transfer, and on which day; None: it is still to be paid
    complaints: tuple[Complaint, ...] = ()
    pay_how: str = ""  # of what is not paid: what is to be done
    period: Span | None = None  # of a membership's fee, or of the booking that was not used

    @property
    def is_credit(self) -> bool:
        return self.kind == "Credit note"

    @property
    def last_day(self) -> datetime | None:
        """Within the last day of the time it is for, as its file tells it."""
        return self.period.end - timedelta(seconds=1) if self.period else None

    @property
    def may_complain(self) -> bool:
        return len(self.complaints) < MOST_COMPLAINTS and not any(one.open for one in self.complaints)


@dataclass(frozen=True, slots=True)
class FilesView:
    """The files of a document. Hashes are SHA-256; empty = not there (yet). missing: why it cannot be an e-invoice."""

    pdf_sha256: str
    xml_sha256: str
    missing: str = ""


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line of a bill and the same worked out again; None where one of them is not there."""

    what: str
    rule: str
    sum: str
    rounding: str
    tax: str
    printed: Money | None
    again: Money | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class CheckedVat:
    percent: str
    how: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class StretchRow:
    """A stretch of the kept record in one state."""

    start: datetime
    end: datetime
    state: BayState
    energy_wh: int


@dataclass(frozen=True, slots=True)
class MeterRow:
    """energy_wh since the start; register_wh: the meter's count that this stands for."""

    at: datetime
    energy_wh: int
    register_wh: int
    state: BayState
    power_w: int | None


@dataclass(frozen=True, slots=True)
class SignedRow:
    """A signed reading as the charger sent it, and the key it was verified with; own: the operator entered that key."""

    data: str
    key: str
    own: bool


@dataclass(frozen=True, slots=True)
class BillCheckView:
    """recomputed False: there is no charge to work it out from, so the sums alone are checked. points: readings kept."""

    number: str
    zone: str
    agrees: bool
    recomputed: bool
    findings: tuple[str, ...]
    lines: tuple[CheckedLine, ...]
    vat: tuple[CheckedVat, ...]
    net: Money
    gross: Money
    tariff: str
    meter_start: str
    meter_stop: str
    energy_wh: int
    stretches: tuple[StretchRow, ...]
    readings: tuple[MeterRow, ...]
    notes: tuple[str, ...]
    points: int
    signed: tuple[SignedRow, ...] = ()
