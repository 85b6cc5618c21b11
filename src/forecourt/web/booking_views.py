"""What pages show of a booking."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Money


@dataclass(frozen=True, slots=True)
class ToldView:
    """What the driver was told of a booking."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class BookingView:
    """state: confirmed, bound, kept, cancelled, missed or broken. promised_from, promised_to: between which instants the stay was
    promised; fixed: its time does not move any more. charging: the stay has begun and not ended. cause, credit: of a broken promise."""

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
    told: tuple[ToldView, ...] = ()

    @property
    def live(self) -> bool:
        return self.state in {"confirmed", "bound"}
