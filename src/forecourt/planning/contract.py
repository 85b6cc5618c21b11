"""A site's energy contract as its operator enters it: prices by the hour for working days and weekends, and a demand charge."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput, OperatorId, SiteId, Span
from forecourt.planning.plant import Plant
from forecourt.planning.supply import PriceStep, Supply


@dataclass(frozen=True, slots=True)
class HourPrice:
    """From this minute of the local day on, a kWh costs per_kwh."""

    minute: int
    per_kwh: Decimal


@dataclass(frozen=True, slots=True)
class EnergyContract:
    """All money is in the site's currency, without tax. demand_per_kw: for the highest mean power of a calendar month.

    earns_per_kwh: what the site earns per kWh sold. region: its public holidays ("US-CA") are priced like weekends.
    """

    working_day: tuple[HourPrice, ...]
    weekend: tuple[HourPrice, ...]
    earns_per_kwh: Decimal
    demand_per_kw: Decimal
    region: str = ""

    def __post_init__(self) -> None:
        for day in (self.working_day, self.weekend):
            minutes = [step.minute for step in day]
            if not minutes or minutes[0] != 0 or minutes != sorted(set(minutes)) or minutes[-1] >= 24 * 60:
                raise BadInput("energy_prices", "The prices of a day must begin at 0:00 and follow one another.")

    def supply(self, span: Span, zone: str, most_w: float | None = None, is_holiday: Callable[[date], bool] = lambda _: False) -> Supply:
        """The prices from the first local day of the span to its last, as a Supply."""
        local = ZoneInfo(zone)
        day, last = span.start.astimezone(local).date(), span.end.astimezone(local).date()
        steps: list[PriceStep] = []
        while day <= last:
            for step in self.weekend if day.weekday() >= 5 or is_holiday(day) else self.working_day:
                at = datetime.combine(day, time(step.minute // 60, step.minute % 60), local).astimezone(span.start.tzinfo)
                price = float(step.per_kwh)
                if not steps or (steps[-1].per_kwh != price and at > steps[-1].start):
                    steps.append(PriceStep(at, price))
            day += timedelta(days=1)
        return Supply(tuple(steps), float(self.earns_per_kwh), float(self.demand_per_kw), float("inf") if most_w is None else most_w)


@dataclass(frozen=True, slots=True)
class EnergyCosts:
    """What is stored for a site. contract None: energy costs the same at all hours.

    month: the local month ("2026-11") that peak_w, its highest power so far, belongs to; forecast_w: the peak up to which it pays to go.
    plant: the site's own solar plant and storage.
    """

    operator_id: OperatorId
    site_id: SiteId
    contract: EnergyContract | None
    month: str = ""
    peak_w: int = 0
    forecast_w: int = 0
    learned_at: datetime | None = None
    plant: Plant | None = None


def parse_day(text: str, field: str) -> tuple[HourPrice, ...]:
    """Parse prices as people write them: "0:00 0.06, 8:00 0.075". BadInput names the field."""
    steps = []
    for part in text.split(","):
        fields = part.split()
        hour, _, minute = fields[0].partition(":") if len(fields) == 2 else ("", "", "")
        price = fields[1] if len(fields) == 2 else ""
        digits = price.removeprefix("-").replace(".", "", 1)
        if not (
            hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60 and digits.isdecimal() and len(price) <= 12
        ):
            raise BadInput(field, f"{part.strip()[:20]!r} is not a time and a price.", "Enter it as 0:00 0.06, 8:00 0.075.")
        steps.append(HourPrice(int(hour) * 60 + int(minute), Decimal(price)))
    return tuple(steps)


def day_text(day: tuple[HourPrice, ...]) -> str:
    """The inverse of `parse_day`."""
    return ", ".join(f"{step.minute // 60}:{step.minute % 60:02d} {step.per_kwh}" for step in day)
