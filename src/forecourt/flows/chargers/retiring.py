"""Retire a charger at a later moment, or as soon as nobody charges there: running charges are finished."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.bookings.service_changes import (
    MAX_MAINTENANCE_SPAN,
    ServiceEdit,
    maintenance_fingerprint,
    service_fingerprint,
    set_service,
)
from forecourt.flows.chargers.setup import retire_charger, serving, sockets_of_charger
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import own_site
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, ChargerId, Conflict, Ids, SiteId, Span, instant_text
from forecourt.stations import Approval, Charger, Evse, Maintenance, Site

# An offline charger may have charges to report that could not be billed once it is retired; a person may retire it earlier.
HEARD_WITHIN = timedelta(days=7)


def retire_from(store: Store, by: Staff, charger_id: ChargerId, start: datetime) -> Charger:
    """From `start` (UTC; now, if that is past) no charge begins there: later bookings are moved to other sockets, or cancelled and
    compensated at once. Running charges are finished; when the last car has left, it is retired (`complete_retirements`).

    Raises Conflict if that is already planned, BadInput for more than a year ahead.
    """
    store.prices.lock(by.operator_id)  # like `retire_charger`
    charger = serving(store, by, charger_id)
    if charger.retires_at is not None:
        raise Conflict(
            "retires", f"{charger.id} is already scheduled to leave service.", "Keep it in service first, then choose another time."
        )
    start = max(start.replace(second=0, microsecond=0), by.at.replace(second=0, microsecond=0))
    if start - by.at > MAX_MAINTENANCE_SPAN:
        raise BadInput("from", "That is more than a year ahead.", "Choose an earlier date.")
    site, labels = own_site(store, by, charger.site_id), _labels(sockets_of_charger(store, charger))
    begin = Maintenance(Span(start, start + MAX_MAINTENANCE_SPAN), labels)
    set_service(store, by, site.id, ServiceEdit(begin=begin), service_fingerprint(site))
    leaving = replace(serving(store, by, charger_id), retires_at=start)
    store.stations.put_charger(leaving)
    note(store, by, "charger.retire_later", charger.id, f"from {instant_text(start)}")
    return leaving


def cancel_retirement(store: Store, by: Staff, charger_id: ChargerId) -> Charger:
    """Cancel a planned retirement. Bookings that were cancelled because of it stay cancelled."""
    store.prices.lock(by.operator_id)
    charger = serving(store, by, charger_id)
    if charger.retires_at is None:
        return charger
    _end_works(store, by, charger)
    staying = replace(serving(store, by, charger_id), retires_at=None)
    store.stations.put_charger(staying)
    note(store, by, "charger.stays", charger.id)
    return staying


def complete_retirements(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Retire chargers whose moment has come and at which no car charges any more. Returns how many."""
    due = [one for one in store.stations.chargers(site_id, Approval.APPROVED) if one.retires_at is not None and one.retires_at <= at]
    retired = 0
    for charger in due:
        if charger.retires_at is None or not may_go(store, charger, charger.retires_at, at):
            continue
        by = Staff(store.stations.site(site_id).operator_id, "system", at, ids)
        retire_charger(store, by, charger.id)
        _end_works(store, by, charger)
        retired += 1
    return retired


def may_go(store: Store, charger: Charger, since: datetime, at: datetime) -> bool:
    """Whether nobody charges there and it has reported everything. since: from when no charge could begin."""
    if any(store.sessions.open_on(evse.id) for evse in sockets_of_charger(store, charger)):
        return False
    return charger.connected or at - since >= HEARD_WITHIN


def _end_works(store: Store, by: Staff, charger: Charger) -> None:
    """End its maintenance windows; a person may have done so before."""
    site = own_site(store, by, charger.site_id)
    if site.ended(by.at):  # all that is planned there ends with the site
        return
    maintenance = _works(site, charger, _labels(sockets_of_charger(store, charger)))
    if maintenance is not None:
        set_service(store, by, site.id, ServiceEdit(end=maintenance_fingerprint(maintenance)), service_fingerprint(site))


def _works(site: Site, charger: Charger, labels: tuple[str, ...]) -> Maintenance | None:
    return next((one for one in site.maintenance if one.labels == labels and one.span.start == charger.retires_at), None)


def _labels(evses: Sequence[Evse]) -> tuple[str, ...]:
    return tuple(sorted({evse.label for evse in evses}))
