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
    """One bay of the site plan. x and y in metres. href: where its reason is told; empty = no link."""

    label: str
    x: float
    y: float
    state: BayState
    power_w: int = 0
    limit_w: int = 0
    energy_wh: int = 0
    href: str = ""


@dataclass(frozen=True, slots=True)
class SitePlan:
    slug: str
    name: str
    zone: str
    at: datetime
    bays: tuple[Bay, ...]
    power_w: int
    limit_w: int | None = None

    def count(self, state: BayState) -> int:
        return sum(1 for bay in self.bays if bay.state == state)
