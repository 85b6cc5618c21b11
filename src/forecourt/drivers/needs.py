"""What a driver says about a charge: how much the car needs, when it leaves, and how it should be charged until then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from forecourt.kernel import DriverId, OperatorId, SiteId

# How long before a charge begins its driver may state its needs.
STATED_WITHIN = timedelta(hours=12)
# Percentage of the metered energy that reaches the battery; the rest is lost in cable and charger.
REACHES_PERCENT = 90


class Pace(StrEnum):
    """How to use the stay, as long as the energy needed still comes in time."""

    FAST = "FAST"  # as soon as there is power
    CHEAP = "CHEAP"  # in the hours in which energy costs the driver least
    GREEN = "GREEN"  # in the hours in which most of it is the site's own solar power


@dataclass(frozen=True, slots=True)
class BatteryGoal:
    """How full the battery should become. level_percent: its level when this was stated; None = the charger reports it."""

    capacity_wh: int
    target_percent: int
    level_percent: int | None = None

    def missing_wh(self, level_percent: int) -> int:
        """The metered energy needed from this level to the target, rounded up."""
        return -(-self.capacity_wh * max(0, self.target_percent - level_percent) // REACHES_PERCENT)


@dataclass(frozen=True, slots=True)
class StatedNeeds:
    """What was stated, each part of which may be missing. energy_wh: the minimum for the whole charge; stop_there: also the maximum."""

    energy_wh: int | None = None
    departure: datetime | None = None
    stop_there: bool = False
    pace: Pace = Pace.FAST
    battery: BatteryGoal | None = None


@dataclass(frozen=True, slots=True)
class ChargingNeed:
    """What a driver stated about the car at an EVSE; each part may be missing.

    energy_wh: the minimum for the charge; with a battery goal, its equivalent when it was stated. stop_there: it is also the
    maximum. by_car: all of it was reported by the car itself. over: the charge it was about has ended.
    """

    operator_id: OperatorId
    site_id: SiteId
    driver_id: DriverId
    energy_wh: int | None
    departure: datetime | None
    stated_at: datetime
    stop_there: bool = False
    pace: Pace = Pace.FAST
    battery: BatteryGoal | None = None
    by_car: bool = False
    over: bool = False

    def is_about(self, started_at: datetime) -> bool:
        """Whether it is about a charge; statements made long before the charge, or about one that has ended, are not."""
        return not self.over and self.stated_at >= started_at - STATED_WITHIN

    def wanted_wh(self, delivered_wh: int, level_percent: int | None) -> int | None:
        """The total energy the charge should bring, by the battery's present level if the charger reports it."""
        if self.battery is None or level_percent is None:
            return self.energy_wh
        return delivered_wh + self.battery.missing_wh(level_percent)

    def reached(self, delivered_wh: int, level_percent: int | None) -> bool:
        wanted_wh = self.wanted_wh(delivered_wh, level_percent)
        return wanted_wh is not None and delivered_wh >= wanted_wh
