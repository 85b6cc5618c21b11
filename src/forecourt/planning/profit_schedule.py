"""The linear program of how much to draw when: income from energy, less its price, less the charge on the highest power.

If a site has sun or storage, or cars that give back, price and charge apply to what is drawn from the grid (`power_mix`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import highspy
import numpy as np
from highspy._core import _Highs

from forecourt.planning.ceilings import most_in_cells_w
from forecourt.planning.linear import new_simplex
from forecourt.planning.power_mix import (
    TIE,
    Cells,
    PowerMix,
    PowerMixModel,
    add_columns,
    add_rows,
    add_v2g_batteries,
    is_mixed,
    shortage_cost,
    v2g_power_w,
)
from forecourt.planning.sockets import Floats, Ints
from forecourt.planning.supply import Stay, Supply

# Energy loses this share of its worth per hour of delay: cars that come later may want the turn.
DISCOUNT_PER_H = 0.01
_ITERATIONS = 2_000_000


@dataclass(frozen=True, slots=True)
class ProfitSchedule:
    """edges: P + 1 instants. powers_w: (stays, P) mean watts of each stay in each period. peak_w: highest sum over the stays.

    profit: income from energy less its price, times how often each stay is expected, less the demand charge on what the peak
    exceeds the power that is already paid for.

    mix: the sources, if not all from the grid; the peak is then that of the grid, and the profit includes feed-in, wear,
    and the change in the storage's worth. Energy that a stay gives back is negative.
    """

    edges: tuple[datetime, ...]
    powers_w: Floats
    peak_w: float
    profit: float
    mix: PowerMix | None = None

    @property
    def total_w(self) -> Floats:
        """(P,)"""
        return np.asarray(self.powers_w.sum(axis=0), dtype=np.float64)


def edges_of(stays: Sequence[Stay], supply: Supply) -> list[datetime]:
    """The instants between which nothing changes except the decisions, so that a program over them is exact."""
    ends = {edge for stay in stays for edge in (stay.start, stay.end)}
    if not ends:
        return []
    return sorted(ends | set(supply.changes(min(ends), max(ends))) | set(supply.sun_changes(min(ends), max(ends))))


def maximize_profit(
    stays: Sequence[Stay],
    supply: Supply,
    paid_w: float = 0.0,
    edges: Sequence[datetime] = (),
    fade_per_h: float = 0.0,
    fixed_w: float = 0.0,
) -> ProfitSchedule | None:
    """The most profitable schedule; paid_w: a peak up to this costs nothing extra. None if the solver has no answer.

    edges: to use instead of `edges_of`; a stay may draw in the periods that lie wholly within it. fixed_w: loads besides the stays, used
    if not all power comes from the grid.
    """
    period_edges = list(edges) or edges_of(stays, supply)
    if len(period_edges) < 2:
        return ProfitSchedule(tuple(period_edges), np.zeros((len(stays), 0)), paid_w, 0.0)
    times = np.array([edge.timestamp() for edge in period_edges])
    stay_index, period_index = _spans(stays, times)
    hours = np.diff(times) / 3600
    price = np.array([supply.per_kwh(edge) for edge in period_edges[:-1]])
    faded = np.exp(-fade_per_h * (times[:-1] - times[0]) / 3600)
    repeats = np.array([stay.times for stay in stays])
    cell_values = repeats[stay_index] * (supply.earns_per_kwh - price[period_index]) * hours[period_index]
    most_w = most_in_cells_w(stays, stay_index, period_index, period_edges)
    if is_mixed(supply, stays):
        return _spend_mixed(
            stays,
            supply,
            period_edges,
            _Cells(stay_index, period_index, hours[period_index], cell_values, most_w),
            (faded, paid_w, fixed_w),
        )
    cells = _Cells(stay_index, period_index, hours[period_index], cell_values * faded[period_index], most_w)
    values = _solve(stays, cells, len(hours), supply, paid_w)
    if values is None:
        return None
    powers = np.zeros((len(stays), len(hours)))
    powers[stay_index, period_index] = values[:-1] * 1000
    peak_w = float(powers.sum(axis=0).max(initial=0.0))
    cost = supply.demand_per_kw * max(0.0, peak_w - paid_w) / 1000
    return ProfitSchedule(tuple(period_edges), powers, peak_w, float(cell_values @ values[:-1]) - cost)


def _spans(stays: Sequence[Stay], times: Floats) -> tuple[Ints, Ints]:
    """(N,) each: stay and period, for each period that lies wholly within a stay."""
    first = np.searchsorted(times, [stay.start.timestamp() for stay in stays])
    after = np.maximum(np.searchsorted(times, [stay.end.timestamp() for stay in stays], side="right") - 1, first)
    stay_index = np.repeat(np.arange(len(stays)), after - first)
    return stay_index, np.concatenate([np.zeros(0, np.int64), *(np.arange(a, b) for a, b in zip(first, after, strict=True))])


@dataclass(frozen=True, slots=True)
class _Cells:
    """Each is a stay in a period: (N,) stay, period, hours, worth of a kilowatt there, and the most it can have."""

    who: Ints
    when: Ints
    hours: Floats
    worth: Floats
    most_w: Floats


def _solve(stays: Sequence[Stay], cells: _Cells, periods: int, supply: Supply, paid_w: float) -> Floats | None:
    """(N + 1,) kilowatts of each cell, then the peak. Rows: the need of each stay, then each period within the peak."""
    count, people, inf = len(cells.who), len(stays), highspy.kHighsInf
    highs = new_simplex()
    highs.setOptionValue("simplex_iteration_limit", _ITERATIONS)
    none = np.zeros(0, np.int32)
    highs.addCols(count, -cells.worth, np.zeros(count), cells.most_w / 1000, 0, none, none, np.zeros(0))
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


def _spend_mixed(
    stays: Sequence[Stay], supply: Supply, cuts: Sequence[datetime], cells: _Cells, terms: tuple[Floats, float, float]
) -> ProfitSchedule | None:
    """Columns: what each stay takes, what it gives back, the grid peak; then what feeds them. The cells' worth is not faded yet."""
    faded, paid_w, fixed_w = terms
    periods = len(faded)
    seen, sums = np.bincount(cells.when, minlength=periods), np.bincount(cells.when, _times(stays, cells), periods)
    mixture = PowerMixModel(supply, cuts, np.where(seen > 0, sums / np.maximum(seen, 1), 1.0))
    bought = mixture.weight * mixture.price * mixture.hours
    gives = np.array([stay.v2g is not None for stay in stays], dtype=np.bool_)[cells.who]
    back = np.flatnonzero(gives)
    count, more = len(cells.who), len(back)
    wear = np.array([stay.v2g.per_kwh if stay.v2g else 0.0 for stay in stays])[cells.who[back]]
    # The mixture handles price and sun; a car's energy is worth more sooner, except where giving back could regain it.
    true = cells.worth + bought[cells.when]
    # Where the price exceeds the income, only the sun can serve it, and all of the income fades.
    sooner = np.where(cells.worth > 0, cells.worth * faded[cells.when] + bought[cells.when], true * faded[cells.when])
    wanted = np.where(gives, true, sooner)
    costs = np.concatenate([-wanted, true[back] + (wear + TIE) * cells.hours[back]])
    most_back = np.array([v2g_power_w(stay) for stay in stays])[cells.who[back]]
    highs = new_simplex()
    highs.setOptionValue("simplex_iteration_limit", _ITERATIONS)
    add_columns(highs, costs, np.zeros(count + more), np.concatenate([cells.most_w, most_back]) / 1000)
    most_kw = max(min(supply.most_w, 1e9), paid_w, fixed_w) / 1000
    add_columns(highs, np.array([supply.demand_per_kw]), np.array([paid_w / 1000]), np.array([most_kw]))
    drawn = Cells(
        np.arange(count + more),
        np.append(cells.who, cells.who[back]),
        np.append(cells.when, cells.when[back]),
        np.repeat([1.0, -1.0], [count, more]),
    )
    _add_limits(highs, stays, drawn, mixture.hours, (supply.most_w - fixed_w) / 1000)
    mixture.add(highs, drawn, fixed_w / 1000, most_kw, count + more)
    add_v2g_batteries(highs, stays, drawn, mixture.hours, shortage_cost(supply, stays, mixture.hours))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    values = np.array(highs.getSolution().col_value)
    powers, mix = np.zeros((len(stays), periods)), mixture.read(values)
    np.add.at(powers, (drawn.who, drawn.when), drawn.kw * values[: count + more] * 1000)
    peak_w = float(mix.grid_w.max(initial=0.0))
    sold = float(true @ values[:count]) - float((true[back] + wear * cells.hours[back]) @ values[count : count + more])
    cost = supply.demand_per_kw * max(0.0, peak_w - paid_w) / 1000
    return ProfitSchedule(tuple(cuts), powers, peak_w, sold + mixture.money(mix) - cost, mix)


def _times(stays: Sequence[Stay], cells: _Cells) -> Floats:
    return np.array([stay.times for stay in stays])[cells.who]


def _add_limits(highs: _Highs, stays: Sequence[Stay], cells: Cells, hours: Floats, most_kw: float) -> None:
    """No stay gets more than its need in total, and the sockets no more than their limit, whatever the sun gives."""
    high = np.array([stay.need_wh / 1000 for stay in stays])
    add_rows(highs, cells.who, cells.places, cells.kw * hours[cells.when], np.full(len(high), -highspy.kHighsInf), high)
    if most_kw < 1e6:
        low = np.full(len(hours), -highspy.kHighsInf)
        add_rows(highs, cells.when, cells.places, cells.kw, low, np.full(len(hours), max(0.0, most_kw)))


def _liked_from(stay: Stay) -> list[datetime]:
    return [step.start for step in stay.hour_costs if stay.start < step.start < stay.end]


def _let_from(stays: Sequence[Stay]) -> set[datetime]:
    found = {step.start for stay in stays if stay.profile for step in stay.profile.steps if stay.start < step.start < stay.end}
    return _hourly(sorted(found))


def variable_edges(now: datetime, stays: Sequence[Stay], supply: Supply, step: timedelta) -> list[datetime]:
    """Period edges: fine now, coarse later, and exact where cars come or go and prices change, which keeps the program small."""
    end = max((stay.end for stay in stays), default=now + step)
    if supply.solar is not None or supply.storage is not None:
        end = max(end, now + _DAY)
    coarse = {now + step * factor for factor in _FACTORS if now + step * factor < end}
    exact = (
        {edge for stay in stays for edge in (stay.start, stay.end, *_liked_from(stay))}
        | set(supply.changes(now, end))
        | _hourly(supply.sun_changes(now, end))
        | _let_from(stays)
    )
    if supply.storage is not None:
        exact.add(end)
    return sorted({now, now + step} | {edge for edge in coarse | exact if edge > now + step})


def _hourly(changes: Sequence[datetime]) -> set[datetime]:
    """Thin out instants, given in order, to at most one an hour."""
    thinned: list[datetime] = []
    for change in changes:
        if not thinned or change - thinned[-1] >= timedelta(hours=1):
            thinned.append(change)
    return set(thinned)


_DAY = timedelta(days=1)
_FACTORS = (3, 6, 12, 24, 36, 60, 96, 144)
