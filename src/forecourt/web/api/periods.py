"""Query parameters for periods in back-office lists, and the short names of sites in their responses."""

from datetime import datetime, timedelta

from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, OperatorId, SiteId, Span, utc

_MAX_PERIOD = timedelta(days=32)


def parse_period(start: datetime, end: datetime) -> Span:
    span = Span(utc(start), utc(end))
    if span.end - span.start > _MAX_PERIOD:
        raise BadInput("span", "A period can have at most 32 days.", "Request one month at a time.")
    return span


def slugs_by_site(store: Store, operator: OperatorId) -> dict[SiteId | None, str | None]:
    return {None: None, **{one.id: one.slug for one in store.stations.sites(operator)}}
