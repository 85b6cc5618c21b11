"""A site's bays as they stand now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    """One bay of the site plan. x and y in metres. href: where its reason is told; empty = no link. unheard_since: nobody knows what its
    charge draws since then, and power_w is what was told last."""

    label: str
    x: float
    y: float
    state: BayState
    power_w: int = 0
    energy_wh: int = 0
    href: str = ""
    unheard_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SitePlan:
    """power_w: what is known to be drawn. unheard: charges of which nobody hears now; unheard_w: what they drew last."""

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
    def unheard(self) -> int:
        return sum(bay.unheard_since is not None for bay in self.bays)

    @property
    def unheard_w(self) -> int:
        return sum(bay.power_w for bay in self.bays if bay.unheard_since is not None)
