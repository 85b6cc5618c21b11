"""A charger's past states, recorded as they end. Current states are in the charger and its sockets themselves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Final

from forecourt.drivers import token_uid
from forecourt.flows.ports.history import BayUptime, Closure
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, OperatorId, Span
from forecourt.stations import (
    BEGUN_WITHIN,
    Charger,
    ConnectorState,
    Contact,
    Evse,
    Incident,
    IncidentKind,
    OrderResult,
    Site,
    Socket,
    StartCharge,
    closed_in,
)

_BAD: Final = {ConnectorState.FAULTED: IncidentKind.FAULTED, ConnectorState.UNAVAILABLE: IncidentKind.UNAVAILABLE}


def record_contact(store: Store, charger: Charger, connected: bool, at: datetime) -> Contact:
    """The new state of the charger's contact."""
    known = charger.contact
    if charger.connected == connected and known.since is not None:
        return known
    lost_since = known.since if connected and known.watched is not None and not charger.connected else None
    if lost_since is not None and lost_since < at and charger.operator_id is not None and charger.site_id is not None:
        store.history.add(Incident(charger.operator_id, charger.site_id, charger.id, 0, IncidentKind.OFFLINE, lost_since, at))
    return known.after_change(connected, at)


def restart_history(charger: Charger, at: datetime) -> Charger:
    """The charger enters service: what was before does not count."""
    return replace(charger, contact=Contact(at, at if charger.connected else None))


def put_socket(store: Store, evse: Evse, now: Socket, at: datetime) -> None:
    """Store a socket's state from an instant on, and record its past state."""
    before = store.stations.socket(evse.id)
    began = before.since or before.at
    if (before.state, before.error) == (now.state, now.error):
        store.stations.put_socket(replace(now, since=began or at))
        return
    kind = _BAD.get(before.state)
    if kind is not None and began is not None and began < at:
        store.history.add(Incident(evse.operator_id, evse.site_id, evse.charger_id, evse.number, kind, began, at, before.error))
    store.stations.put_socket(replace(now, since=at))


def start_failed(store: Store, charger_id: ChargerId, order: StartCharge, result: OrderResult, at: datetime) -> None:
    """Record that no charge began. An order that was sent twice may be refused because its charge has begun: that is no failure."""
    evse = store.stations.evse_at(charger_id, order.evse_number)
    session = store.sessions.open_on(evse.id) if evse else None
    if evse is not None and (session is None or session.token != token_uid(order.token)):
        detail = result.outcome.value
        store.history.add(Incident(evse.operator_id, evse.site_id, charger_id, evse.number, IncidentKind.NO_START, at, at, detail))


def uptimes(store: Store, operator_id: OperatorId, span: Span, charger: Charger | None = None) -> list[BayUptime]:
    """The uptime of each of the operator's sockets, or a charger's, by site, charger and number. The span is past, or ends now."""
    site = store.stations.site(charger.site_id) if charger is not None and charger.site_id is not None else None
    sites = store.stations.sites(operator_id) if site is None else [site]
    closed_spans = closed_times(store, sites, Span(span.start - BEGUN_WITHIN, span.end)) if sites else []
    return list(store.history.uptimes(operator_id, span, closed_spans, charger.id if charger else None))


def closed_times(store: Store, sites: Sequence[Site], span: Span) -> list[Closure]:
    """The opening hours and maintenance of sites as they applied at the time, not as changed later."""
    past = store.history.past_sites(sites[0].operator_id, span.start)
    found = list[Closure]()
    for site in sites:
        site_versions = [*((until, one) for until, one in past if one.id == site.id), (span.end, site)]
        bounds = [span.start, *(min(until, span.end) for until, _ in site_versions)]
        for (since, until), (_, one) in zip(pairwise(bounds), site_versions, strict=True):
            if since < until:
                found += _shut(one, Span(since, until))
    return found


def _shut(site: Site, span: Span) -> list[Closure]:
    whole = [Closure(site.id, "", one) for one in closed_in(site, span)]
    closed_for_works = [
        Closure(site.id, label, Span(max(work.span.start, span.start), min(work.span.end, span.end)))
        for work in site.maintenance
        for label in work.labels
        if work.span.overlaps(span)
    ]
    return whole + closed_for_works
