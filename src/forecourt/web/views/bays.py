"""A site's bays at present."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BayState(StrEnum):
    """The five states people see, and two for an unknown state."""

    FREE = "free"
    RESERVED = "reserved"
    CHARGING = "charging"
    WITHHELD = "withheld"
    IDLE = "idle"
    FAULT = "fault"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Bay:
    """One bay of the site plan. x and y in metres. href: the page that explains it, if any. out_of_contact_since: since then nothing is
    known of what its charge draws, and power_w is the last known value."""

    label: str
    x: float
    y: float
    state: BayState
    power_w: int = 0
    energy_wh: int = 0
    href: str = ""
    out_of_contact_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SitePlan:
    """power_w: the power known to be drawn. out_of_contact: charges whose charger is; out_of_contact_w: what they drew last."""

    slug: str
    name: str
    zone: str
    at: datetime
    bays: tuple[Bay, ...]
    power_w: int
    limit_w: int | None = None

    def count(self, state: BayState) -> int:
        return sum(1 for bay in self.bays if bay.state == state)

    @property
    def out_of_contact(self) -> int:
        return sum(bay.out_of_contact_since is not None for bay in self.bays)

    @property
    def out_of_contact_w(self) -> int:
        return sum(bay.power_w for bay in self.bays if bay.out_of_contact_since is not None)
