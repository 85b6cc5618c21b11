"""Opening hours of a site as OCPI Hours: the regular week, and the exceptions in the days ahead."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forecourt.kernel import Span, instant_text
from forecourt.ocpi.location_model import ExceptionalPeriod, Hours, RegularHours
from forecourt.stations import Opening, Site, closed_spans, minus

# OCPI has no permanent closing: this length stands for it; afterwards the sockets are REMOVED.
_FOR_GOOD = timedelta(days=366)
_DAY, _DAY_MIN = timedelta(days=1), 24 * 60


def ocpi_hours(site: Site, at: datetime) -> Hours:
    """Work planned for all sockets closes the site, as does the end of its last day. Days with hours of their own are listed to the end of
    next year."""
    over = [Span(site.ends_at, site.ends_at + _FOR_GOOD)] if site.ends_at else []
    closed_spans = [*(work.span for work in site.maintenance if not work.labels), *over]
    closings, openings = _exceptions(site, at)
    return Hours(
        twentyfourseven=not site.openings,
        regular_hours=tuple(_regular(one) for one in site.openings),
        exceptional_openings=_periods(minus(openings, closed_spans), at),
        exceptional_closings=_periods((*closed_spans, *minus(closings, closed_spans)), at),
    )


def _exceptions(site: Site, at: datetime) -> tuple[list[Span], list[Span]]:
    """Closed though the week says open, and open though it says closed: day by day, each with the night that belongs to it."""
    zone, closings, openings = ZoneInfo(site.zone), list[Span](), list[Span]()
    today = at.astimezone(zone).date()
    for special in site.calendar.between(today - _DAY, date(today.year + 1, 12, 31)):
        midnight = datetime.combine(special.day, time(0), zone).astimezone(UTC)
        near = Span(midnight, midnight + 2 * _DAY)
        by_week, then = (closed_spans(site.openings, site.zone, near, *calendar) for calendar in ((), (site.calendar,)))
        closings += minus(then, by_week)
        openings += minus(by_week, then)
    return closings, openings


def _periods(spans: Iterable[Span], at: datetime) -> tuple[ExceptionalPeriod, ...]:
    """Those that have not ended."""
    ahead = sorted((one for one in spans if one.end > at), key=lambda one: one.start)
    return tuple(ExceptionalPeriod(period_begin=instant_text(one.start), period_end=instant_text(one.end)) for one in ahead)


def _regular(opening: Opening) -> RegularHours:
    """OCPI has no 24:00: 23:59, the last minute it can write, stands for it."""
    end = _DAY_MIN - 1 if opening.to_min == _DAY_MIN else opening.to_min
    return RegularHours(weekday=opening.weekday + 1, period_begin=_clock(opening.from_min), period_end=_clock(end))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
