"""The effect of a price change, as far as the days before and after can show it.

The days after are compared with the forecast made on the day of the change, without knowledge of it. The errors of such
forecasts at other times, when nothing was changed, show how much of the difference is significant.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from forecourt.revenue.forecasting import MIN_DAYS, aggregate_ratios, forecast
from forecourt.revenue.history import History

MAX_DAYS = 28
MIN_AFTER = 7
_MIN_TRIALS = 4
_NORMAL = 1.2816


@dataclass(frozen=True, slots=True)
class ChangeEffect:
    """came, expected: sums over `days` days from the change on. ratio: came over expected, with the 80 % interval that past
    forecasts of as many days earn; None, with the reason, where nothing can be said."""

    days: int
    came: float
    expected: float
    low: float | None
    high: float | None
    why_inconclusive: str = ""

    @property
    def ratio(self) -> float | None:
        return self.came / self.expected if self.expected > 0 else None

    @property
    def clear(self) -> bool:
        """Whether the effect exceeds the forecast's own error."""
        return self.low is not None and self.high is not None and not self.low <= 1 <= self.high


def measure_change(history: History, day: date, until: date | None = None) -> ChangeEffect:
    """day: the first local day at the new price; until: the day of the next change.

    As many days are weighed as fit four times into the days before it that could be forecast: fewer trials could not tell how
    far such a forecast goes astray.
    """
    before = (day - history.first_day).days
    after = history.hours[max(0, before) : None if until is None else (until - history.first_day).days][:MAX_DAYS]
    days = min(len(after), max(0, before - MIN_DAYS) // _MIN_TRIALS)
    arrivals = sum(map(sum, after[:days]))
    least_before = MIN_DAYS + _MIN_TRIALS * MIN_AFTER
    if before < least_before:
        return ChangeEffect(len(after), arrivals, 0.0, None, None, f"There are {max(0, before)} days before it; {least_before} are needed.")
    if len(after) < MIN_AFTER:
        return ChangeEffect(len(after), arrivals, 0.0, None, None, f"There are {len(after)} days after it; {MIN_AFTER} are needed.")
    past = history.until(day)
    expected = forecast(past, days).total
    ratios = aggregate_ratios(past, days)
    if expected <= 0 or arrivals <= 0 or not len(ratios) or ratios.min() <= 0:
        return ChangeEffect(days, arrivals, expected, None, None, "There were too few charges to compare.")
    # Spans that overlap say the same twice: what counts is how many stand side by side. Student's factor for so few.
    weeks_apart = (before - MIN_DAYS) / days
    factor = _NORMAL * (1 + 0.85 / (weeks_apart - 1))
    spread = float(np.exp(factor * np.sqrt(np.mean(np.log(ratios) ** 2))))
    return ChangeEffect(days, arrivals, expected, arrivals / expected / spread, arrivals / expected * spread)
