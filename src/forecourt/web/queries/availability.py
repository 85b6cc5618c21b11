"""Availability of chargers in a month: sockets as the store calculates them; chargers, sites and the network as their sums."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from forecourt.flows.chargers import closed_times, uptimes
from forecourt.flows.desk import operator_month
from forecourt.flows.ports import BayUptime, Store
from forecourt.kernel import BadInput, ChargerId, NotFound, OperatorId, SiteId, Span, instant_text
from forecourt.stations import Incident, IncidentKind, Uptime
from forecourt.web.queries.accounting_months import parse_month
from forecourt.web.views.availability import ChargerHistory, HistoryStrip, TroubleSpan, UptimeRow

MAX_ERRORS = 12
_MONTHS = 24
K = TypeVar("K")


def requested_month(store: Store, operator_id: OperatorId, month: str, at: datetime) -> Span:
    """The operator's month, as far as it is over; the current one by default."""
    requested = operator_month(store, operator_id, parse_month(month) if month else at)
    if requested.start >= at:
        raise BadInput("month", f"{month[:20]} has not started.", "Choose an earlier month.")
    return Span(requested.start, min(requested.end, at))


def recent_months(store: Store, operator_id: OperatorId, at: datetime) -> list[datetime]:
    """The starts of the months that can be chosen, newest first."""
    found = [operator_month(store, operator_id, at).start]
    while len(found) < _MONTHS:
        found.append(operator_month(store, operator_id, found[-1] - timedelta(days=1)).start)
    return found


def uptime_by_socket(store: Store, operator_id: OperatorId, span: Span, slug: str = "") -> list[UptimeRow]:
    """By site, charger and number. slug: restricts it to one site."""
    names = _names(store, operator_id)
    bays = [one for one in uptimes(store, operator_id, span) if slug in ("", names[one.site_id][1])]
    return [_row(span, str(one.evse_id), one.label, names[one.site_id][0], [one]) for one in bays]


def uptime_by_charger(store: Store, operator_id: OperatorId, span: Span, slug: str = "") -> list[UptimeRow]:
    """The worst first; those without data last."""
    names = _names(store, operator_id)
    rows = [
        _row(span, one, one, names[bays[0].site_id][0], bays)
        for one, bays in _grouped(uptimes(store, operator_id, span), lambda bay: bay.charger_id).items()
        if slug in ("", names[bays[0].site_id][1])
    ]
    return worst_first(rows)


def uptime_by_site(store: Store, operator_id: OperatorId, span: Span) -> list[UptimeRow]:
    names = _names(store, operator_id)
    bays = _grouped(uptimes(store, operator_id, span), lambda bay: bay.site_id)
    return worst_first([_row(span, names[one][1], names[one][0], "", here) for one, here in bays.items()])


def together(rows: Sequence[UptimeRow]) -> UptimeRow:
    figures = sum((one.figures for one in rows), Uptime())
    return UptimeRow("", "All together", "", figures, any(one.watched for one in rows), None)


def worst_first(rows: Iterable[UptimeRow]) -> list[UptimeRow]:
    def badness(row: UptimeRow) -> tuple[bool, float, int, str]:
        share = row.figures.share
        return (share is None, share or 0.0, -row.figures.outages, row.name)

    return sorted(rows, key=badness)


def charger_history(store: Store, operator_id: OperatorId, charger_id: ChargerId, span: Span) -> ChargerHistory:
    """Raises NotFound if the charger is not the operator's, or has never been in service."""
    charger = store.stations.charger(charger_id)
    if charger is None or charger.operator_id != operator_id or charger.site_id is None:
        raise NotFound("charger", "There is no such charger.")
    site = store.stations.site(charger.site_id)
    evses = {one.number: one for one in store.stations.evses(site.id) if one.charger_id == charger_id}
    bays = uptimes(store, operator_id, span, charger)
    past = store.history.of_charger(charger_id, span)
    labelled = [(one, evses[one.number].label if one.number in evses else "") for one in past]
    closed_spans = closed_times(store, [site], span)
    rows = []
    for number, evse in sorted(evses.items()):
        closed = [TroubleSpan(one.span, None) for one in closed_spans if one.label in ("", evse.label)]
        bad = [_trouble_span(one, span) for one in past if one.number in (0, number) and one.what is not IncidentKind.NO_START]
        rows.append((evse.label, (*closed, *(one for one in bad if one is not None))))
    return ChargerHistory(
        charger_id,
        site.name,
        site.slug,
        site.zone,
        _row(span, charger_id, charger_id, site.name, bays),
        tuple(_row(span, str(one.evse_id), one.label, site.name, [one]) for one in bays),
        store.history.errors(operator_id, span, MAX_ERRORS, charger_id),
        tuple(labelled),
        HistoryStrip(span, site.zone, tuple(rows)),
    )


def history_rows(view: ChargerHistory) -> Iterator[tuple[object, ...]]:
    """Rows for a file, by time, in UTC; what still lasts has no end."""
    for one, label in view.every:
        until = instant_text(one.until) if one.until else ""
        yield view.charger_id, label, one.what.value, one.error, instant_text(one.since), until


def _names(store: Store, operator_id: OperatorId) -> dict[SiteId, tuple[str, str]]:
    """Name and slug of each site."""
    return {one.id: (one.name, one.slug) for one in store.stations.sites(operator_id)}


def _trouble_span(past: Incident, span: Span) -> TroubleSpan | None:
    start, end = max(past.since, span.start), min(past.until or span.end, span.end)
    return TroubleSpan(Span(start, end), past.what) if start < end else None


def _grouped(bays: Iterable[BayUptime], key: Callable[[BayUptime], K]) -> dict[K, list[BayUptime]]:
    found = defaultdict[K, list[BayUptime]](list)
    for one in bays:
        found[key(one)].append(one)
    return found


def _row(span: Span, key: str, name: str, site: str, bays: Sequence[BayUptime]) -> UptimeRow:
    figures = sum((one.figures for one in bays), Uptime())
    begun = [one.since for one in bays if one.since is not None]
    since = min(begun, default=None)
    return UptimeRow(key, name, site, figures, bool(begun), since if since and since > span.start else None)
