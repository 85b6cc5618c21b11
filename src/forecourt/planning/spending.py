"""The linear program of what to draw when: energy sold, less its price, less the charge on the highest power."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import highspy
import numpy as np

from forecourt.planning.linear import model
from forecourt.planning.sockets import Floats, Ints
from forecourt.planning.supply import Stay, Supply

# All later energy of a car is worth this much less an hour: who comes next may want its turn.
FADE_PER_H = 0.01
_ITERATIONS = 2_000_000


@dataclass(frozen=True, slots=True)
class Spending:
    """edges: P + 1 instants. powers_w: (stays, P) mean watts of each stay in each period. peak_w: highest sum over the stays.

    profit: energy sold less its price, times how often each stay is expected, less the demand charge on what the peak
    exceeds the power that is paid for already.
    """

    edges: tuple[datetime, ...]
    powers_w: Floats
    peak_w: float
    profit: float

    @property
    def total_w(self) -> Floats:
        """(P,)"""
        return np.asarray(self.powers_w.sum(axis=0), dtype=np.float64)


def edges_of(stays: Sequence[Stay], supply: Supply) -> list[datetime]:
    """Between two of these nothing changes but what is chosen: a program over them is exact."""
    ends = {edge for stay in stays for edge in (stay.start, stay.end)}
    return sorted(ends | set(supply.changes(min(ends), max(ends)))) if ends else []


def spend(
    stays: Sequence[Stay], supply: Supply, paid_w: float = 0.0, edges: Sequence[datetime] = (), fade_per_h: float = 0.0
) -> Spending | None:
    """The most profitable schedule; paid_w: a peak up to this costs nothing more. None when the solver has no answer.

    edges: to use instead of `edges_of`; a stay may draw in the periods that lie wholly within it.
    """
    cuts = list(edges) or edges_of(stays, supply)
    if len(cuts) < 2:
        return Spending(tuple(cuts), np.zeros((len(stays), 0)), paid_w, 0.0)
    times = np.array([edge.timestamp() for edge in cuts])
    first = np.searchsorted(times, [stay.start.timestamp() for stay in stays])
    after = np.maximum(np.searchsorted(times, [stay.end.timestamp() for stay in stays], side="right") - 1, first)
    who = np.repeat(np.arange(len(stays)), after - first)
    when = np.concatenate([np.arange(a, b) for a, b in zip(first, after, strict=True)])
    hours = np.diff(times) / 3600
    price = np.array([supply.per_kwh(edge) for edge in cuts[:-1]])
    faded = np.exp(-fade_per_h * (times[:-1] - times[0]) / 3600)
    repeats = np.array([stay.times for stay in stays])
    worth = repeats[who] * (supply.earns_per_kwh - price[when]) * hours[when]
    cells = _Cells(who, when, hours[when], worth * faded[when])
    values = _solve(stays, cells, len(hours), supply, paid_w)
    if values is None:
        return None
    powers = np.zeros((len(stays), len(hours)))
    powers[who, when] = values[:-1] * 1000
    peak_w = float(powers.sum(axis=0).max(initial=0.0))
    cost = supply.demand_per_kw * max(0.0, peak_w - paid_w) / 1000
    return Spending(tuple(cuts), powers, peak_w, float(worth @ values[:-1]) - cost)


@dataclass(frozen=True, slots=True)
class _Cells:
    """A stay in a period each: (N,) stay, period, hours, worth of a kilowatt there."""

    who: Ints
    when: Ints
    hours: Floats
    worth: Floats


def _solve(stays: Sequence[Stay], cells: _Cells, periods: int, supply: Supply, paid_w: float) -> Floats | None:
    """(N + 1,) kilowatts of each cell, then the peak. Rows: the need of each stay, then each period within the peak."""
    count, people, inf = len(cells.who), len(stays), highspy.kHighsInf
    highs = model()
    highs.setOptionValue("simplex_iteration_limit", _ITERATIONS)
    most = np.array([stay.most_w for stay in stays]) / 1000
    none = np.zeros(0, np.int32)
    highs.addCols(count, -cells.worth, np.zeros(count), most[cells.who], 0, none, none, np.zeros(0))
    highest = max(min(supply.most_w, 1e9), paid_w) / 1000
    highs.addCols(1, np.array([supply.demand_per_kw]), np.array([paid_w / 1000]), np.array([highest]), 0, none, none, np.zeros(0))
    rows = np.concatenate([cells.who, people + cells.when, people + np.arange(periods)])
    places = np.concatenate([np.arange(count), np.arange(count), np.full(periods, count)])
    values = np.concatenate([cells.hours, np.ones(count), -np.ones(periods)])
    order = np.lexsort((places, rows))
    starts = np.searchsorted(rows[order], np.arange(people + periods)).astype(np.int32)
    high = np.concatenate([[stay.need_wh / 1000 for stay in stays], np.zeros(periods)])
    low = np.full(people + periods, -inf)
    highs.addRows(people + periods, low, high, len(order), starts, places[order].astype(np.int32), values[order])
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(highs.getSolution().col_value)


def variable_edges(now: datetime, stays: Sequence[Stay], supply: Supply, step: timedelta) -> list[datetime]:
    """Fine now, coarse later, and exact where somebody comes or goes and prices change: the program stays small."""
    end = max((stay.end for stay in stays), default=now + step)
    coarse = {now + step * factor for factor in _FACTORS if now + step * factor < end}
    exact = {edge for stay in stays for edge in (stay.start, stay.end)} | set(supply.changes(now, end))
    return sorted({now, now + step} | {edge for edge in coarse | exact if edge > now + step})


_FACTORS = (3, 6, 12, 24, 36, 60, 96, 144)
