"""A tariff's energy prices by the clock, read and written; everything else in it stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from forecourt.kernel import BadInput, Span
from forecourt.revenue.model import DayKind
from forecourt.tariffs import parse_tariff, price_curve

_DAYS = {
    DayKind.WORKDAY: ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"),
    DayKind.WEEKEND: ("SATURDAY", "SUNDAY"),
}
# Of a part of a charge: what comes first, or last.
_PARTS = frozenset({"min_kwh", "max_kwh", "min_duration", "max_duration"})
_FIRST = {DayKind.WORKDAY: 0, DayKind.WEEKEND: 5}
# A Monday; only the hours of its week matter.
_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def prices_by_hour(source: Mapping[str, Any], kind: DayKind) -> tuple[Decimal, ...]:
    """The energy price at the start of each local hour of a kind of day, as the tariff has it beside prices of parts of a charge."""
    start = _MONDAY + timedelta(days=_FIRST[kind])
    whole = [element for element in source["elements"] if not _restrictions(element) & _PARTS]
    tariff = replace(parse_tariff({**source, "elements": whole}), holidays=None)  # a day like others
    steps = price_curve(tariff, Span(start, start + timedelta(days=1)), "UTC")
    hours = (start + timedelta(hours=hour) for hour in range(24))
    return tuple(next(step.price for step in steps if step.start <= at < step.end) for at in hours)


def with_hourly_prices(source: Mapping[str, Any], prices: Mapping[DayKind, Sequence[Decimal]]) -> dict[str, Any]:
    """The tariff with these energy prices by day and hour: the most frequent one as its base, the others as windows, where it had windows
    or else just before the base, so that what comes before them (the first kWh, much power) keeps its price.

    Where its windows take holidays for Sundays, so do the new ones. Raises BadInput for energy prices of holidays by themselves.
    """
    base = _base_component(source)
    rules = {_holidays(element) for element in source["elements"] if any(one["type"] == "ENERGY" for one in element["price_components"])}
    if rules - {None, "ignore", "as_sunday"}:
        raise BadInput("holiday_prices", "The tariff has separate energy prices for holidays; prices can be proposed only for weekdays.")
    extra = {"holidays": "as_sunday"} if "as_sunday" in rules else {}
    all_prices = [price for kind in DayKind for price in prices[kind]]
    most_common = max(sorted(set(all_prices)), key=all_prices.count)
    windows = [window for kind in DayKind for window in _windows(base, kind, prices[kind], most_common, extra)]
    elements = source["elements"]
    place = next(at for at, one in enumerate(elements) if _is_window(one) or any(each is base for each in one["price_components"]))
    before, after = (
        [_rebased(one, base, most_common) for one in some if not _is_window(one)] for some in (elements[:place], elements[place:])
    )
    return {**source, "elements": [*before, *windows, *after]}


def _windows(
    base: Mapping[str, Any], kind: DayKind, prices: Sequence[Decimal], most_common: Decimal, extra: Mapping[str, str]
) -> list[dict[str, Any]]:
    windows = []
    for price, found in groupby(range(24), key=lambda hour: prices[hour]):
        hours = list(found)
        if price != most_common:
            times = {"start_time": f"{hours[0]:02d}:00", "end_time": f"{(hours[-1] + 1) % 24:02d}:00"}
            when = {**times, "day_of_week": list(_DAYS[kind]), **extra}
            windows.append({"price_components": [{**base, "price": price}], "restrictions": when})
    return windows


def _holidays(element: Mapping[str, Any]) -> Any:
    return (element.get("restrictions") or {}).get("holidays")


def _rebased(element: Mapping[str, Any], base: Mapping[str, Any], price: Decimal) -> dict[str, Any]:
    components = [{**one, "price": price} if one is base else one for one in element["price_components"]]
    return {**element, "price_components": components}


def _is_window(element: Mapping[str, Any]) -> bool:
    """An element that prices energy alone, by the clock and the day alone."""
    names = _restrictions(element)
    return (
        bool(names)
        and names <= {"start_time", "end_time", "day_of_week", "holidays"}
        and all(component["type"] == "ENERGY" for component in element["price_components"])
    )


def _restrictions(element: Mapping[str, Any]) -> set[str]:
    return {name for name, value in (element.get("restrictions") or {}).items() if value is not None}


def _base_component(source: Mapping[str, Any]) -> Mapping[str, Any]:
    for element in source["elements"]:
        if not _restrictions(element):
            for component in element["price_components"]:
                if component["type"] == "ENERGY":
                    found: Mapping[str, Any] = component
                    return found
    raise BadInput("no_base_price", "The tariff has no energy price without restrictions.", "Add one as the last element.")
