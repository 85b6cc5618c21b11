"""The sources of a site's power (grid, sun, storage, cars that give back) as columns and rows of a program over periods."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import highspy
import numpy as np
from highspy._core import _Highs

from forecourt.planning.sockets import Floats, Ints
from forecourt.planning.supply import Solar, Stay, Supply

TIE = 1e-5  # money per kWh through a storage: of two equally good answers, prefer the one that moves less energy
_NONE = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class PowerMix:
    """(P,) mean watts each. sun_w: what the site uses of the sun; fed_w: the rest, fed in or curtailed. storage_w: positive while charging.
    level_wh: at the end of each period."""

    grid_w: Floats
    sun_w: Floats
    fed_w: Floats
    storage_w: Floats
    level_wh: Floats


@dataclass(frozen=True, slots=True)
class Cells:
    """(N,) columns of the program: each is a stay in a period; kw: kilowatts drawn per unit of the column."""

    places: Ints
    who: Ints
    when: Ints
    kw: Floats


def is_mixed(supply: Supply, stays: Sequence[Stay]) -> bool:
    return supply.solar is not None or supply.storage is not None or any(stay.v2g for stay in stays)


def sun_w(solar: Solar | None, times: Floats) -> Floats:
    """(P,) mean watts between consecutive instants (timestamps)."""
    if solar is None or solar.end is None:
        return np.zeros(len(times) - 1)
    edges = np.array([*(step.start.timestamp() for step in solar.steps), solar.end.timestamp()])
    cumulative = np.append(0.0, np.cumsum(np.diff(edges) * [step.watts for step in solar.steps]))
    return np.asarray(np.diff(np.interp(times, edges, cumulative)) / np.diff(times), dtype=np.float64)


class PowerMixModel:
    """What feeds the cells of a program: grid energy has its price, solar energy is free. Only the sun feeds into the grid.

    weight: (P,) how often a period is expected. Energy left in the storage at the end is worth the mean price of all periods, less losses
    and wear on its way out: so the storage is neither emptied for nothing nor filled at a higher price.
    """

    def __init__(self, supply: Supply, edges: Sequence[datetime], weight: Floats) -> None:
        times = np.array([edge.timestamp() for edge in edges])
        self.hours, self.weight = np.diff(times) / 3600, weight
        self.price = np.array([supply.per_kwh(edge) for edge in edges[:-1]])
        self.sun_kw = sun_w(supply.solar, times) / 1000
        self.feed_in = supply.solar.feed_in_per_kwh if supply.solar else 0.0
        self.storage = supply.storage
        self._grid = 0

    @property
    def left_per_kwh(self) -> float:
        """The worth of a kWh left in the storage at the end."""
        if self.storage is None:
            return 0.0
        mean = float((self.hours * self.weight) @ self.price / (self.hours @ self.weight))
        return max(0.0, mean - self.storage.wear_per_kwh) * math.sqrt(self.storage.efficiency)

    def add(self, highs: _Highs, cells: Cells, fixed_kw: float, most_kw: float, peak: int | None = None) -> None:
        """Limit the grid to most_kw, and to the column `peak` if given. fixed_kw: loads besides the cells."""
        periods, periods_index = len(self.hours), np.arange(len(self.hours))
        self._grid = highs.getNumCol()
        cost = self.weight * self.hours
        add_columns(highs, cost * self.price, np.zeros(periods), np.full(periods, most_kw))
        add_columns(highs, cost * self.feed_in, np.zeros(periods), self.sun_kw)
        rows, places, values = (
            [periods_index, periods_index, cells.when],
            [self._grid + periods_index, self._grid + periods + periods_index, cells.places],
            [-cells.kw],
        )
        values = [np.ones(periods), np.ones(periods), *values]
        if self.storage is not None:
            self._add_storage(highs)
            rows += [periods_index, periods_index]
            places += [self._grid + 2 * periods + periods_index, self._grid + 3 * periods + periods_index]
            values += [-np.ones(periods), np.ones(periods)]
        fixed = np.full(periods, fixed_kw)
        add_rows(highs, np.concatenate(rows), np.concatenate(places), np.concatenate(values), fixed, fixed)
        if peak is not None:
            pairs = np.concatenate([self._grid + periods_index, np.full(periods, peak)])
            signs = np.repeat([1.0, -1.0], periods)
            add_rows(highs, np.tile(periods_index, 2), pairs, signs, np.full(periods, -highspy.kHighsInf), np.zeros(periods))

    def _add_storage(self, highs: _Highs) -> None:
        """Columns for charge, discharge and level. At negative prices charging earns nothing: otherwise losses would be burnt for money."""
        storage, periods = self.storage, len(self.hours)
        if storage is None:
            return
        cost, one_way_efficiency = self.weight * self.hours, math.sqrt(storage.efficiency)
        sooner = TIE * (1 + np.cumsum(self.hours) / 24)  # of hours at the same price, prefer the first
        add_columns(
            highs, cost * (sooner + np.maximum(-self.price, 0.0)), np.zeros(periods), np.full(periods, storage.most_charge_w / 1000)
        )
        add_columns(highs, cost * (TIE + storage.wear_per_kwh), np.zeros(periods), np.full(periods, storage.most_discharge_w / 1000))
        end_values = np.zeros(periods)
        end_values[-1] = -self.left_per_kwh * self.weight[-1]
        min_kwh = min(storage.reserve_wh, storage.level_wh) / 1000
        add_columns(highs, end_values, np.full(periods, min_kwh), np.full(periods, storage.capacity_wh / 1000))
        first, every = self._grid + 2 * periods, np.arange(periods)
        rows = np.concatenate([every, every, every, every[1:]])
        places = np.concatenate([first + every, first + periods + every, first + 2 * periods + every, first + 2 * periods + every[:-1]])
        values = np.concatenate(
            [-self.hours * one_way_efficiency, self.hours / one_way_efficiency, np.ones(periods), -np.ones(periods - 1)]
        )
        before = np.zeros(periods)
        before[0] = storage.level_wh / 1000
        add_rows(highs, rows, places, values, before, before)

    def read(self, values: Floats) -> PowerMix:
        periods = len(self.hours)
        parts = [values[self._grid + n * periods : self._grid + (n + 1) * periods] * 1000 for n in range(5 if self.storage else 2)]
        charge, discharge, level = parts[2:] or [np.zeros(periods)] * 3
        return PowerMix(parts[0], parts[1], self.sun_kw * 1000 - parts[1], charge - discharge, level)

    def money(self, mix: PowerMix) -> float:
        """Income from feed-in, less grid energy and wear, plus the change in the storage's worth."""
        kwh = self.hours * self.weight / 1000
        money = float(kwh @ (self.feed_in * mix.fed_w - self.price * mix.grid_w))
        if self.storage is None:
            return money
        worn = self.storage.wear_per_kwh * float(kwh @ np.maximum(-mix.storage_w, 0.0))
        gained_wh = float(mix.level_wh[-1]) - self.storage.level_wh
        return money - worn + self.left_per_kwh * float(self.weight[-1]) * gained_wh / 1000


def add_v2g_batteries(highs: _Highs, stays: Sequence[Stay], cells: Cells, hours: Floats, short_per_kwh: float) -> None:
    """Track the energy in cars that give back, never below what their drivers keep; each kWh short of a need costs short_per_kwh."""
    for index, stay in enumerate(stays):
        cells_of_stay = np.flatnonzero(cells.who == index)
        if stay.v2g is None or not cells_of_stay.size:
            continue
        battery, periods = stay.v2g, np.unique(cells.when[cells_of_stay])
        count, first, every = len(periods), highs.getNumCol(), np.arange(len(periods))
        low, high = np.full(count, min(battery.least_wh, battery.level_wh) / 1000), np.full(count, battery.capacity_wh / 1000)
        add_columns(highs, np.append(np.zeros(count), short_per_kwh), np.append(low, 0.0), np.append(high, 1e6))
        at = np.searchsorted(periods, cells.when[cells_of_stay])
        rows = np.concatenate([at, every, every[1:], [count, count]])
        places = np.concatenate([cells.places[cells_of_stay], first + every, first + every[:-1], [first + count - 1, first + count]])
        gain = -cells.kw[cells_of_stay] * hours[cells.when[cells_of_stay]]
        values = np.concatenate([gain, np.ones(count), -np.ones(count - 1), np.ones(2)])
        wanted = min(battery.capacity_wh, battery.level_wh + stay.need_wh) / 1000
        before = np.zeros(count + 1)
        before[0], before[-1] = battery.level_wh / 1000, wanted
        add_rows(highs, rows, places, values, before, np.append(before[:-1], highspy.kHighsInf))


def v2g_power_w(stay: Stay) -> float:
    """The most power a car gives back: 0 if it holds less than its driver keeps."""
    battery = stay.v2g
    return battery.most_w if battery is not None and battery.level_wh >= battery.least_wh else 0.0


def shortage_cost(supply: Supply, stays: Sequence[Stay], hours: Floats) -> float:
    """More than a kWh can cost or earn in any way, so that needs come before all prices."""
    max_v2g_price = max((stay.v2g.per_kwh for stay in stays if stay.v2g), default=0.0)
    prices = max(abs(step.per_kwh) for step in supply.prices)
    return 10 * (1 + supply.earns_per_kwh + prices + max_v2g_price) + 2 * supply.demand_per_kw / float(hours.min())


def add_columns(highs: _Highs, cost: Floats, low: Floats, high: Floats) -> None:
    highs.addCols(len(cost), cost, low, high, 0, _NONE, _NONE, np.zeros(0))


def add_rows(highs: _Highs, rows: Ints, places: Ints, values: Floats, low: Floats, high: Floats) -> None:
    order = np.lexsort((places, rows))
    starts = np.searchsorted(rows[order], np.arange(len(low))).astype(np.int32)
    highs.addRows(len(low), low, high, len(order), starts, places[order].astype(np.int32), values[order])
