"""Closing a site for good after its last day: running charges finish, its chargers are retired, and with the last one all else ends."""

from dataclasses import replace
from datetime import date, datetime

from forecourt.flows.bookings.service_changes import LastDay, ServiceEdit, ServicePreview, set_service
from forecourt.flows.bookings.site_closing import end_queue
from forecourt.flows.chargers.retiring import may_go
from forecourt.flows.chargers.setup import retire_charger
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import own_site, site_for_update
from forecourt.flows.offers.compensation_refunds import queue_compensation_refunds
from forecourt.flows.offers.membership_closures import end_memberships, notify_members
from forecourt.flows.offers.site_closure import end_offers, notify_site_partners
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.dynamic_pricing import end_pricing
from forecourt.flows.prices.price_entries import withdraw_entry
from forecourt.flows.prices.publishing import withdraw_version
from forecourt.kernel import Ids, SiteId
from forecourt.stations import Approval, Site


def set_last_day(store: Store, by: Staff, site_id: SiteId, day: date | None, seen: str) -> ServicePreview:
    """Close the site for good at the end of that day in its own zone: nothing is promised, quoted or begun after it; later bookings are
    cancelled and compensated at once. None: it stays open, which is possible until the day is over. Partners, hosts and members are told.

    Raises BadInput for a day that is past or more than a year ahead, Conflict "site_ended" if it has closed.
    """
    found = set_service(store, by, site_id, ServiceEdit(last=LastDay(day)), seen)
    if found.changed:
        site = own_site(store, by, site_id)
        notify_site_partners(store, by, site)
        notify_members(store, by, site)
    return found


def complete_closings(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """After the last day, end waiting and queueing there, and retire each charger at which nobody charges; with the last one, prices and
    offers for this site alone end. Returns how many changes; idempotent."""
    site = store.stations.site(site_id)
    if site.ends_at is None or site.closed_at is not None or not site.ended(at):
        return 0
    if site_id in store.inbox.sites_waiting():  # what chargers have reported comes first
        return 0
    by = Staff(site.operator_id, "system", at, ids)
    store.prices.lock(by.operator_id)
    changed = end_queue(store, site, at, ids)
    chargers = store.stations.chargers(site_id, Approval.APPROVED)
    retirable = [one for one in chargers if may_go(store, one, site.ends_at, at)]
    for charger in retirable:
        retire_charger(store, by, charger.id)
    if len(retirable) == len(chargers) and not store.sessions.open_at(site_id):
        _close(store, by, site_id)
        changed += 1
    return changed + len(retirable)


def _close(store: Store, by: Staff, site_id: SiteId) -> None:
    """Its records, bills and shares stay as they are."""
    site = site_for_update(store, by, site_id)
    store.history.put_past_site(site, by.at)
    store.stations.put_site(replace(site, closed_at=by.at, maintenance=()))
    closed = own_site(store, by, site_id)
    _end_prices(store, by, closed)
    end_offers(store, by, closed)
    end_memberships(store, by, closed)
    queue_compensation_refunds(store, by)
    note(store, by, "site.close", site.slug, f"its last day was {site.last_day}")


def _end_prices(store: Store, by: Staff, site: Site) -> None:
    """Prices for this site alone."""
    end_pricing(store, site.id, by.at)
    for entry in store.prices.entries(site.operator_id, site.id):
        if entry.site_id == site.id:
            withdraw_entry(store, site.operator_id, entry.id, by.actor, by.at)
    for version in store.prices.versions(site.operator_id, site.id):
        if version.site_id == site.id and version.valid_from > by.at and not version.withdrawn:
            withdraw_version(store, site.operator_id, version.id, by.actor, by.at)
