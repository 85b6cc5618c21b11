"""What the page of a site's power shows."""

from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from forecourt.flows.ports import PowerDay
from forecourt.flows.power import Flowing, PowerHealth, Unkept
from forecourt.web.views.bays import SitePlan


@dataclass(frozen=True, slots=True)
class HoursStep:
    """watts: one for each name of the view."""

    start: datetime
    end: datetime
    watts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HoursView:
    """allowed: what others allow the site from a moment on, within the hours shown; None = nothing is said."""

    zone: str
    names: tuple[str, ...]
    steps: tuple[HoursStep, ...]
    limit_w: int | None = None
    allowed: tuple[tuple[datetime, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class CarRow:
    """One car: what the newest plan gives it and why, and what the hours would bring it. limit_a None: the plan does not know it yet."""

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
    """Days that are over, first to last, oldest first; a day that nobody has worked out yet is not among them."""

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
        """Of the days on which anything was possible."""
        return median(found) if (found := [one.percent for one in self.days if one.percent is not None]) else None

    @property
    def median_jain(self) -> float | None:
        return median(found) if (found := [one.jain for one in self.days if one.jain is not None]) else None

    @property
    def median_fifth(self) -> float | None:
        return median(found) if (found := [one.fifth for one in self.days if one.fifth is not None]) else None


@dataclass(frozen=True, slots=True)
class AllowanceRow:
    """What a source allows the site. lines: what holds and what comes, a sentence each."""

    source: str
    because: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllowedView:
    """now_w: what all sockets together may draw; plans_w: what plans keep to; None = nothing is said. falls: when less is allowed next, and
    how many watts."""

    rows: tuple[AllowanceRow, ...]
    now_w: int | None
    plans_w: int | None
    falls: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Cars that get nothing now for one reason."""

    because: str
    bays: tuple[str, ...]

    @property
    def cars(self) -> int:
        return len(self.bays)


@dataclass(frozen=True, slots=True)
class PowerPage:
    """asked: the answer to what if, beside `now`; None: not asked. going_down: limits above which sockets are still counted. unkept: what
    others cannot make up for."""

    plan: SitePlan
    plan_number: int | None
    binding: tuple[str, ...]
    hours: HoursView
    rows: tuple[CarRow, ...]
    now: Outcome
    asked: Outcome | None
    asked_hours: HoursView | None
    health: PowerHealth
    days: DaysView
    unsteered_w: int
    strict: bool
    flowing: Flowing | None
    allowed: AllowedView
    unkept: Unkept | None
    going_down: tuple[str, ...]

    @property
    def limit_now_w(self) -> int | None:
        """Of all sockets together."""
        found = [watts for watts in (self.hours.limit_w, self.allowed.now_w) if watts is not None]
        return min(found, default=None)

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        here = [row for row in self.rows if row.session and row.limit_a == 0]
        return tuple(
            Waiting(why, tuple(row.bay for row in here if row.because == why)) for why in dict.fromkeys(row.because for row in here)
        )


@dataclass(frozen=True, slots=True)
class ReadyWindow:
    """When a car has what was asked for: first, if nobody else comes; last, if every bay fills up. None: it leaves before."""

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
