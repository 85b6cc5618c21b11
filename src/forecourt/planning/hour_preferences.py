"""Hours in which a driver would rather charge, because energy is cheaper or greener then."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from forecourt.planning.model import PlanSession
from forecourt.planning.sockets import Floats
from forecourt.planning.supply import PriceStep

_EVER = 1e12
# Energy in the hour that a patient driver likes least is worth this fraction less; if necessary the need is still met then.
DISLIKED = 0.5


def preferences(sessions: Sequence[PlanSession], now: datetime, leaves_s: Floats) -> tuple[Floats, Floats]:
    """(cars, n) each: the starts of stretches in seconds from now, the first at 0, and how much each is preferred.

    1 = the best in the rest of the stay (until leaves_s), 0 = the dearest; always 1 for drivers without preferences.
    """
    if not any(one.hour_costs for one in sessions):
        return np.zeros((len(sessions), 1)), np.ones((len(sessions), 1))
    found = [preferences_of(one.hour_costs, now, float(left_s)) for one, left_s in zip(sessions, leaves_s, strict=True)]
    width = max(len(starts) for starts, _ in found)
    starts_s, preference = np.full((len(found), width), _EVER), np.ones((len(found), width))
    for car, (starts, liked) in enumerate(found):
        starts_s[car, : len(starts)], preference[car, : len(liked)] = starts, liked
    return starts_s, preference


def preferences_of(hour_costs: Sequence[PriceStep], now: datetime, left_s: float) -> tuple[list[float], list[float]]:
    """`preferences` of one car, without padding."""
    ahead = [((step.start - now).total_seconds(), step.per_kwh) for step in hour_costs]
    begun = max((n for n, (start_s, _) in enumerate(ahead) if start_s <= 0), default=0)
    until_departure = [(max(0.0, start_s), price) for start_s, price in ahead[begun:] if start_s < left_s] or [(0.0, 0.0)]
    prices = [price for _, price in until_departure]
    low, high = min(prices), max(prices)
    starts_s = [0.0, *(start_s for start_s, _ in until_departure[1:])]
    return starts_s, [1.0 if high <= low else (high - price) / (high - low) for price in prices]


def edges_of(usual_s: Floats, starts_s: Floats, leaves_s: Floats) -> Floats:
    """The edges of the periods to plan: the usual ones, of which the nearest are moved to changes in preference, then to departures,
    as long as there are edges left to move."""
    if starts_s.shape[1] == 1:
        return usual_s
    edges_s, fixed = usual_s.copy(), {0, 1, len(usual_s) - 1}
    for change_s in np.concatenate([np.unique(starts_s), np.unique(leaves_s)]).tolist():
        for index in np.argsort(np.abs(edges_s - change_s), kind="stable").tolist():
            if index not in fixed and edges_s[index - 1] < change_s < edges_s[index + 1]:
                edges_s[index] = change_s
                fixed.add(index)
                break
    return edges_s


def better_s(starts_s: Floats, preference: Floats, left_s: Floats) -> Floats:
    """(cars,) how long the hours preferred to now last, within the time left."""
    ends_s = np.concatenate([starts_s[:, 1:], np.full((len(starts_s), 1), np.inf)], axis=1)
    lasts_s = np.maximum(np.minimum(ends_s, left_s[:, None]) - starts_s, 0.0)
    return np.asarray(np.where(preference > preference[:, :1], lasts_s, 0.0).sum(axis=1))


def mean_between(starts_s: Floats, values: Floats, edges_s: Floats) -> Floats:
    """(cars, periods) the mean over each period of a value that each car has in stretches of time: a preference, or a ceiling."""
    ends_s = np.concatenate([starts_s[:, 1:], np.full((len(starts_s), 1), np.inf)], axis=1)
    low, high = np.maximum(starts_s[:, :, None], edges_s[:-1]), np.minimum(ends_s[:, :, None], edges_s[1:])
    return np.asarray((values[:, :, None] * np.maximum(high - low, 0.0)).sum(axis=1) / np.diff(edges_s))
