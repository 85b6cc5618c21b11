"""How drivers respond to prices, estimated from hours sold at different prices, and how certain that is.

Arrivals of an hour are Poisson with the mean
    open share x rate of that kind of hour x level of that day x (price / reference) ** -elasticity.
Days have a level of their own, drawn around one, whose spread is estimated too: a price that changed once, together with
everything else that changed then, counts as the weak evidence it is. The elasticity starts from the published mean and
moves as far as the prices' variation carries it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecourt.kernel import BadInput
from forecourt.revenue.pool import Floats

# Mean of published estimates for public charging; sites differ much, with how near the next one is.
PUBLISHED = 0.76
PUBLISHED_SD = 0.6
MIN_ELASTICITY = 0.1
_CELL_SD = 2.0
_ROUNDS = 12
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class SoldHour:
    """One hour as it was sold. kind: hours of one kind share a rate of arrivals (0, 1, 2 …); day: its number.

    open_share: the part of the hour with a socket free; only then is an arrival seen. price: of those who came, per kWh.
    """

    kind: int
    day: int
    arrivals: int
    open_share: float
    price: float


@dataclass(frozen=True, slots=True)
class Elasticity:
    """mean and sd of what is believed after the data; share_from_data: 0 knows only what is published, 1 only the data.

    rates: arrivals per hour at the reference price, by kind of hour, on a day of mean level.
    """

    mean: float
    sd: float
    share_from_data: float
    rates: tuple[float, ...]

    @property
    def enough(self) -> bool:
        """Whether prices varied enough for the data to outweigh the published estimate."""
        return self.share_from_data >= _ENOUGH

    @property
    def interval(self) -> tuple[float, float]:
        """Of 80 %."""
        return max(MIN_ELASTICITY, self.mean - 1.2816 * self.sd), max(MIN_ELASTICITY, self.mean + 1.2816 * self.sd)

    @property
    def text(self) -> str:
        low, high = self.interval
        interval_text = f"{self.mean:.2f} ({low:.2f} to {high:.2f} with 80 % confidence)"
        if self.enough:
            return f"Elasticity {interval_text}, {self.share_from_data:.0%} of it learnt from this site's own prices."
        return f"Prices varied too little here to tell: elasticity {interval_text} rests on the published mean of {PUBLISHED}."


def estimate_elasticity(hours: Sequence[SoldHour], reference_price: float) -> Elasticity:
    """Posterior mode by Newton's method, its curvature as the uncertainty, widened where arrivals scatter more than Poisson.

    Raises BadInput without a single open hour.
    """
    seen = [hour for hour in hours if hour.open_share > 0.05]
    if not seen or reference_price <= 0:
        raise BadInput("sold_hours", "There is no hour in which a driver could have come.", "Wait for the first days of use.")
    fit = _Fit(seen, reference_price)
    return fit.posterior()


class _Fit:
    """Columns of the design: kinds of hours, days, log price. Days and price carry a normal prior, kinds a vague one."""

    def __init__(self, hours: list[SoldHour], reference_price: float) -> None:
        self.kinds = max(hour.kind for hour in hours) + 1
        days = sorted({hour.day for hour in hours})
        place = {day: self.kinds + index for index, day in enumerate(days)}
        self.days = len(days)
        size = self.kinds + self.days + 1
        self.design = np.zeros((len(hours), size))
        rows = np.arange(len(hours))
        self.design[rows, [hour.kind for hour in hours]] = 1
        self.design[rows, [place[hour.day] for hour in hours]] = 1
        self.design[:, -1] = -np.log([hour.price / reference_price for hour in hours])
        self.arrivals = np.array([float(hour.arrivals) for hour in hours])
        self.open = np.array([hour.open_share for hour in hours])
        level = max(self.arrivals.sum(), 0.5) / self.open.sum()
        self.centre = np.concatenate([np.full(self.kinds, np.log(level)), np.zeros(self.days), [PUBLISHED]])

    def posterior(self) -> Elasticity:
        day_sd, scatter, at = 0.2, 1.0, self.centre.copy()
        spread = np.eye(len(at))
        for _ in range(_ROUNDS):
            at, spread = self._newton(at, day_sd, scatter)
            levels = slice(self.kinds, self.kinds + self.days)
            day_sd = float(np.sqrt(np.mean(at[levels] ** 2 + np.diag(spread)[levels])))
            scatter = self._scatter(at)
        sd = float(np.sqrt(spread[-1, -1]))
        rates = np.exp(at[: self.kinds] + day_sd**2 / 2)
        share = 1 - min(1.0, sd**2 / PUBLISHED_SD**2)
        return Elasticity(max(MIN_ELASTICITY, float(at[-1])), sd, share, tuple(float(rate) for rate in rates))

    def _newton(self, at: Floats, day_sd: float, scatter: float) -> tuple[Floats, Floats]:
        sds = np.concatenate([np.full(self.kinds, _CELL_SD), np.full(self.days, max(day_sd, 0.02)), [PUBLISHED_SD]])
        prior = 1 / sds**2
        curvature = np.eye(len(at))
        for _ in range(4):
            mean = self._mean(at)
            slope = self.design.T @ (self.arrivals - mean) / scatter - prior * (at - self.centre)
            curvature = (self.design.T * (mean / scatter)) @ self.design + np.diag(prior)
            at = at + np.clip(np.linalg.solve(curvature, slope), -2, 2)
        return at, np.asarray(np.linalg.inv(curvature), dtype=np.float64)

    def _mean(self, at: Floats) -> Floats:
        found: Floats = self.open * np.exp(np.clip(self.design @ at, -20, 20))
        return found

    def _scatter(self, at: Floats) -> float:
        """Pearson dispersion relative to Poisson, at least one."""
        mean = self._mean(at)
        left = max(1, len(mean) - self.kinds - self.days - 1)
        return max(1.0, float(((self.arrivals - mean) ** 2 / np.maximum(mean, 1e-3)).sum() / left))
