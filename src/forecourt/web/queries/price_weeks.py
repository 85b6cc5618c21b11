"""A week of prices, from the versions of a tariff that apply in it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from forecourt.kernel import Span
from forecourt.tariffs import TariffVersion, price_curve
from forecourt.web.queries.local_days import local_day
from forecourt.web.views.price import PriceWeek, WeekDay, WeekStep


def price_week_of(versions: Sequence[TariffVersion], first_day: date, zone: str, currency: str, now: datetime) -> PriceWeek:
    """Seven local days from `first_day`. Without a version in force the price is unknown."""
    days = []
    marked = None
    for offset in range(7):
        day = first_day + timedelta(days=offset)
        span = local_day(day, zone)
        days.append(WeekDay(day, tuple(_steps(versions, span, zone))))
        if span.contains(now):
            marked = offset, _minute(now, zone)
    return PriceWeek(currency, tuple(days), marked)


def _steps(versions: Sequence[TariffVersion], span: Span, zone: str) -> list[WeekStep]:
    pieces: list[tuple[datetime, datetime, Decimal | None]] = []
    at = span.start
    while at < span.end:
        version = next((one for one in versions if one.is_valid_at(at)), None)
        changes = [edge for one in versions for edge in (one.valid_from, one.valid_to) if edge is not None and at < edge < span.end]
        until = min(changes, default=span.end)
        if version is None:
            pieces.append((at, until, None))
        else:
            pieces += [(step.start, step.end, step.with_tax) for step in price_curve(version.tariff, Span(at, until), zone)]
        at = until
    return [WeekStep(_minute(start, zone), _minute(end, zone) or 1440, price) for start, end, price in pieces]


def _minute(at: datetime, zone: str) -> int:
    local = at.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute
