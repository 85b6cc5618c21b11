"""The forms of booking and charging: for whom, how often."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from forecourt.kernel import BadInput, DriverId, parse_instant
from forecourt.reservations import Repeat
from forecourt.web.charging.bay_forms import BayForm


class BookForm(BayForm, kw_only=True):
    site: str
    kind: str
    minutes: int
    energy: int
    key: str
    start: str = ""
    flexible: int = 0
    repeat: str = ""
    weeks: int = 1
    driver: str = ""


class CancelForm(Struct):
    """costs: what the page said that cancelling costs, in minor units, empty = nothing; None: it said nothing of it."""

    costs: str | None = None

    @property
    def told_minor(self) -> int | None:
        if self.costs is None:
            return None
        return int(self.costs) if self.costs.isascii() and self.costs.isdecimal() and len(self.costs) <= 9 else 0


class StartForm(Struct):
    """by: "page" = a card is shown at the processor's page; else the stored card, the balance or the account."""

    evse: UUID
    site: str
    key: str
    by: str = ""


def start_chosen(text: str) -> datetime:
    """Raises BadInput for what is no instant, and where none of the times was chosen."""
    if not text:
        raise BadInput("start", "You have not chosen an arrival time.", "Choose one of the times.")
    return parse_instant(text)


def repeat_named(text: str) -> Repeat:
    """Raises BadInput for another word."""
    if text not in list(Repeat):
        raise BadInput("repeat", "{given!r} is not a way to repeat a booking.", "Use {known}.", given=text[:20], known=", ".join(Repeat))
    return Repeat(text)


def driver_named(text: str) -> DriverId | None:
    """None: the sender. Raises BadInput for what is no id."""
    if not text:
        return None
    try:
        return DriverId(UUID(text))
    except ValueError as error:
        raise BadInput("driver", "That is not one of your drivers.", "Choose one from the list.") from error
