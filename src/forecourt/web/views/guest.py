"""What people without an account see: the socket before paying, and their visit."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from forecourt.kernel import Money, Refused
from forecourt.web.views.bays import BayState
from forecourt.web.views.booking import BookingView
from forecourt.web.views.charges import ChargeView
from forecourt.web.views.price_parts import TariffPart
from forecourt.web.views.quote import QuoteView


@dataclass(frozen=True, slots=True)
class ScanView:
    """A socket as its code shows it. refused: why no charge can be started; version: the price that is shown.

    hold: what will be held; bounded: by the tariff's own amount, not by what a charge is expected to cost.
    """

    code: str
    bay: str
    site_name: str
    address: str
    zone: str
    currency: str
    state: BayState
    plugged: bool
    max_power_w: int
    prices: tuple[TariffPart, ...]
    quote: QuoteView | None
    version: str
    hold: Money | None
    bounded: bool
    refused: Refused | None


@dataclass(frozen=True, slots=True)
class OwnStart:
    """The same socket for a driver who is signed in: started from the account, at the driver's own price."""

    evse_id: str
    site: str
    quote: QuoteView


@dataclass(frozen=True, slots=True)
class LongerView:
    """A choice of a longer stay. cost: of the whole charge then, as expected. more: to be held besides; None = nothing."""

    minutes: int
    end: datetime
    cost: Money
    more: Money | None


@dataclass(frozen=True, slots=True)
class BookedStay:
    """The booking behind a running charge: until when it is, and what a longer stay would cost.

    waits, more: until when it will be, once the hold that is waited for stands, and how much that is. why: what became of the last
    wish, where it came to nothing.
    """

    until: datetime
    choices: tuple[LongerView, ...] = ()
    waits: datetime | None = None
    more: Money | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class VisitView:
    """step: "opening", "pay", "starting", "charging", "ended" or "over". held: what stands on cards, or stood for the charge.

    refusal: why the last card was refused. more: another hold waits for the payer. opened: there is a page to pay it at.
    owed: of the bill. taken, returned: at the end.
    raised_by: what can be held besides while it charges. ends_soon: it stops within minutes, since what is held will be used up.
    stopping: its charger was asked to end it.
    mailed: the receipt goes to an address. booked: it is the charge of a booking, which has a page of its own; stay: while it charges.
    """

    key: str
    step: str
    bay: str
    site_name: str
    zone: str
    code: str
    asked: Money
    held: Money
    refusal: str = ""
    why: str = ""
    page: str = ""
    charge: ChargeView | None = None
    more: bool = False
    receipt: str = ""
    taken: Money | None = None
    owed: Money | None = None
    mailed: bool = False
    booked: bool = False
    stay: BookedStay | None = None
    opened: bool = False
    raised_by: Money | None = None
    ends_soon: bool = False
    stopping: bool = False

    @property
    def live(self) -> bool:
        """Something will still change by itself."""
        return self.step not in ("over",)

    def pays_at(self, back: str) -> str:
        """The processor's page, which leads back to that address; or ours with its card field."""
        return f"{self.page}&back={quote(back, safe='')}" if self.page else f"/c/{self.key}/pay"


@dataclass(frozen=True, slots=True)
class GuestBookingView:
    """step: "opening", "pay", "firm", "here" (a start is possible), "charging" (there is a charge to look at) or "over".

    amount: asked for, or held. fee: for not coming, at the most. costs: what cancelling now would; None = nothing. movable: another time
    can be had; today: what the time booked would cost now, where that is not what was promised.
    why: of what is over. code: of the coupon for a promise not kept. receipt: the number of a bill; taken: from the card.
    billed: no bill of it is waited for. quoted: how the price of the booking comes about; None = it is over, or its time has moved since.
    """

    key: str
    step: str
    booking: BookingView
    address: str
    currency: str
    prices: tuple[TariffPart, ...]
    amount: Money
    fee: Money
    pay_until: datetime
    email: str
    page: str = ""
    refusal: str = ""
    costs: Money | None = None
    movable: bool = False
    today: Money | None = None
    why: str = ""
    code: str = ""
    receipt: str = ""
    taken: Money | None = None
    quoted: QuoteView | None = None
    billed: bool = True

    @property
    def live(self) -> bool:
        """Something will still change by itself."""
        return self.step != "over" or not self.billed


@dataclass(frozen=True, slots=True)
class BookedHere:
    """A guest's booking where they look. pay_until: the slot is kept for so long; None = it is firm."""

    key: str
    start: datetime
    end: datetime
    zone: str
    pay_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodeView:
    """A socket with its printed code. drawn: the QR code as SVG."""

    evse_id: str
    bay: str
    kind: str
    code: str = ""
    address: str = ""
    drawn: str = ""
