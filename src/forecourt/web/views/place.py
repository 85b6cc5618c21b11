"""Views of a place's page, where drivers book and start."""

from dataclasses import dataclass
from datetime import date, datetime

from forecourt.stations import NOTHING_SAID, BayTraits, Feature, PublicFacts
from forecourt.web.views.bays import BayState
from forecourt.web.views.booking import SlotDay
from forecourt.web.views.deposit import DepositOffer
from forecourt.web.views.opening_hours import OpeningView
from forecourt.web.views.partner_offer import PartnerOfferView
from forecourt.web.views.price_parts import ComingPrices, TariffPart
from forecourt.web.views.quote import DayPrices, QuoteView

_PLAIN_BAY = BayTraits()


@dataclass(frozen=True, slots=True)
class SocketView:
    """One socket as a driver sees it. standard: OCPI's name of the plug, for programs; plug: for people."""

    evse_id: str
    label: str
    standard: str
    plug: str
    max_power_w: int
    state: BayState
    startable: bool = False
    maintenance_until: datetime | None = None  # end of the maintenance that puts it out of service
    maintenance_reason: str = ""
    bay: BayTraits = _PLAIN_BAY
    held_until: datetime | None = None  # held for somebody else, or with `mine` for the viewer
    mine: bool = False

    @property
    def held_for_other(self) -> bool:
        """Whether it is held for somebody else."""
        return self.held_until is not None and not self.mine


@dataclass(frozen=True, slots=True)
class Slot:
    start: datetime
    free: int
    least_w: int = 0  # power that could be promised for an hour from then on
    closed: bool = False  # the place is closed at some time of that hour


@dataclass(frozen=True, slots=True)
class Place:
    """walk_in_until: until when a driver without a booking could have a free bay; None = not now. selectable_features: some bays of the
    kind have them, others do not. has_height_limits: some do not admit high vehicles. chosen: what a booking of the chosen time costs.
    operator: the name that drivers know; facts: what it publishes about the place."""

    slug: str
    name: str
    address: str
    zone: str
    now: datetime
    kinds: tuple[str, ...]
    kind: str
    sockets: tuple[SocketView, ...]
    quote: QuoteView | None
    day_prices: DayPrices | None
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
    selectable_features: tuple[Feature, ...] = ()
    has_height_limits: bool = False
    chosen: QuoteView | None = None
    operator: str = ""
    facts: PublicFacts = NOTHING_SAID
