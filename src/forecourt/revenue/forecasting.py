"""Demand by site and hour: what comes next, how sure that is, and how wrong such forecasts have been.

Several simple models run side by side over the whole past, each forecast made from what lay before it. The next days are
forecast with the mean of the two that erred least lately; the spread of that very mixture's own errors gives the interval.
A level that moves by a share each day follows a slow trend in weeks and a collapse in days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecourt.kernel import BadInput
from forecourt.revenue.history import DAY_HOURS, Floats, History
from forecourt.revenue.model import Accuracy, Forecast

MIN_DAYS = 28
HORIZON_DAYS = 7
# Quantiles of the interval shown, and the median, which need not be the mean.
QUANTILES = (0.1, 0.5, 0.9)
_NAIVE, _FOUR_WEEKS = "same hour a week ago", "mean of that hour over 4 weeks"
# How far a day moves the level: from "hardly" to "at once".
_PACES = (0.04, 0.12, 0.3, 0.6)
_SHAPE_PACE = 0.12
_TREND_PACE, _TREND_LASTS = 0.05, 0.9
_MEMORY_DAYS = 42
_WARM_UP_DAYS = 14
_STRATA = 3
_FLOOR = 0.25


def forecast(history: History, days: int = HORIZON_DAYS) -> Forecast:
    """The days after the history, hour by hour, with an interval of 80 % and the accuracy of such forecasts in the past.

    Beyond a week the weekly pattern repeats. Raises BadInput for a history under four weeks.
    """
    past = _Past(history)
    last = len(past.values)
    mean = past.mixture(last)
    low, _, high = past.quantiles(last, mean)
    week = [tuple(map(float, mean[day % 7])) for day in range(days)]
    return Forecast(
        history.first_day + timedelta(days=last),
        tuple(week),
        tuple(tuple(map(float, low[day % 7])) for day in range(days)),
        tuple(tuple(map(float, high[day % 7])) for day in range(days)),
        past.chosen(last)[0],
        backtest(history),
    )


def backtest(history: History, first_day: int = MIN_DAYS, last_day: int | None = None) -> Accuracy:
    """Rolling origin: at each midnight the week ahead is forecast from the past alone, and held against what came.

    first_day, last_day: the origins, as days of the history. The yardstick is seasonal-naive, its interval made the same way.
    """
    past = _Past(history)
    origins = [day for day in range(first_day, len(past.values) if last_day is None else last_day) if past.ahead(day)]
    own_score, naive = _Score(), _Score()
    for origin in origins:
        truth = past.values[origin : origin + past.ahead(origin)]
        mean = past.mixture(origin)
        own_score.add(truth, mean, past.quantiles(origin, mean))
        naive.add(truth, past.of(_NAIVE, origin), past.quantiles(origin, past.of(_NAIVE, origin), _NAIVE))
    return Accuracy(
        sum(past.ahead(origin) * DAY_HOURS for origin in origins),
        *(score for of in (Accuracy.FIGURES) for score in (getattr(own_score, of), getattr(naive, of))),
    )


def aggregate_ratios(history: History, days: int) -> Floats:
    """What came over what was forecast, summed over `days` days, at every past origin that has so many: how far sums go astray."""
    past = _Past(history)
    found = []
    for origin in range(MIN_DAYS, len(past.values) - days + 1):
        expected = sum(float(past.mixture(origin)[day % 7].sum()) for day in range(days))
        if expected > 0:
            found.append(float(past.values[origin : origin + days].sum()) / expected)
    return np.array(found)


class _Score:
    """Errors gathered over origins."""

    def __init__(self) -> None:
        self._misses: list[Floats] = []
        self._pinball: list[float] = []
        self._inside: list[NDArray[np.bool_]] = []

    def add(self, truth: Floats, mean: Floats, quantiles: tuple[Floats, ...]) -> None:
        days = len(truth)
        self._misses.append((truth - mean[:days]).reshape(-1))
        for share, quantile in zip(QUANTILES, quantiles, strict=True):
            over = truth - quantile[:days]
            self._pinball.append(float(np.maximum(share * over, (share - 1) * over).mean()))
        self._inside.append(((truth >= quantiles[0][:days] - 1e-9) & (truth <= quantiles[2][:days] + 1e-9)).reshape(-1))

    @cached_property
    def mae(self) -> float:
        return float(np.abs(np.concatenate(self._misses)).mean()) if self._misses else 0.0

    @cached_property
    def rmse(self) -> float:
        return float(np.sqrt((np.concatenate(self._misses) ** 2).mean())) if self._misses else 0.0

    @cached_property
    def pinball(self) -> float:
        return float(np.mean(self._pinball)) if self._pinball else 0.0

    @cached_property
    def coverage(self) -> float:
        return float(np.concatenate(self._inside).mean()) if self._inside else 0.0


@dataclass(frozen=True)
class _Past:
    """Every model's forecast of the week ahead at every midnight of a history."""

    history: History

    def __post_init__(self) -> None:
        if len(self.history.hours) < MIN_DAYS:
            text = f"{len(self.history.hours)} days of history are too few for a forecast."
            raise BadInput("history_short", text, f"Wait until there are {MIN_DAYS}.")

    @cached_property
    def values(self) -> Floats:
        return np.array(self.history.hours, dtype=np.float64)

    @cached_property
    def models(self) -> dict[str, Floats]:
        """By name: (origin, day ahead, hour). The origin after the last day is the future."""
        found = {_NAIVE: _weeks_back(self.values, 1), _FOUR_WEEKS: _weeks_back(self.values, 4)}
        weekday = self.history.first_day.weekday()
        for pace in _PACES:
            found[f"weekly shape, level moving {pace:.0%} a day"] = np.array(list(_levels(self.values, weekday, pace, trend=False)))
        found["weekly shape, level with trend"] = np.array(list(_levels(self.values, weekday, 0.12, trend=True)))
        return found

    def of(self, model: str, origin: int) -> Floats:
        return np.asarray(self.models[model][origin], dtype=np.float64)

    def ahead(self, origin: int) -> int:
        """How many of the forecast days are known by now."""
        return min(HORIZON_DAYS, len(self.values) - origin)

    @cached_property
    def _daily_errors(self) -> dict[str, Floats]:
        """Mean absolute error of each model's forecast for the day after each origin."""
        return {name: np.abs(found[:-1, 0] - self.values).mean(axis=1) for name, found in self.models.items()}

    def chosen(self, origin: int) -> list[str]:
        """The two that erred least in the last weeks, the better first; recent days count more."""
        start = max(0, origin - _MEMORY_DAYS)
        weights = 0.95 ** np.arange(origin - start)[::-1]
        errors = {name: float(found[start:origin] @ weights) for name, found in self._daily_errors.items()}
        return sorted(errors, key=lambda name: errors[name])[:2]

    @cached_property
    def _mixtures(self) -> dict[int, Floats]:
        return {}

    def mixture(self, origin: int) -> Floats:
        if origin not in self._mixtures:
            one, two = self.chosen(origin) if origin >= _WARM_UP_DAYS else (_FOUR_WEEKS, _NAIVE)
            self._mixtures[origin] = (self.of(one, origin) + self.of(two, origin)) / 2
        return self._mixtures[origin]

    def quantiles(self, origin: int, mean: Floats, model: str = "") -> tuple[Floats, ...]:
        """From the model's own errors in the weeks before, in units that grow with the root of what was expected.

        Quiet, middling and busy hours have errors of their own.
        """
        expected, off = self._errors_before(origin, model)
        edges = np.quantile(expected, np.linspace(0, 1, _STRATA + 1)[1:-1])
        kinds, cells = np.searchsorted(edges, expected), np.searchsorted(edges, mean)
        table = np.zeros((len(QUANTILES), _STRATA))
        for kind in range(_STRATA):
            errors = off[kinds == kind]
            table[:, kind] = np.quantile(errors if len(errors) > 20 else off, QUANTILES)
        root = np.sqrt(np.maximum(mean, 0) + _FLOOR)
        return tuple(np.maximum(mean + row[cells] * root, 0) for row in table)

    def _errors_before(self, origin: int, model: str) -> tuple[Floats, Floats]:
        """All horizons count: an interval for next week must not be as narrow as one for tomorrow."""
        expected, truth = [], []
        for past in range(max(_WARM_UP_DAYS, origin - _MEMORY_DAYS), origin):
            days = min(HORIZON_DAYS, origin - past)
            expected.append((self.of(model, past) if model else self.mixture(past))[:days])
            truth.append(self.values[past : past + days])
        means, observed = np.concatenate(expected).reshape(-1), np.concatenate(truth).reshape(-1)
        return means, (observed - means) / np.sqrt(np.maximum(means, 0) + _FLOOR)


def _weeks_back(values: Floats, weeks: int) -> Floats:
    """The mean of the same hour of up to `weeks` weeks; in the first week, the mean of all there is."""
    found = np.zeros((len(values) + 1, HORIZON_DAYS, DAY_HOURS))
    for origin in range(len(values) + 1):
        for ahead in range(HORIZON_DAYS):
            days = [day for day in range(origin + ahead - 7, origin + ahead - 7 * weeks - 1, -7) if 0 <= day < origin]
            found[origin, ahead] = values[days].mean(axis=0) if days else values[:origin].mean() if origin else 0.0
    return found


def _levels(values: Floats, weekday: int, pace: float, trend: bool) -> Iterator[Floats]:
    """A weekly shape of mean one times a level; day by day the level moves by `pace` towards what the day says it is."""
    shape = np.ones((7, DAY_HOURS))
    level, slope = 0.0, 0.0
    for origin in range(len(values) + 1):
        if origin:
            day, of_week = values[origin - 1], (weekday + origin - 1) % 7
            expected = level * float(shape[of_week].mean())
            level, slope = _updated_level(level, slope if trend else 0.0, expected, float(day.mean()), (max(pace, 1 / origin), origin))
            shape = _updated_shape(shape, of_week, day / max(level, 1e-9) if level > 0 else shape[of_week], origin)
        yield np.array([_projected_level(level, slope, step) * shape[(weekday + origin + step) % 7] for step in range(HORIZON_DAYS)])


def _updated_level(level: float, slope: float, expected: float, mean: float, paced: tuple[float, int]) -> tuple[float, float]:
    """The level after a day. A day said to be quiet by its shape tells less about the level."""
    pace, origin = paced
    if origin == 1 or level <= 0:
        return mean, 0.0
    share = expected / level
    weight = pace * min(1.0, share)
    observed = mean / max(share, 0.05)
    new_level = max(1e-6, (level + slope) + weight * (observed - level - slope))
    return new_level, _TREND_LASTS * slope + _TREND_PACE * (new_level - level - slope)


def _projected_level(level: float, slope: float, step: int) -> float:
    """A slope that fades: a trend of the last weeks does not go on for ever."""
    return max(0.0, level + slope * sum(_TREND_LASTS**day for day in range(1, step + 2)))


def _updated_shape(shape: Floats, of_week: int, observed: Floats, origin: int) -> Floats:
    """The shape of that day moves towards what was seen, workdays a little towards each other; its mean over the week stays one."""
    changed = shape.copy()
    pace = max(_SHAPE_PACE, 1 / (1 + origin // 7))
    changed[of_week] += pace * (observed - changed[of_week])
    if of_week < 5:
        others = [day for day in range(5) if day != of_week]
        changed[others] += pace / 5 * (observed - changed[others])
    return np.asarray(changed / max(float(changed.mean()), 1e-9), dtype=np.float64)
