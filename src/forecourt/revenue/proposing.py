"""From a forecast to a tariff one step away from the present one: dearer when full, cheaper when empty, else untouched."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from forecourt.kernel import BadInput, Conflict, Span, round_half_up
from forecourt.revenue.model import Bounds, DayKind, Forecast, PriceMove, Proposal
from forecourt.tariffs import Finding, Outcome, Tariff, parse_tariff, price_curve

_DAYS = {
    DayKind.WORKDAY: ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"),
    DayKind.WEEKEND: ("SATURDAY", "SUNDAY"),
}
_FIRST = {DayKind.WORKDAY: 0, DayKind.WEEKEND: 5}
Checker = Callable[[Tariff], Iterable[Finding]]
# A Monday; only the hours of its week matter.
_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Hour:
    hour: int
    old: Decimal
    new: Decimal
    occupancy: float


def propose(source: Mapping[str, Any], outlook: Forecast, bounds: Bounds, check: Checker) -> Proposal:
    """A time-of-use step on the tariff's energy price, within the bounds, and only where the forecast is surer than its error.

    source: the present OCPI tariff; it needs an ENERGY price without restrictions to fall back on. check: the legal
    rules of the markets it is sold in (`tariffs.check_tariff`), asked before anything is proposed.
    Raises BadInput without such a price, Conflict where the new tariff would be unlawful.
    """
    base = _base_component(source)
    hours = {kind: _hours(source, outlook, bounds, kind) for kind in DayKind}
    moves = tuple(move for kind in DayKind for move in _moves(kind, hours[kind], outlook, bounds))
    if not moves:
        return Proposal((), dict(source), outlook)
    proposed = _rewritten(source, base, hours)
    failing = next((f for f in check(parse_tariff(proposed)) if f.outcome is Outcome.FAILING), None)
    if failing is not None:
        raise Conflict("proposal_unlawful", f"{failing.text} ({failing.citation})", failing.remedy)
    return Proposal(moves, proposed, outlook)


def _hours(source: Mapping[str, Any], outlook: Forecast, bounds: Bounds, kind: DayKind) -> list[_Hour]:
    """Present and proposed price of each local hour of a kind of day."""
    first = _FIRST[kind]
    start = _MONDAY + timedelta(days=first)
    steps = price_curve(parse_tariff(source), Span(start, start + timedelta(days=1)), "UTC")
    hours = []
    for hour in range(24):
        at = start + timedelta(hours=hour)
        old = next(step.price for step in steps if step.start <= at < step.end)
        days = range(first, first + len(_DAYS[kind]))
        occupancy = sum(outlook.occupancy[day * 24 + hour] for day in days) / len(days)
        hours.append(_Hour(hour, old, _moved(old, occupancy, outlook.error, bounds), occupancy))
    return hours


def _moved(price: Decimal, occupancy: float, error: float, bounds: Bounds) -> Decimal:
    """The larger the surplus over the threshold (less the error), the larger the step, up to the largest."""
    over, under = occupancy - error - bounds.full, bounds.empty - occupancy - error
    if over > 0:
        return min(price + _step(over / max(1 - bounds.full, 0.01), bounds), max(price, bounds.cap))
    if under > 0:
        return max(price - _step(under / max(bounds.empty, 0.01), bounds), min(price, bounds.floor))
    return price


def _step(share: float, bounds: Bounds) -> Decimal:
    """Whole ticks, at least one, at most the largest step."""
    ticks = int(round_half_up(Decimal(str(round(min(share, 1.0), 6))) * bounds.largest_step / bounds.tick, 0))
    return min(max(ticks, 1) * bounds.tick, bounds.largest_step)


def _moves(kind: DayKind, hours: list[_Hour], outlook: Forecast, bounds: Bounds) -> list[PriceMove]:
    """Neighbouring hours with the same change become one window."""
    moves = []
    for (old, new), found in groupby(hours, key=lambda each: (each.old, each.new)):
        window = list(found)
        if old == new:
            continue
        mean = sum(each.occupancy for each in window) / len(window)
        threshold = f"above {bounds.full:.0%}" if new > old else f"below {bounds.empty:.0%}"
        reason = (
            f"{kind.value.lower()} {window[0].hour:02d}:00 to {window[-1].hour + 1:02d}:00: {mean:.0%} of sockets expected to be taken, "
            f"{threshold} by more than the forecast's mean error of {outlook.error:.1%} ({outlook.method})"
        )
        moves.append(PriceMove(kind, window[0].hour, window[-1].hour + 1, old, new, reason))
    return moves


def _rewritten(source: Mapping[str, Any], base: Mapping[str, Any], hours: Mapping[DayKind, list[_Hour]]) -> dict[str, Any]:
    """The tariff with its clock-bound energy prices replaced; everything else stays, in order."""
    windows = []
    for kind, day in hours.items():
        for price, found in groupby(day, key=lambda each: each.new):
            window = list(found)
            if price != Decimal(str(base["price"])):
                start, end = window[0].hour, (window[-1].hour + 1) % 24
                times = {"start_time": f"{start:02d}:00", "end_time": f"{end:02d}:00"}
                windows.append(
                    {
                        "price_components": [{**base, "price": price}],
                        "restrictions": times | {"day_of_week": list(_DAYS[kind])},
                    }
                )
    kept = [element for element in source["elements"] if not _is_window(element)]
    return {**source, "elements": windows + kept}


def _is_window(element: Mapping[str, Any]) -> bool:
    """An element that prices energy alone, by the clock and the day alone."""
    names = {name for name, value in (element.get("restrictions") or {}).items() if value is not None}
    return (
        bool(names)
        and names <= {"start_time", "end_time", "day_of_week"}
        and all(component["type"] == "ENERGY" for component in element["price_components"])
    )


def _base_component(source: Mapping[str, Any]) -> Mapping[str, Any]:
    for element in source["elements"]:
        if not element.get("restrictions"):
            for component in element["price_components"]:
                if component["type"] == "ENERGY":
                    found: Mapping[str, Any] = component
                    return found
    raise BadInput("no_base_price", "The tariff has no energy price without restrictions.", "Add one as the last element.")
