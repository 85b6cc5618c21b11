"""What is believed of a site's demand, from its charges; and what a way of pricing would earn, within the range of that belief."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecourt.kernel import BadInput
from forecourt.revenue.demand import Demand
from forecourt.revenue.elasticity import Elasticity, SoldHour, estimate_elasticity
from forecourt.revenue.fluid import fluid_bound
from forecourt.revenue.model import Bounds, DayKind, Effect, Forecast
from forecourt.revenue.pool import Outcome, Pool

# In a mean week.
DAYS_OF = {DayKind.WORKDAY: 5 / 7, DayKind.WEEKEND: 2 / 7}
_MAX_POOL = 40
List = tuple[tuple[float, ...], tuple[NDArray[Any], NDArray[Any]]]


@dataclass(frozen=True, slots=True)
class Outlook:
    """The demand of coming weeks. arrivals: by kind of day, 24 rates at the reference price. level: low and high of all of
    them together, as factors, with 80 % confidence."""

    arrivals: Mapping[DayKind, tuple[float, ...]]
    elasticity: Elasticity
    level: tuple[float, float]
    stay_h: float
    energy_kwh: float
    sockets: int
    reference_price: float
    forecast: Forecast

    def demand(self, kind: DayKind, bounds: Bounds, elasticity: float | None = None, level: float = 1.0) -> Demand:
        """Large sites are scaled down, sockets and arrivals by the same factor, which errs on the safe side."""
        part = min(1.0, _MAX_POOL / self.sockets)
        rates = tuple(rate * level * part for rate in self.arrivals[kind])
        found = self.elasticity.mean if elasticity is None else elasticity
        cost = float(bounds.energy_cost)
        return Demand(rates, self.stay_h, self.energy_kwh, max(1, round(self.sockets * part)), self.reference_price, found, cost)

    @property
    def text(self) -> str:
        accuracy = self.forecast.accuracy
        comparison = "better than" if accuracy.beats_naive else "no better than"
        return (
            f"{self.elasticity.text} The forecast misses an hour's arrivals by {accuracy.mae:.2f} on average, "
            f"{comparison} 'as a week ago' ({accuracy.mae_naive:.2f})."
        )


@dataclass(frozen=True, slots=True)
class SalesSummary:
    """Charges of the past weeks, summed. sold: its hours, kinds 0-23 of workdays and 24-47 of weekends."""

    sold: tuple[SoldHour, ...]
    stay_h: float
    energy_kwh: float
    sockets: int


def build_outlook(use: SalesSummary, coming: Forecast, level: tuple[float, float]) -> Outlook:
    """Rates by kind of day from how hours were sold, raised or lowered to what is forecast for the coming week.

    Raises BadInput for a site without charges.
    """
    prices = [hour.price for hour in use.sold if hour.arrivals]
    if not prices or use.stay_h <= 0 or use.energy_kwh <= 0:
        raise BadInput("no_charges", "There are no charges here yet.", "Come back after the first weeks.")
    reference = float(np.mean(prices))
    found = estimate_elasticity(use.sold, reference)
    rates = np.resize(np.array(found.rates), 48) if len(found.rates) == 48 else np.pad(found.rates, (0, 48 - len(found.rates)))
    expected = sum(map(sum, coming.expected)) / len(coming.expected)
    believed = float(rates[:24].sum() * DAYS_OF[DayKind.WORKDAY] + rates[24:].sum() * DAYS_OF[DayKind.WEEKEND])
    factor = float(np.clip(expected / believed, 0.1, 10)) if believed > 0 and expected > 0 else 1.0
    arrivals = {
        DayKind.WORKDAY: tuple(float(rate) * factor for rate in rates[:24]),
        DayKind.WEEKEND: tuple(float(rate) * factor for rate in rates[24:]),
    }
    return Outlook(arrivals, found, level, use.stay_h, use.energy_kwh, use.sockets, reference, coming)


def expected_effect(outlook: Outlook, bounds: Bounds, lists: Sequence[List]) -> Effect:
    """lists: for each kind of day its prices, and the present and the proposed rungs by hour, or tables by review and state.

    low and high: the ends of the elasticity's interval with the ends of the level's. The proposal meets each of the four as it
    is, beside the flat price that is believed best now.
    """
    flat_price, bound = _best_flat(outlook, bounds)
    money = _Money(outlook, bounds, lists, float(flat_price))
    now, then, flat = money.of(0), money.of(1), money.of(None)
    cases = [(outlook.elasticity.mean, 1.0), *((one, level) for one in outlook.elasticity.interval for level in outlook.level)]
    ratios = [_over(money.of(1, *case).money, money.of(None, *case).money) for case in cases]
    return Effect(
        now.money,
        flat.money,
        flat_price,
        then.money,
        _over(then.money, flat.money),
        min(ratios),
        max(ratios),
        _over(bound, flat.money),
        now.refused_share,
        then.refused_share,
    )


def _best_flat(outlook: Outlook, bounds: Bounds) -> tuple[Decimal, float]:
    """One price for all days, and the bound of the fluid."""
    count = int((bounds.cap - bounds.floor) / bounds.tick) + 1
    ticks = [bounds.floor + bounds.tick * step for step in range(count)][:: max(1, count // 40)]
    money = np.zeros(len(ticks))
    bound = 0.0
    for kind in DayKind:
        pool = Pool(outlook.demand(kind, bounds), tuple(map(float, ticks)))
        money += DAYS_OF[kind] * pool.money_of(np.repeat(np.arange(len(ticks))[:, None], 24, axis=1))
        bound += DAYS_OF[kind] * fluid_bound(pool.demand, float(bounds.floor), float(bounds.cap))
    return ticks[int(money.argmax())], bound


@dataclass(frozen=True)
class _Money:
    """Outcome of a mean day under the present (0) or proposed (1) lists, or the flat price (None)."""

    outlook: Outlook
    bounds: Bounds
    lists: Sequence[List]
    flat_price: float

    def of(self, which: int | None, elasticity: float | None = None, level: float = 1.0) -> Outcome:
        parts = []
        for kind, each in zip(DayKind, self.lists, strict=True):
            demand = self.outlook.demand(kind, self.bounds, elasticity, level)
            used, chosen = (np.zeros(1, dtype=np.intp), np.zeros(24, dtype=np.intp)) if which is None else _used(each[1][which])
            pool = Pool(demand, (self.flat_price,) if which is None else tuple(each[0][rung] for rung in used))
            parts.append((DAYS_OF[kind], pool.outcome(chosen if chosen.ndim == 2 else pool.by_hour(chosen))))
        requested = sum(weight * one.asked for weight, one in parts)
        refused = sum(weight * one.asked * one.refused_share for weight, one in parts)
        money = sum(weight * one.money for weight, one in parts)
        return replace(parts[0][1], money=money, asked=requested, refused_share=refused / requested if requested else 0.0)


def _used(rungs: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The rungs that occur, and the list as indices into them; others need not be calculated."""
    used, places = np.unique(rungs, return_inverse=True)
    return used, places.reshape(rungs.shape)


def _over(money: float, flat: float) -> float:
    """As a share; nothing where even the best flat price earns nothing, because nobody comes or energy costs more than the cap."""
    return money / flat - 1 if flat > 0 else 0.0
