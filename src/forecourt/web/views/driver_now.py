"""What the console shows of a driver at this moment: for who has them on the phone."""

from dataclasses import dataclass

from forecourt.kernel import Money
from forecourt.payments import DunningCase, Prepaid
from forecourt.web.views.booking import BookingView
from forecourt.web.views.charges import ChargeView
from forecourt.web.views.starting import StartView


@dataclass(frozen=True, slots=True)
class OnBoard:
    """A booking. board: the address of its line on the board of its day."""

    booking: BookingView
    board: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody waits in a queue. called: it is their turn."""

    site_name: str
    site_slug: str
    kind: str
    called: bool


@dataclass(frozen=True, slots=True)
class DriverNow:
    """start: from the app, while no charge has followed. ahead: the next bookings, soonest first; further: how many come after them.
    lately: what became of the last ones, latest first. prepaid: None where nothing ever was; account: of the book. overdrawn: what
    the bank took back of it after it was spent. debts: open ones, oldest first. app_refused: why no charge begins from the app now;
    empty where one does, None where there is no app token."""

    charges: tuple[ChargeView, ...]
    start: StartView | None
    queue: Place | None
    ahead: tuple[OnBoard, ...]
    further: int
    lately: tuple[OnBoard, ...]
    prepaid: Prepaid | None
    account: str
    overdrawn: Money
    debts: tuple[DunningCase, ...]
    zone: str
    app_refused: str | None
