"""Opening hours of a site as OperatingHours: the regular week, and the exceptions in the days ahead."""

from collections.abc import Iterable
from datetime import datetime
from xml.etree.ElementTree import Element

from forecourt.datex.xml_elements import element
from forecourt.kernel import instant_text
from forecourt.ocpi import ExceptionalPeriod, ocpi_hours
from forecourt.stations import Opening, Site

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def operating_hours(site: Site, since: datetime, at: datetime) -> Element:
    """Times of day are local. since: when the hours last changed."""
    hours = ocpi_hours(site, at)
    if hours.twentyfourseven and not hours.exceptional_closings:
        return element("afac:operatingHours", kind="afac:OpenAllHours")
    stretches = dict.fromkeys((one.from_min, one.to_min) for one in site.openings)
    period = element(
        "afac:overallPeriod",
        element("com:overallStartTime", instant_text(since)),
        [_weekly(site.openings, *stretch) for stretch in stretches],
        _spans("com:validPeriod", hours.exceptional_openings),
        _spans("com:exceptionPeriod", hours.exceptional_closings),
    )
    version = instant_text(since)
    return element("afac:operatingHours", period, kind="afac:OperatingHoursSpecification", id=f"hours/{site.id}", version=version)


def _weekly(openings: Iterable[Opening], from_min: int, to_min: int) -> Element:
    """The days on which these hours are open."""
    days = sorted({one.weekday for one in openings if (one.from_min, one.to_min) == (from_min, to_min)})
    times = element("com:startTimeOfPeriod", _clock(from_min)), element("com:endTimeOfPeriod", _clock(to_min))
    return element(
        "com:validPeriod",
        element("com:recurringTimePeriodOfDay", times),
        element("com:recurringDayWeekMonthPeriod", [element("com:applicableDay", _DAYS[one]) for one in days]),
    )


def _spans(tag: str, periods: Iterable[ExceptionalPeriod]) -> list[Element]:
    return [element(tag, element("com:startOfPeriod", one.period_begin), element("com:endOfPeriod", one.period_end)) for one in periods]


def _clock(minutes: int) -> str:
    """24:00 is written as the last second of the day: not every reader accepts it."""
    return "23:59:59" if minutes == 24 * 60 else f"{minutes // 60:02}:{minutes % 60:02}:00"
