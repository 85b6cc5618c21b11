"""From what is known of the demand to a tariff an operator may publish: within the bounds, lawful, with its reason.

Two kinds: a price list by the clock, and a ladder of prices by sockets taken. Either is held against the best single price
within the same bounds, with the fluid bound beside it, and only proposed where it brings enough.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from forecourt.kernel import Conflict, round_half_up
from forecourt.revenue.bidding import bid_prices
from forecourt.revenue.estimating import Outlook, believed_effect
from forecourt.revenue.model import Bounds, DayFigures, DayKind, Kind, Ladder, PriceMove, Proposal
from forecourt.revenue.occupancy import OccupancyPolicy, price_by_occupancy
from forecourt.revenue.pool import REVIEWS_PER_HOUR, Pool
from forecourt.revenue.rewriting import prices_by_hour, rewritten
from forecourt.revenue.windows import Rungs, best_windows
from forecourt.tariffs import Finding, Outcome, Tariff, number_text, parse_tariff

Checker = Callable[[Tariff], Iterable[Finding]]
_LEAST_HOURS = 2
_MOST_RUNGS = 25
_LADDER_RUNGS = 8
_WINDOW_GAIN = 0.002


@dataclass(frozen=True)
class _Day:
    """One kind of day: its pool, today's and the proposed list."""

    kind: DayKind
    pool: Pool
    now: Rungs
    then: Rungs


def propose(source: Mapping[str, Any], outlook: Outlook, bounds: Bounds, check: Checker) -> Proposal:
    """A price list by the clock, at most one step from the present one at every hour.

    source: the present OCPI tariff; it needs an ENERGY price without restrictions to fall back on. check: the legal
    rules of the markets it is sold in (`tariffs.check_tariff`), asked before anything is proposed.
    Raises BadInput without such a price, Conflict where the new tariff would be unlawful.
    """
    days = [_planned(source, outlook, bounds, kind) for kind in DayKind]
    effect = believed_effect(outlook, bounds, [(one.pool.prices, (one.now, one.then)) for one in days])
    figures = tuple(_figures(one) for one in days)
    if effect.proposed <= effect.now + bounds.least_gain * abs(effect.now):
        text = f"No price list by the clock within the bounds brings {bounds.least_gain:.0%} more than today's. {outlook.text}"
        return Proposal(Kind.BY_CLOCK, (), dict(source), figures, effect, text)
    moves = tuple(move for one in figures for move in _moves(one))
    proposed = rewritten(source, {one.kind: one.new_prices for one in figures})
    _refuse_unlawful(proposed, check)
    reason = (
        f"Expected {effect.over_flat:+.1%} over the best single price of {effect.flat_price} ({effect.low:+.1%} to {effect.high:+.1%}), "
        f"refused drivers {effect.refused_now:.0%} to {effect.refused_then:.0%}. {outlook.text}"
    )
    return Proposal(Kind.BY_CLOCK, moves, proposed, figures, effect, reason)


def propose_ladder(source: Mapping[str, Any], outlook: Outlook, bounds: Bounds, check: Checker) -> Proposal:
    """A ladder of few prices that follows the sockets taken. Every one of its prices is checked as the tariff it would be."""
    prices = _thinned(_ticks(bounds), _LADDER_RUNGS)
    policies: dict[DayKind, OccupancyPolicy] = {}
    days = []
    for kind in DayKind:
        pool = Pool(outlook.demand(kind, bounds), tuple(map(float, prices)))
        policies[kind] = price_by_occupancy(pool)
        now = np.array([_nearest(prices, price) for price in prices_by_hour(source, kind)], dtype=np.intp)
        days.append(_Day(kind, pool, now, now))
    tables = [(one.pool.prices, (one.pool.by_hour(one.now), policies[one.kind].table)) for one in days]
    effect = believed_effect(outlook, bounds, tables)
    figures = tuple(_figures(one) for one in days)
    if effect.over_flat < bounds.least_gain:
        text = f"Prices that follow the occupancy bring less than {bounds.least_gain:.0%} over the best single price here. {outlook.text}"
        return Proposal(Kind.BY_OCCUPANCY, (), dict(source), figures, effect, text)
    for price in prices:
        _refuse_unlawful(rewritten(source, dict.fromkeys(DayKind, (price,) * 24)), check)
    workday, weekend = (_hourly(policies[kind].table) for kind in DayKind)
    reason = (
        f"Prices from {prices[0]} to {prices[-1]} that follow the sockets taken: expected {effect.over_flat:+.1%} over the best single "
        f"price of {effect.flat_price} ({effect.low:+.1%} to {effect.high:+.1%}), refused drivers {effect.refused_now:.0%} to "
        f"{effect.refused_then:.0%}. Each price is shown before a charge starts and stays for all of it. {outlook.text}"
    )
    return Proposal(Kind.BY_OCCUPANCY, (), dict(source), figures, effect, reason, Ladder(prices, workday, weekend))


def _planned(source: Mapping[str, Any], outlook: Outlook, bounds: Bounds, kind: DayKind) -> _Day:
    old = prices_by_hour(source, kind)
    prices = tuple(sorted({*_thinned(_ticks(bounds), _MOST_RUNGS), *old}))
    pool = Pool(outlook.demand(kind, bounds), tuple(map(float, prices)))
    now = np.array([prices.index(price) for price in old], dtype=np.intp)
    allowed = np.array([[_may(price, before, bounds) for price in prices] for before in old])
    then, _ = best_windows(pool, allowed, bounds.most_windows, _LEAST_HOURS, _WINDOW_GAIN)
    return _Day(kind, pool, now, then)


def _may(price: Decimal, before: Decimal, bounds: Bounds) -> bool:
    """Within floor and cap and the largest step; a price from outside the bounds may stay, or come nearer to them."""
    if abs(price - before) > bounds.largest_step:
        return False
    return bounds.floor <= price <= bounds.cap or min(before, bounds.floor) <= price <= max(before, bounds.cap)


def _figures(day: _Day) -> DayFigures:
    busy, refused = day.pool.busy(day.pool.by_hour(day.now))
    prices = [Decimal(str(price)) for price in day.pool.prices]
    worth = bid_prices(day.pool, day.then)
    return DayFigures(
        day.kind,
        tuple(day.pool.demand.arrivals_per_hour),
        tuple(map(float, busy)),
        tuple(map(float, refused)),
        tuple(prices[rung] for rung in day.now),
        tuple(prices[rung] for rung in day.then),
        tuple(round_half_up(Decimal(str(round(float(one), 6))), 2) for one in worth),
    )


def _moves(day: DayFigures) -> list[PriceMove]:
    """Neighbouring hours with the same change become one window."""
    moves: list[PriceMove] = []
    hour = 0
    while hour < 24:
        end = hour
        while end < 24 and (day.old_prices[end], day.new_prices[end]) == (day.old_prices[hour], day.new_prices[hour]):
            end += 1
        if day.old_prices[hour] != day.new_prices[hour]:
            moves.append(_move(day, hour, end))
        hour = end
    return moves


def _move(day: DayFigures, start: int, end: int) -> PriceMove:
    old, new = day.old_prices[start], day.new_prices[start]
    busy, refused = (sum(shares[start:end]) / (end - start) for shares in (day.busy, day.refused))
    name = "Workdays" if day.kind is DayKind.WORKDAY else "Weekends"
    why = "so that those who need it most find a socket" if new > old else "so that more drivers come"
    reason = (
        f"{name} {start:02d}:00 to {end:02d}:00: {busy:.0%} of sockets taken and {refused:.0%} of drivers refused at today's price; "
        f"{number_text(old, 2)} becomes {number_text(new, 2)}, {why}."
    )
    return PriceMove(day.kind, start, end, old, new, reason)


def _refuse_unlawful(source: Mapping[str, Any], check: Checker) -> None:
    failing = next((finding for finding in check(parse_tariff(source)) if finding.outcome is Outcome.FAILING), None)
    if failing is not None:
        raise Conflict("proposal_unlawful", f"{failing.text} ({failing.citation})", failing.remedy)


def _ticks(bounds: Bounds) -> list[Decimal]:
    count = int((bounds.cap - bounds.floor) / bounds.tick)
    return [bounds.floor + bounds.tick * step for step in range(count + 1)]


def _thinned(ticks: list[Decimal], most: int) -> tuple[Decimal, ...]:
    """Evenly spread, the ends kept."""
    places = sorted({round(place) for place in np.linspace(0, len(ticks) - 1, min(most, len(ticks)))})
    return tuple(ticks[place] for place in places)


def _nearest(prices: tuple[Decimal, ...], price: Decimal) -> int:
    return min(range(len(prices)), key=lambda rung: abs(prices[rung] - price))


def _hourly(table: Rungs) -> tuple[tuple[int, ...], ...]:
    """The table as it stands in the middle of each hour: within an hour it hardly moves, and a ladder should be readable."""
    return tuple(tuple(map(int, row)) for row in table[REVIEWS_PER_HOUR // 2 :: REVIEWS_PER_HOUR])
