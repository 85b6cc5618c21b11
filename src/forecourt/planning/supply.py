"""What energy costs a site: prices over time, a charge on the month's highest power, income per kWh sold; sun and storage."""

import itertools
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.kernel import BadInput, utc
from forecourt.planning.profiles import Profile


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From `start` on a kilowatt hour costs the site this much, until the next step."""

    start: datetime
    per_kwh: float


@dataclass(frozen=True, slots=True)
class SunStep:
    """From `start` on the site's own solar plant is expected to give this much."""

    start: datetime
    watts: float


_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Solar:
    """A forecast, not a guarantee. feed_in_per_kwh: income per kWh that the site does not use itself.

    steps: by start. Nothing is expected before the first; the last is as long as the one before it (an hour, if it is alone).
    """

    steps: tuple[SunStep, ...]
    feed_in_per_kwh: float = 0.0

    def __post_init__(self) -> None:
        starts = [utc(step.start) for step in self.steps]
        if any(later <= sooner for sooner, later in itertools.pairwise(starts)):
            raise BadInput("solar_steps", "The steps of the solar forecast are not in the order of their starts.")
        if any(not 0 <= step.watts < float("inf") for step in self.steps):
            raise BadInput("solar_steps", "A solar plant gives no less than 0 W.", "Write what it gives, in watts.")
        if not 0 <= self.feed_in_per_kwh < float("inf"):
            raise BadInput("feed_in", "What a kWh fed in earns is below 0.", "Give 0 where it earns nothing: then it is curtailed.")

    @property
    def end(self) -> datetime | None:
        """When the forecast ends."""
        if not self.steps:
            return None
        last = self.steps[-1].start
        return last + (last - self.steps[-2].start if len(self.steps) > 1 else _HOUR)

    def mean_w(self, start: datetime, end: datetime) -> float:
        """The mean expected power over a span of time."""
        if self.end is None:
            return 0.0
        ends = [*(step.start for step in self.steps[1:]), self.end]
        first = max(0, bisect_right(self.steps, start, key=lambda step: step.start) - 1)
        total = 0.0
        for step, until in zip(self.steps[first:], ends[first:], strict=True):
            if step.start >= end:
                break
            total += step.watts * max(0.0, (min(until, end) - max(step.start, start)).total_seconds())
        return total / (end - start).total_seconds()


@dataclass(frozen=True, slots=True)
class Storage:
    """A battery of the site. efficiency: the fraction of a kWh charged that can be discharged. reserve_wh: never discharged below this by
    plan. wear_per_kwh: cost of wear per kWh discharged."""

    capacity_wh: float
    level_wh: float
    most_charge_w: float
    most_discharge_w: float
    efficiency: float = 0.9
    reserve_wh: float = 0.0
    wear_per_kwh: float = 0.0

    def __post_init__(self) -> None:
        for name in ("capacity_wh", "level_wh", "most_charge_w", "most_discharge_w", "reserve_wh", "wear_per_kwh"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise BadInput("storage", f"{name} of the storage is below 0.", "Give a number from 0 on.")
        if self.level_wh > self.capacity_wh:
            raise BadInput("storage", "The storage holds more than its capacity.", "Its level is at most its capacity.")
        if self.reserve_wh > self.capacity_wh:
            raise BadInput("storage", "The reserve of the storage is more than its capacity.")
        if not 0 < self.efficiency <= 1:
            raise BadInput("storage", "The efficiency of the storage is not above 0 and at most 1.", "Write 0.9 for 90 %.")


@dataclass(frozen=True, slots=True)
class V2gBattery:
    """A car that may give back stored energy. least_wh: what its driver keeps at any time. per_kwh: cost to the site of each kWh given
    back: payment to the driver, and wear."""

    most_w: float
    level_wh: float
    capacity_wh: float
    least_wh: float = 0.0
    per_kwh: float = 0.0

    def __post_init__(self) -> None:
        for name in ("most_w", "level_wh", "capacity_wh", "least_wh", "per_kwh"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise BadInput("gives_back", f"{name} of a car that gives back is below 0.", "Give a number from 0 on.")
        if max(self.level_wh, self.least_wh) > self.capacity_wh:
            raise BadInput("gives_back", "A car holds, or keeps, more than its capacity.")


@dataclass(frozen=True, slots=True)
class Supply:
    """All money is in one currency, per kWh and per kW.

    prices: by start; the first also applies before its start, the last for ever. earns_per_kwh: what the site charges per kWh.
    demand_per_kw: paid once for the highest mean power of the billing month. most_w: of the connection. If there is sun or storage,
    prices and the charge apply only to what is drawn from the grid.
    """

    prices: tuple[PriceStep, ...]
    earns_per_kwh: float
    demand_per_kw: float = 0.0
    most_w: float = float("inf")
    solar: Solar | None = None
    storage: Storage | None = None

    def __post_init__(self) -> None:
        if not self.prices:
            raise BadInput("supply_prices", "A supply has no price.", "Give at least one step.")
        starts = [utc(step.start) for step in self.prices]
        if any(later <= sooner for sooner, later in itertools.pairwise(starts)):
            raise BadInput("supply_prices", "Price steps are not in the order of their starts.")

    def per_kwh(self, at: datetime) -> float:
        place = bisect_right(self.prices, at, key=lambda step: step.start)
        return self.prices[max(0, place - 1)].per_kwh

    def changes(self, start: datetime, end: datetime) -> list[datetime]:
        """Instants between the two at which the price changes."""
        return [step.start for step in self.prices if start < step.start < end]

    def sun_changes(self, start: datetime, end: datetime) -> list[datetime]:
        """Instants between the two at which the sun's power changes."""
        if self.solar is None or self.solar.end is None:
            return []
        return [at for at in (*(step.start for step in self.solar.steps), self.solar.end) if start < at < end]


@dataclass(frozen=True, slots=True)
class Stay:
    """One car's time at a socket. times: how often such a stay is expected (the worth of its energy counts so many times).

    v2g: None = it only takes. Otherwise its need must be met by the end, after anything it has given back. hour_costs, profile:
    as in PlanSession.
    """

    start: datetime
    end: datetime
    need_wh: float
    most_w: float
    times: float = 1.0
    v2g: V2gBattery | None = None
    hour_costs: tuple[PriceStep, ...] = ()
    profile: Profile | None = None

    def __post_init__(self) -> None:
        if not timedelta(0) <= utc(self.end) - utc(self.start):
            raise BadInput("stay", "A stay ends before it begins.")
