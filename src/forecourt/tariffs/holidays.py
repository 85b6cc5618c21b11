"""Write the holidays into a tariff as dates when it is published, so that later calendar changes do not affect its bills."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from forecourt.stations import public_holidays
from forecourt.tariffs.json_reader import Reader

# How far ahead the public holidays of an open-ended tariff are fixed; its next version continues from there.
YEARS_AHEAD = 10


def resolve_holidays(source: Mapping[str, Any] | str, first: int, last: int | None = None) -> Mapping[str, Any] | str:
    """The tariff with its region's public holidays written into it as dates; unchanged if it already has dates, or has no region.

    first, last: years; at most YEARS_AHEAD of them. Raises BadInput for an unknown region.
    """
    root = Reader.of(source, "tariff")
    holidays = root.object("holidays")
    if holidays is None or holidays.value.get("days") is not None or not (region := holidays.text_or_none("region")):
        return source
    last_year = first + YEARS_AHEAD
    found = (day for year in range(first, min(last or last_year, last_year) + 1) for day in public_holidays(region, year))
    return {**root.value, "holidays": {**holidays.value, "days": [day.isoformat() for day in sorted(found)]}}


def holiday_years(fixed: tuple[date, ...]) -> tuple[int, int] | None:
    """The first and last year for which a tariff contains public holidays."""
    return (fixed[0].year, fixed[-1].year) if fixed else None
