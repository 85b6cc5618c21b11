"""Views of the page of a site's power."""

from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from forecourt.flows.ports import PowerDay
from forecourt.flows.power import PowerHealth, PowerNow, UnmetLimits
from forecourt.web.views.bays import SitePlan


@dataclass(frozen=True, slots=True)
class HoursStep:
    """watts: one for each name of the view."""

    start: datetime
    end: datetime
    watts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HoursView:
    """allowed: the external limit from a moment on, within the hours shown; None = no limit."""

    zone: str
    names: tuple[str, ...]
    steps: tuple[HoursStep, ...]
    limit_w: int | None = None
    allowed: tuple[tuple[datetime, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class CarRow:
    """One car: what the latest plan gives it and why, and what the hours ahead would. limit_a None: not in the plan yet."""

    bay: str
    driver: str
    session: str
    limit_a: int | None
    because: str
    missing_wh: int
    gets_wh: int
    ready_at: datetime | None
    leaves_at: datetime
    booked: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """missing_wh: what the cars still need; gets_wh: what they get of it; served, cars: how many get all, of how many."""

    missing_wh: int
    gets_wh: int
    served: int
    cars: int


@dataclass(frozen=True, slots=True)
class DaysView:
    """Past days, oldest first; days not yet calculated are missing."""

    first: date
    last: date
    days: tuple[PowerDay, ...]

    @property
    def newest(self) -> PowerDay | None:
        return self.days[-1] if self.days else None

    @property
    def missing(self) -> int:
        return (self.last - self.first).days + 1 - len(self.days)

    @property
    def median_percent(self) -> float | None:
        """Over the days on which anything was possible."""
        return median(found) if (found := [one.percent for one in self.days if one.percent is not None]) else None

    @property
    def median_jain(self) -> float | None:
        return median(found) if (found := [one.jain for one in self.days if one.jain is not None]) else None

    @property
    def median_fifth(self) -> float | None:
        return median(found) if (found := [one.fifth for one in self.days if one.fifth is not None]) else None


@dataclass(frozen=True, slots=True)
class AllowanceRow:
    """An external limit on the site by one source. lines: the present and coming limits, a sentence each."""

    source: str
    because: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllowedView:
    """now_w: what all sockets together may draw; plans_w: what plans obey; None = no limit. falls: when the limit is next lowered, and by
    how many watts."""

    rows: tuple[AllowanceRow, ...]
    now_w: int | None
    plans_w: int | None
    falls: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Cars that get no power now, all for one reason."""

    because: str
    bays: tuple[str, ...]

    @property
    def cars(self) -> int:
        return len(self.bays)


@dataclass(frozen=True, slots=True)
class PowerPage:
    """what_if_outcome: the answer to a what-if, compared with `now`. going_down: limits above which sockets are still counted.
    unkept: excess that other sockets cannot make up for."""

    plan: SitePlan
    plan_number: int | None
    binding: tuple[str, ...]
    hours: HoursView
    rows: tuple[CarRow, ...]
    now: Outcome
    what_if_outcome: Outcome | None
    what_if_hours: HoursView | None
    health: PowerHealth
    days: DaysView
    unsteered_w: int
    strict: bool
    flowing: PowerNow | None
    allowed: AllowedView
    unkept: UnmetLimits | None
    going_down: tuple[str, ...]

    @property
    def limit_now_w(self) -> int | None:
        """For all sockets together."""
        found = [watts for watts in (self.hours.limit_w, self.allowed.now_w) if watts is not None]
        return min(found, default=None)

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        stopped = [row for row in self.rows if row.session and row.limit_a == 0]
        return tuple(
            Waiting(why, tuple(row.bay for row in stopped if row.because == why)) for why in dict.fromkeys(row.because for row in stopped)
        )


@dataclass(frozen=True, slots=True)
class ReadyWindow:
    """When a car gets what was requested: first, if nobody else comes; last, if every bay fills up. None: it leaves before."""

    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Layer:
    """One band of a stacked chart, a watt value for each instant of the view."""

    name: str
    watts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PowerView:
    """Power through time: stacked layers, and the limit above them."""

    zone: str
    at: tuple[datetime, ...]
    layers: tuple[Layer, ...]
    limit_w: int | None = None
