"""From what is known of the demand to a tariff an operator may publish: within the bounds, lawful, with its reason.

Two kinds: a price list by the clock, and a ladder of prices by sockets taken. Either is held against the best single price
within the same bounds, with the fluid bound beside it, and only proposed where it brings enough.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

import numpy as np

from forecourt.kernel import Conflict
from forecourt.revenue.bidding import bid_prices, rounded_bid
from forecourt.revenue.hourly_prices import prices_by_hour, with_hourly_prices
from forecourt.revenue.model import Bounds, DayFigures, DayKind, Effect, Ladder, PriceMove, Proposal, ProposalKind
from forecourt.revenue.occupancy import OccupancyPolicy, price_by_occupancy
from forecourt.revenue.outlook import Outlook, expected_effect
from forecourt.revenue.pool import REVIEWS_PER_HOUR, Pool
from forecourt.revenue.windows import Rungs, best_windows
from forecourt.tariffs import LegalFinding, LegalOutcome, Tariff, number_text, parse_tariff

Checker = Callable[[Tariff], Iterable[LegalFinding]]
_MIN_HOURS = 2
_MAX_RUNGS = 25
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
    effect = expected_effect(outlook, bounds, [(one.pool.prices, (one.now, one.then)) for one in days])
    figures = tuple(_figures(one) for one in days)
    if effect.proposed <= effect.now + bounds.least_gain * abs(effect.now):
        text = f"No time-of-day prices within the limits earn {bounds.least_gain:.0%} more than today's. {outlook.text}"
        return Proposal(ProposalKind.BY_CLOCK, (), dict(source), figures, effect, text)
    moves = tuple(move for one in figures for move in _moves(one))
    proposed = with_hourly_prices(source, {one.kind: one.new_prices for one in figures})
    _refuse_unlawful(proposed, check)
    reason = f"{_against_flat(effect)} {_refused(effect)} {outlook.text}"
    return Proposal(ProposalKind.BY_CLOCK, moves, proposed, figures, effect, reason)


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
    effect = expected_effect(outlook, bounds, tables)
    figures = tuple(_figures(one) for one in days)
    if effect.over_flat < bounds.least_gain:
        text = f"Prices by occupancy earn less than {bounds.least_gain:.0%} more than the best single price here. {outlook.text}"
        return Proposal(ProposalKind.BY_OCCUPANCY, (), dict(source), figures, effect, text)
    for price in prices:
        _refuse_unlawful(with_hourly_prices(source, dict.fromkeys(DayKind, (price,) * 24)), check)
    workday, weekend = (_hourly(policies[kind].table) for kind in DayKind)
    reason = (
        f"Prices from {number_text(prices[0], 2)} to {number_text(prices[-1], 2)} that follow the sockets in use. {_against_flat(effect)} "
        f"{_refused(effect)} Each price is shown before a charge starts and applies to all of it. {outlook.text}"
    )
    return Proposal(ProposalKind.BY_OCCUPANCY, (), dict(source), figures, effect, reason, Ladder(prices, workday, weekend))


def _planned(source: Mapping[str, Any], outlook: Outlook, bounds: Bounds, kind: DayKind) -> _Day:
    old_prices = prices_by_hour(source, kind)
    prices = tuple(sorted({*_thinned(_ticks(bounds), _MAX_RUNGS), *old_prices}))
    pool = Pool(outlook.demand(kind, bounds), tuple(map(float, prices)))
    now = np.array([prices.index(price) for price in old_prices], dtype=np.intp)
    allowed = np.array([[_may(price, before, bounds) for price in prices] for before in old_prices])
    then, _ = best_windows(pool, allowed, bounds.most_windows, _MIN_HOURS, _WINDOW_GAIN)
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
        tuple(rounded_bid(float(one)) for one in worth),
    )


def _against_flat(effect: Effect) -> str:
    """In words; a list that is one step on a longer way may lie below the best single price."""
    best = f"the best single price within the limits, {number_text(effect.flat_price, 2)} ({effect.low:+.1%} to {effect.high:+.1%})"
    if effect.over_flat >= 0:
        return f"Expected {effect.over_flat:.1%} above {best}."
    return f"An intermediate step: better than today, but still {-effect.over_flat:.1%} below {best}, which is more than one step away."


def _refused(effect: Effect) -> str:
    return f"Drivers who find no free socket: {effect.refused_now:.0%} today, {effect.refused_then:.0%} with the new prices."


def _moves(day: DayFigures) -> list[PriceMove]:
    """Neighbouring hours that move by the same amount have one reason; of them, each old price is a move of its own."""
    moves: list[PriceMove] = []
    by = [new - old for old, new in zip(day.old_prices, day.new_prices, strict=True)]
    for difference, found in groupby(range(24), key=lambda hour: by[hour]):
        hours = list(found)
        if difference:
            reason = _reason(day, hours[0], hours[-1] + 1)
            for old_price, same in groupby(hours, key=lambda hour: day.old_prices[hour]):
                window = list(same)
                moves.append(PriceMove(day.kind, window[0], window[-1] + 1, old_price, old_price + difference, reason))
    return moves


def _reason(day: DayFigures, start: int, end: int) -> str:
    old_prices, new_prices = day.old_prices[start:end], day.new_prices[start:end]
    busy, refused = (sum(shares[start:end]) / (end - start) for shares in (day.busy, day.refused))
    name = "Workdays" if day.kind is DayKind.WORKDAY else "Weekends"
    reason = "so that those who need it most find a socket" if new_prices[0] > old_prices[0] else "so that more drivers come"
    return (
        f"{name} {start:02d}:00 to {end:02d}:00: {busy:.0%} of sockets in use and {refused:.0%} of drivers turned away at today's price; "
        f"{_range(old_prices)} becomes {_range(new_prices)}, {reason}."
    )


def _range(prices: Sequence[Decimal]) -> str:
    low, high = number_text(min(prices), 2), number_text(max(prices), 2)
    return low if low == high else f"{low} to {high}"


def _refuse_unlawful(source: Mapping[str, Any], check: Checker) -> None:
    failing = next((finding for finding in check(parse_tariff(source)) if finding.outcome is LegalOutcome.FAILING), None)
    if failing is not None:
        raise Conflict("proposal_unlawful", f"{failing.text} ({failing.citation})", failing.remedy)


def _ticks(bounds: Bounds) -> list[Decimal]:
    count = int((bounds.cap - bounds.floor) / bounds.tick)
    return [bounds.floor + bounds.tick * step for step in range(count + 1)]


def _thinned(ticks: list[Decimal], max_ticks: int) -> tuple[Decimal, ...]:
    """Evenly spread, the ends kept."""
    places = sorted({round(place) for place in np.linspace(0, len(ticks) - 1, min(max_ticks, len(ticks)))})
    return tuple(ticks[place] for place in places)


def _nearest(prices: tuple[Decimal, ...], price: Decimal) -> int:
    return min(range(len(prices)), key=lambda rung: abs(prices[rung] - price))


def _hourly(table: Rungs) -> tuple[tuple[int, ...], ...]:
    """The table as it stands in the middle of each hour: within an hour it hardly moves, and a ladder should be readable."""
    return tuple(tuple(map(int, row)) for row in table[REVIEWS_PER_HOUR // 2 :: REVIEWS_PER_HOUR])
