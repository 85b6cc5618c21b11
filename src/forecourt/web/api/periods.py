"""Query parameters for periods in back-office lists, and the short names of sites in their responses."""

from datetime import datetime, timedelta

from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, OperatorId, SiteId, Span, utc

OpenPeriod = tuple[datetime | None, datetime | None]
_MAX_PERIOD = timedelta(days=32)


def parse_period(start: datetime, end: datetime) -> Span:
    span = Span(utc(start), utc(end))
    if span.end - span.start > _MAX_PERIOD:
        raise BadInput("span", "A period can have at most 32 days.", "Request one month at a time.")
    return span


def parse_open_period(start: datetime | None, end: datetime | None) -> OpenPeriod:
    """The same, of any length, and open where an end is not given."""
    if start is not None and end is not None:
        Span(utc(start), utc(end))  # raises for one that ends before it starts
    return start and utc(start), end and utc(end)


def is_short_period(start: datetime | None, end: datetime | None) -> bool:
    """Whether a list of that period may be complete in one answer."""
    return start is not None and end is not None and end - start <= _MAX_PERIOD


def slugs_by_site(store: Store, operator: OperatorId) -> dict[SiteId | None, str | None]:
    return {None: None, **{one.id: one.slug for one in store.stations.sites(operator)}}
