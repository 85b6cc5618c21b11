"""Request and response objects of the REST interface. Unknown fields are refused; energies are Wh, money is decimal text with its
currency."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct, field

from forecourt.kernel import Money, Span
from forecourt.stations import MAX_CM, BayNeed, BayTraits, Feature, features_named
from forecourt.tariffs import number_text
from forecourt.web.api.shared import DatedRequest
from forecourt.web.views.booking import BookingView
from forecourt.web.views.deposit import DepositOffer
from forecourt.web.views.place import Place
from forecourt.web.views.place_search import SiteCard
from forecourt.web.views.quote import PriceLine, QuoteView

Energy = Annotated[int, Meta(ge=1, le=200_000, description="Wh")]
Slug = Annotated[str, Meta(min_length=1, max_length=64)]


class QuoteRequest(DatedRequest):
    """What would a charge in this window cost?"""

    site: Slug
    kind: Annotated[str, Meta(max_length=64)]
    start: datetime
    end: datetime
    energy_wh: Energy


class BookingRequest(DatedRequest):
    """A bay of a kind at a site for a window, or for one of equal length that begins up to flexible_minutes earlier or later; energy_wh
    sizes the quote. driver: of the fleet the sender pays for; omitted: the sender. features: what the bay must offer, of accessible, cable,
    pull_through, roof and lit."""

    site: Slug
    kind: Annotated[str, Meta(max_length=64)]
    start: datetime
    end: datetime
    energy_wh: Energy = 12_000
    flexible_minutes: Annotated[int, Meta(ge=0, le=180)] = 0
    driver: UUID | None = None
    features: Annotated[list[str], Meta(max_length=10)] = field(default_factory=list)
    vehicle_height_cm: Annotated[int, Meta(ge=0, le=MAX_CM)] = 0

    @property
    def need(self) -> BayNeed:
        return BayNeed(features_named(self.features), self.vehicle_height_cm)

    @property
    def flexible(self) -> timedelta:
        return timedelta(minutes=self.flexible_minutes)


class Amount(Struct):
    """amount: decimal text in major units, with the decimals of its currency ("12.50"). currency: ISO 4217."""

    amount: str
    currency: str


class DepositItem(Struct):
    """step: "held", "later" (at: from when), "asked" (wait), "pay" (pay it at `finish` until `at`, or the booking ends), "fee" (a fee is
    charged to it) or "back". balance: set aside from the prepaid balance; otherwise held on a card. page: where the processor asks for a
    card now."""

    amount: Amount
    step: str
    balance: bool
    at: datetime | None
    refusal: str
    finish: str
    page: str


class DepositTerms(Struct):
    """The amount held for a booking in that window, how, and from when. way: "card", "balance" or "account" (then nothing is held)."""

    amount: Amount
    way: str
    held_from: datetime


class SiteItem(Struct):
    """free, total, kinds, plugs and max_power_w: of the matching bays. distance_m: in a straight line, null without a position."""

    slug: str
    name: str
    address: str
    free: int
    total: int
    kinds: list[str]
    typical_energy_wh: int
    typical_price: Amount | None
    plugs: list[str]
    max_power_w: int
    latitude: float | None
    longitude: float | None
    distance_m: int | None


class SocketItem(Struct):
    """standard: of the plug, as OCPI names it."""

    evse: str
    label: str
    standard: str
    max_power_w: int
    state: str
    maintenance_until: datetime | None = None
    features: list[str] = []
    max_height_cm: int | None = None


class ScannedSocketItem(Struct):
    """kind: as used in bookings and quotes."""

    site: str
    kind: str
    socket: SocketItem


class Line(Struct):
    """A line of a price, in words for people; because: the reason for it. For programs, quantity_value and unit: the quantity, as billed,
    as decimal text in "kWh" or "h"; empty for a line without a quantity."""

    what: str
    quantity: str
    unit_price: str
    amount: Amount
    because: str
    quantity_value: str
    unit: str


class QuoteItem(Struct):
    """As on the receipt of that charge, including the driver's benefits: see ReceiptItem.

    promised_*: with a booking of that time; see BookingItem.
    """

    energy_wh: int
    start: datetime
    end: datetime
    lines: list[Line]
    vat: Amount
    total: Amount
    because: str
    paid_by_others: list[Line]
    due: Amount
    deposit: DepositTerms | None = None
    promised_energy_wh: int = 0
    promised_power_w: int = 0


class SpecialDayItem(Struct, forbid_unknown_fields=True):
    """hours: "08:00-12:00, ..." or "closed". note: the reason."""

    day: date
    hours: Annotated[str, Meta(max_length=200)]
    note: Annotated[str, Meta(max_length=120)] = ""


class SiteDetail(Struct):
    """open: whether it is open now; changes_at: when that changes, null = not within a month. openings: by day in the zone of the site, as
    "06:00-22:00, ..." or "closed"; empty = always open. special_days: of the coming month that differ from the week. last_day: after it the
    place is closed for good. operator: the name that drivers know. help_phone: of the help desk, as +49 30 123456; empty = none."""

    slug: str
    name: str
    address: str
    zone: str
    kinds: list[str]
    sockets: list[SocketItem]
    quote: QuoteItem | None
    open: bool = True
    changes_at: datetime | None = None
    openings: dict[str, str] = {}
    special_days: list[SpecialDayItem] = []
    last_day: date | None = None
    operator: str = ""
    help_phone: str = ""


class BookingItem(Struct):
    """state: "offered" to who waited for it, "unpaid" while its deposit is waited for, then "confirmed", "bound" (a bay is chosen), "kept",
    "cancelled", "missed" or "broken". promised_energy_wh, promised_power_w: what goes with it, whoever else charges and as far as the car
    takes it; 0 = nothing. promised_unsure_since: there is less power now than then, and it may not be kept.
    fee: what not coming costs at the most, or has cost (fee_receipt: the number of its bill). free_until: to when cancelling is free."""

    id: str
    site: str
    kind: str
    start: datetime
    end: datetime
    state: str
    bay: str
    quote: Amount | None
    promised_start: datetime | None = None
    promised_end: datetime | None = None
    fixed: bool = True
    cause: str = ""
    credit: Amount | None = None
    deposit: DepositItem | None = None
    promised_energy_wh: int = 0
    promised_power_w: int = 0
    fee: Amount | None = None
    free_until: datetime | None = None
    fee_receipt: str = ""
    features: list[str] = []
    vehicle_height_cm: int = 0
    promised_unsure_since: datetime | None = None


def amount(money: Money) -> Amount:
    return Amount(str(money.amount), money.currency)


def line(view: PriceLine) -> Line:
    value = "" if view.count is None else number_text(view.count)
    return Line(view.what, view.quantity, view.unit_price, amount(view.amount), view.because, value, view.unit)


def site_item(card: SiteCard) -> SiteItem:
    return SiteItem(
        card.slug,
        card.name,
        card.address,
        card.free,
        card.total,
        list(card.kinds),
        card.typical_wh,
        amount(card.typical) if card.typical else None,
        list(card.plugs),
        card.most_w,
        card.position.latitude if card.position else None,
        card.position.longitude if card.position else None,
        card.distance_m,
    )


def quote_item(view: QuoteView) -> QuoteItem:
    lines, others = [line(one) for one in view.lines], [line(one) for one in view.paid_by_others]
    vat, total, due = amount(view.vat), amount(view.gross), amount(view.due)
    quoted = QuoteItem(view.energy_wh, view.start, view.end, lines, vat, total, view.because, others, due)
    quoted.promised_energy_wh, quoted.promised_power_w = view.promised_wh, view.promised_w
    return quoted


def site_detail(view: Place) -> SiteDetail:
    sockets = [
        SocketItem(one.evse_id, one.label, one.standard, one.max_power_w, str(one.state), one.maintenance_until, *_bay(one.bay))
        for one in view.sockets
    ]
    quote = quote_item(view.quote) if view.quote else None
    opening = view.opening
    week = {day.lower(): line for day, line in opening.week} if opening else {}
    days = [SpecialDayItem(day, str(hours), note) for day, hours, note in opening.days] if opening else []
    serves = (opening.open, opening.until, week, days, opening.last_day) if opening else (True, None, week, days, None)
    seen = (view.slug, view.name, view.address, view.zone, list(view.kinds), sockets, quote)
    return SiteDetail(*seen, *serves, view.operator, view.facts.help_phone)


def _bay(bay: BayTraits) -> tuple[list[str], int | None]:
    return _words(bay.features), bay.max_height_cm


def _words(features: Sequence[Feature]) -> list[str]:
    return [one.value for one in features]


def booking_item(view: BookingView) -> BookingItem:
    quote = amount(view.quote) if view.quote is not None else None
    seen = (view.id, view.site_slug, view.kind, view.start, view.end, view.state, view.bay, quote)
    credit = amount(view.credit) if view.credit else None
    more = (_deposit(view), view.promised_wh, view.promised_w, amount(view.fee) if view.fee else None, view.free_until, view.receipt)
    need = (_words(view.need.features), view.need.height_cm)
    return BookingItem(*seen, view.promised_from, view.promised_to, view.fixed, view.cause, credit, *more, *need, view.unsure_since)


def _deposit(view: BookingView) -> DepositItem | None:
    if view.deposit is None:
        return None
    finish = "" if view.deposit.firm or not view.live else f"/bookings/{view.id}/deposit"
    seen = (view.deposit.step, view.deposit.balance, view.deposit.at, view.deposit.refusal)
    return DepositItem(amount(view.deposit.amount), *seen, finish, view.deposit.page)


def deposit_terms(offer: DepositOffer | None, window: Span, now: datetime) -> DepositTerms | None:
    """offer: of that very window."""
    if offer is None:
        return None
    return DepositTerms(amount(offer.most), offer.way, max(now, window.end - timedelta(days=offer.days)))
