"""Predict when a car will leave and how much it will take, from similar past stays at the site, whatever their drivers stated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import nan
from zoneinfo import ZoneInfo

import numpy as np

from forecourt.kernel import OperatorId, SiteId
from forecourt.planning.sockets import Floats

QUANTILES = 32
MIN_STAYS = 40  # with fewer past stays, nothing is predicted
STAY_HISTORY = timedelta(days=180)  # older ones say little about today
BACKTEST_PERIOD = timedelta(days=28)
_TRIALS, _FEWEST_TRIALS = 200, 20

# How far apart two stays may be to still be informative, and how much more a match counts; tuned on recorded months, see
# docs/planning.md.
_HOUR_H = 1.0
_STATED_H = 1.5
_STATED_ENERGY = 0.4  # of the logarithm
_OTHER_DAY = 0.1  # a weekend stay says little about one on a working day
_ANYBODY = 0.04  # a stay of a driver who stated something else
_SAME_DRIVER = 30.0  # the same driver, or the same statement to the minute and the watt hour: likely the same driver
_SAME_H, _SAME_ENERGY = 0.03, 0.005
_FULL_WH = 50.0  # a car with less than this to go was full


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known about a stay when it begins. driver: any stable name; stated_*: what the driver stated, None = nothing."""

    start: datetime
    driver: str | None = None
    stated_end: datetime | None = None
    stated_wh: float | None = None


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A finished visit: when it really ended, and what it took."""

    visit: Visit
    end: datetime
    energy_wh: float


@dataclass(frozen=True, slots=True)
class StayPrediction:
    """leaves: CHANCES equally likely instants; need_wh: in total, the median of similar stays that took more than this one has so far."""

    leaves: tuple[datetime, ...]
    need_wh: float


@dataclass(frozen=True, slots=True)
class SiteStays:
    """A site's past stays as stored. believe_*: whether they recently predicted better than the drivers' statements (`backtest_stays`)."""

    operator_id: OperatorId
    site_id: SiteId
    learned_at: datetime
    past: tuple[PastVisit, ...]
    believe_end: bool
    believe_need: bool


class StayPredictor:
    """A site's past stays, as arrays (stays,): built once a night, queried once per car."""

    def __init__(self, past: Sequence[PastVisit], zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._clues = np.array([self._clue(one.visit) for one in past]).reshape(len(past), 4)
        self._drivers = np.array([one.visit.driver or "" for one in past], dtype=object)
        self._hours = np.array([(one.end - one.visit.start).total_seconds() / 3600 for one in past])
        self._energy_wh = np.array([one.energy_wh for one in past])

    def __len__(self) -> int:
        return len(self._hours)

    def expect(self, visit: Visit, delivered_wh: float, at: datetime) -> StayPrediction | None:
        """The prediction for a car that is still there at `at` and has had so much; None if too little is known."""
        likes = self.like(visit)
        return likes.expect(delivered_wh, at) if likes else None

    def like(self, visit: Visit) -> "SimilarStays | None":
        """The part that stays the same while the car is there; None if too little is known."""
        if len(self) < MIN_STAYS:
            return None
        likeness = self._likeness(visit)
        return SimilarStays(visit.start, _Curve.of(self._hours, likeness), _Curve.of(self._energy_wh, likeness))

    def _clue(self, visit: Visit) -> tuple[float, float, float, float]:
        """Local hour, weekend, and the hours and the log of the watt hours that the driver stated (NaN = nothing)."""
        local = visit.start.astimezone(self._zone)
        stated_h = (visit.stated_end - visit.start).total_seconds() / 3600 if visit.stated_end else nan
        log_stated_wh = float(np.log(visit.stated_wh)) if visit.stated_wh else nan
        return local.hour + local.minute / 60, float(local.weekday() >= 5), stated_h, log_stated_wh

    def _likeness(self, visit: Visit) -> Floats:
        hour, weekend, stated_h, log_stated_wh = self._clue(visit)
        apart_h = np.abs(self._clues[:, 0] - hour)
        like = _bell(np.minimum(apart_h, 24 - apart_h) / _HOUR_H) * np.where(self._clues[:, 1] == weekend, 1.0, _OTHER_DAY)
        end_apart_h, need_apart = _apart(self._clues[:, 2], stated_h), _apart(self._clues[:, 3], log_stated_wh)
        same = (self._drivers == visit.driver) if visit.driver else np.zeros(len(self), np.bool_)
        if stated_h == stated_h or log_stated_wh == log_stated_wh:  # something was stated
            same = same | ((end_apart_h < _SAME_H) & (need_apart < _SAME_ENERGY))
        stated = _bell(end_apart_h / _STATED_H) * _bell(need_apart / _STATED_ENERGY)
        return np.asarray(like * (stated + _ANYBODY + _SAME_DRIVER * same) + 1e-6)


@dataclass(frozen=True, slots=True)
class _Curve:
    """values: rising; upto: the cumulative likeness up to each value."""

    values: Floats
    upto: Floats

    @classmethod
    def of(cls, values: Floats, likeness: Floats) -> "_Curve":
        order = np.argsort(values, kind="stable")
        return cls(values[order], np.cumsum(likeness[order]))

    def above(self, least: float, parts: Floats) -> Floats | None:
        """Quantiles of the values above `least`; None if there are fewer than two."""
        first = int(np.searchsorted(self.values, least, side="right"))
        if len(self.values) - first < 2:
            return None
        before = self.upto[first - 1] if first else 0.0
        places = np.searchsorted(self.upto, before + parts * (self.upto[-1] - before))
        return np.asarray(self.values[np.clip(places, first, len(self.values) - 1)])


_MIDDLES = (np.arange(QUANTILES) + 0.5) / QUANTILES
_HALF = np.array([0.5])


@dataclass(frozen=True, slots=True)
class SimilarStays:
    """Past stays weighted by likeness to one car: how long they lasted, in hours, and what they took."""

    start: datetime
    hours: _Curve
    energy_wh: _Curve

    def expect(self, delivered_wh: float, at: datetime) -> StayPrediction | None:
        """As `StayPredictor.expect`."""
        hours = self.hours.above((at - self.start).total_seconds() / 3600, _MIDDLES)
        need_wh = self.energy_wh.above(delivered_wh + _FULL_WH, _HALF)
        if hours is None or need_wh is None:
            return None
        return StayPrediction(tuple(self.start + timedelta(hours=float(one)) for one in hours), float(need_wh[0]))


def backtest_stays(past: Sequence[PastVisit], zone: str, at: datetime) -> tuple[bool, bool]:
    """Whether earlier stays would have predicted the ends, and the needs, of recent stays better than their drivers' statements.

    Compared by the mean error of the median prediction at arrival. At a young site, the earlier half of its stays predicts the later
    half. False if there is too little data.
    """
    ends = sorted(one.end for one in past)
    since = max(at - BACKTEST_PERIOD, ends[len(ends) // 2]) if ends else at
    before = StayPredictor([one for one in past if one.end < since], zone)
    stated = [one for one in past if one.visit.start >= since and one.visit.stated_end and one.visit.stated_wh][-_TRIALS:]
    found = [(one, expected) for one in stated if (expected := before.expect(one.visit, 0.0, one.visit.start))]
    if len(found) < _FEWEST_TRIALS:
        return False, False
    predicted_end, stated_end, predicted_need, stated_need = np.array([_errors(one, expected) for one, expected in found]).mean(axis=0)
    return bool(predicted_end < stated_end), bool(predicted_need < stated_need)


def _errors(one: PastVisit, expected: StayPrediction) -> tuple[float, float, float, float]:
    """Errors in seconds of the predicted and of the stated end, then likewise in watt hours."""
    stated_end, stated_wh = one.visit.stated_end or one.end, one.visit.stated_wh or 0.0
    return (
        abs((expected.leaves[QUANTILES // 2] - one.end).total_seconds()),
        abs((stated_end - one.end).total_seconds()),
        abs(min(expected.need_wh, stated_wh) - one.energy_wh),
        abs(stated_wh - one.energy_wh),
    )


def _bell(apart: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * np.minimum(apart, 30.0) ** 2))


def _apart(stated: Floats, now: float) -> Floats:
    """The distance between two statements: 0 if both drivers stated nothing, very large if only one did."""
    silent = np.isnan(stated)
    if now != now:
        return np.where(silent, 0.0, 1e3)
    return np.where(silent, 1e3, np.abs(stated - now))
