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
    """costs: the cancellation cost shown on the page, in minor units, empty = nothing; None: the page showed none."""

    costs: str | None = None

    @property
    def displayed_minor(self) -> int | None:
        if self.costs is None:
            return None
        return int(self.costs) if self.costs.isascii() and self.costs.isdecimal() and len(self.costs) <= 9 else 0


class StartForm(Struct):
    """by: "page" = pay by card on the processor's page; otherwise by the stored card, the balance or on account."""

    evse: UUID
    site: str
    key: str
    by: str = ""


def parse_start(text: str) -> datetime:
    """Raises BadInput if it is not an instant, or no time was chosen."""
    if not text:
        raise BadInput("start", "You have not chosen an arrival time.", "Choose one of the times.")
    return parse_instant(text)


def parse_repeat(text: str) -> Repeat:
    """Raises BadInput for another word."""
    if text not in list(Repeat):
        raise BadInput("repeat", "{given!r} is not a way to repeat a booking.", "Use {known}.", given=text[:20], known=", ".join(Repeat))
    return Repeat(text)


def parse_driver_id(text: str) -> DriverId | None:
    """None: the sender. Raises BadInput for what is no id."""
    if not text:
        return None
    try:
        return DriverId(UUID(text))
    except ValueError as error:
        raise BadInput("driver", "That is not one of your drivers.", "Choose one from the list.") from error
