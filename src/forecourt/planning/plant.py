"""A site's own solar plant and storage, as its operator enters them and other systems report on them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput, utc
from forecourt.planning.supply import Solar, Storage, SunStep, Supply

LEVEL_VALID_FOR = timedelta(hours=1)  # an older level is of no use
FORECAST_HISTORY = timedelta(days=2)  # past forecast steps are kept so long: the following night learns the month's peak from them
MAX_FORECAST_STEPS = 800
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SolarPlant:
    """peak_w: its maximum power (kWp). curves: none, one for the year, or one per month: the watts of each local hour.

    forecast: the latest from another system; where it reaches, it replaces the curve.
    """

    peak_w: int
    feed_in_per_kwh: Decimal
    curves: tuple[tuple[int, ...], ...] = ()
    forecast: tuple[SunStep, ...] = ()

    def __post_init__(self) -> None:
        if self.peak_w <= 0:
            raise BadInput("solar_peak", "The solar plant has no peak power.", "Enter its kWp.")
        if len(self.curves) not in (0, 1, 12) or any(len(curve) != 24 for curve in self.curves):
            raise BadInput("solar_curve", "The curve must have 24 numbers, once or for each of 12 months.", "Enter one line, or twelve.")
        if any(not 0 <= watts <= self.peak_w for curve in self.curves for watts in curve):
            raise BadInput("solar_curve", "An hour of the curve is below 0 or above the plant's peak.", "Enter watts up to its kWp.")
        if any(step.watts > self.peak_w for step in self.forecast):
            raise BadInput("solar_forecast", "The forecast goes above the plant's peak.", "Send watts up to its kWp.")
        if len(self.forecast) > MAX_FORECAST_STEPS:
            raise BadInput("solar_forecast", f"The forecast has more than {MAX_FORECAST_STEPS} steps.", "Send fewer, longer ones.")
        Solar(self.forecast, float(self.feed_in_per_kwh))

    def solar(self, start: datetime, end: datetime, zone: str) -> Solar:
        """The solar power expected from start to end."""
        forecast, feed_in = Solar(self.forecast), float(self.feed_in_per_kwh)
        curve = self._by_curve(start, end, zone)
        if forecast.end is None:
            return Solar(tuple(curve), feed_in)
        before = [step for step in curve if step.start < forecast.steps[0].start]
        # After the forecast ends, even within an hour, the curve continues.
        after = [SunStep(forecast.end, step.watts) for step in curve if step.start <= forecast.end < step.start + _HOUR]
        after += [step for step in curve if step.start > forecast.end] if curve else []
        return Solar((*before, *forecast.steps, *(after or [SunStep(forecast.end, 0.0)])), feed_in)

    def past(self, start: datetime, end: datetime, zone: str) -> Solar:
        """What the plant gave, as far as known: before the forecast by the curve or, without one, by the mean of each hour in the
        forecast."""
        if self.curves or not self.forecast:
            return self.solar(start, end, zone)
        local, forecast = ZoneInfo(zone), Solar(self.forecast)
        known: dict[int, list[float]] = {}
        for at in _hours(self.forecast[0].start, forecast.end or self.forecast[0].start, local):
            known.setdefault(at.astimezone(local).hour, []).append(forecast.mean_w(at, at + _HOUR))
        means = tuple(round(sum(found) / len(found)) if (found := known.get(hour)) else 0 for hour in range(24))
        return replace(self, curves=(means,)).solar(start, end, zone)

    def _by_curve(self, start: datetime, end: datetime, zone: str) -> list[SunStep]:
        if not self.curves:
            return []
        local = ZoneInfo(zone)
        local_hours = [(at, at.astimezone(local)) for at in _hours(start, end, local)]
        return [SunStep(at, float(self.curves[(now.month - 1) % len(self.curves)][now.hour])) for at, now in local_hours]


def _hours(start: datetime, end: datetime, local: ZoneInfo) -> list[datetime]:
    """Local hours, from the one that contains the start to the end."""
    now = start.astimezone(local)
    first_hour = utc(start) - timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
    return [first_hour + _HOUR * n for n in range(max(0, -(-(end - first_hour) // _HOUR)))]


@dataclass(frozen=True, slots=True)
class StoragePlant:
    """level_wh: as last reported, at level_at; None = never reported."""

    capacity_wh: int
    most_charge_w: int
    most_discharge_w: int
    efficiency: Decimal = Decimal("0.9")
    reserve_wh: int = 0
    wear_per_kwh: Decimal = Decimal(0)
    level_wh: int | None = None
    level_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.capacity_wh <= 0:
            raise BadInput("storage_capacity", "The storage has no capacity.", "Enter its kWh.")
        self._holding(self.level_wh or 0)

    def storage(self, at: datetime) -> Storage | None:
        """None if its level is unknown, or was reported too long ago."""
        if self.level_wh is None or self.level_at is None or not at - LEVEL_VALID_FOR <= self.level_at <= at + LEVEL_VALID_FOR:
            return None
        return self._holding(self.level_wh)

    def _holding(self, level_wh: int) -> Storage:
        return Storage(
            capacity_wh=float(self.capacity_wh),
            level_wh=float(level_wh),
            most_charge_w=float(self.most_charge_w),
            most_discharge_w=float(self.most_discharge_w),
            efficiency=float(self.efficiency),
            reserve_wh=float(self.reserve_wh),
            wear_per_kwh=float(self.wear_per_kwh),
        )


@dataclass(frozen=True, slots=True)
class Plant:
    """grid_peak_w: the highest quarter-hour at the grid meter in grid_peak_month (local), if another system reports it."""

    solar: SolarPlant | None = None
    storage: StoragePlant | None = None
    grid_peak_w: int | None = None
    grid_peak_month: str = ""

    def fed(self, supply: Supply, zone: str, start: datetime, end: datetime) -> Supply:
        """The supply with the plant's output as expected from start (now) to end."""
        solar = self.solar.solar(start, end, zone) if self.solar else None
        return replace(supply, solar=solar, storage=self.storage.storage(start) if self.storage else None)


def parse_curves(text: str, field: str) -> tuple[tuple[int, ...], ...]:
    """Watts of 24 hours, one line for the year or twelve for its months. BadInput names the field."""
    lines = [line.replace(",", " ").replace(";", " ").split() for line in text.splitlines() if line.strip()]
    for value in (word for line in lines for word in line):
        if not (value.isascii() and value.isdecimal() and len(value) <= 9):
            raise BadInput(field, f"{value[:20]!r} is not a whole number of watts.", "Enter 24 numbers per line, from midnight.")
    return tuple(tuple(int(word) for word in line) for line in lines)


def curves_text(curves: tuple[tuple[int, ...], ...]) -> str:
    """The inverse of `parse_curves`."""
    return "\n".join(" ".join(map(str, curve)) for curve in curves)


def parse_forecast(text: str, field: str, zone: str) -> tuple[SunStep, ...]:
    """CSV of start and watts; a header is optional. An instant without a zone is in the site's local time. BadInput names the field."""
    steps = []
    for number, line in enumerate(text.splitlines(), 1):
        start, _, watts = (part.strip() for part in line.replace(";", ",").partition(","))
        if not start or (number == 1 and not start[0].isdigit()):
            continue
        try:
            at, value = datetime.fromisoformat(start), float(watts)
        except ValueError as error:
            refused = f"Line {number} of the forecast, {line[:40]!r}, is not a time with its watts."
            raise BadInput(field, refused, "Enter it as 2026-06-01 13:00, 4200.") from error
        steps.append(SunStep(utc(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))), value))
    return tuple(steps)
