"""What a driver says of a car: what it needs, when it leaves, and how it should be charged until then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from forecourt.kernel import DriverId, OperatorId, SiteId

# How long before a charge begins its driver may say what it is to be.
SAID_BEFORE = timedelta(hours=12)
# Of what the meter counts, so much reaches the battery; the rest is lost in cable and charger.
REACHES_PERCENT = 90


class Pace(StrEnum):
    """How the stay is used, as far as all that is needed still comes in time."""

    FAST = "FAST"  # as soon as there is power
    CHEAP = "CHEAP"  # in the hours in which energy costs the driver least
    GREEN = "GREEN"  # in the hours in which most of it is the site's own sun


@dataclass(frozen=True, slots=True)
class BatteryGoal:
    """How full the battery is to be. level_percent: how full it was when this was said; None = the charger tells it."""

    capacity_wh: int
    target_percent: int
    level_percent: int | None = None

    def missing_wh(self, level_percent: int) -> int:
        """What the meter counts from this level to the target, rounded up."""
        return -(-self.capacity_wh * max(0, self.target_percent - level_percent) // REACHES_PERCENT)


@dataclass(frozen=True, slots=True)
class NeedWords:
    """What was said, each part of which may be missing. energy_wh: what the whole charge should bring at least; stop_there: and no more."""

    energy_wh: int | None = None
    departure: datetime | None = None
    stop_there: bool = False
    pace: Pace = Pace.FAST
    battery: BatteryGoal | None = None


@dataclass(frozen=True, slots=True)
class ChargingNeed:
    """What a driver said about the vehicle at an EVSE; each part may be missing.

    energy_wh: what the charge should bring at least; with a battery goal, what it came to when it was said. stop_there: no more than
    that, either. by_car: all of it is what the car told by itself. over: the charge it was about has ended.
    """

    operator_id: OperatorId
    site_id: SiteId
    driver_id: DriverId
    energy_wh: int | None
    departure: datetime | None
    said_at: datetime
    stop_there: bool = False
    pace: Pace = Pace.FAST
    battery: BatteryGoal | None = None
    by_car: bool = False
    over: bool = False

    def is_about(self, started_at: datetime) -> bool:
        """What was said long before a charge began, or of one that has ended since, was about another one."""
        return not self.over and self.said_at >= started_at - SAID_BEFORE

    def wanted_wh(self, delivered_wh: int, level_percent: int | None) -> int | None:
        """What the charge should bring in all, by how full the battery is now, if the charger tells."""
        if self.battery is None or level_percent is None:
            return self.energy_wh
        return delivered_wh + self.battery.missing_wh(level_percent)

    def reached(self, delivered_wh: int, level_percent: int | None) -> bool:
        wanted_wh = self.wanted_wh(delivered_wh, level_percent)
        return wanted_wh is not None and delivered_wh >= wanted_wh
