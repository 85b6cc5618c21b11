"""A driver's current situation in the console, for staff who have them on the phone."""

from dataclasses import dataclass

from forecourt.kernel import Money
from forecourt.payments import DunningCase, Prepaid
from forecourt.web.views.booking import BookingView
from forecourt.web.views.charges import ChargeView
from forecourt.web.views.start_progress import StartView


@dataclass(frozen=True, slots=True)
class BookingOnBoard:
    """A booking. board_url: of its line on the day's board."""

    booking: BookingView
    board_url: str


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A place in a queue. called: it is their turn."""

    site_name: str
    site_slug: str
    kind: str
    called: bool


@dataclass(frozen=True, slots=True)
class DriverNow:
    """start: from the app, while no charge has followed. upcoming: the next bookings, soonest first; more_upcoming: how many follow.
    recent: the last ones, latest first. prepaid: None if there never was a balance; account: its ledger account. overdrawn: what the
    bank reversed of it after it was spent. debts: open ones, oldest first. app_refused: why the app cannot start a charge now; empty if it
    can, None if there is no app token."""

    charges: tuple[ChargeView, ...]
    start: StartView | None
    queue: QueuePlace | None
    upcoming: tuple[BookingOnBoard, ...]
    more_upcoming: int
    recent: tuple[BookingOnBoard, ...]
    prepaid: Prepaid | None
    account: str
    overdrawn: Money
    debts: tuple[DunningCase, ...]
    zone: str
    app_refused: str | None
