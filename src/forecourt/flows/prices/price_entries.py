"""Entries of the price book: where a tariff applies, and for whom."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid5

from forecourt.flows.ports.audit_log import AuditEntry
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_law import check_published
from forecourt.flows.prices.publishing import TOLERANCE, check_no_tie
from forecourt.flows.prices.unlawful_prices import resolve_unlawful_prices
from forecourt.kernel import BadInput, Conflict, NotFound, OperatorId, PriceEntryId, instant_text
from forecourt.tariffs import LegalFinding, PriceEntry, overlap


def add_price_entry(store: Store, entry: PriceEntry, at: datetime) -> PriceEntry:
    """Add an entry. Refused if it begins in the past, names an unknown group or class, ties with another entry, or breaks a law."""
    store.prices.lock(entry.operator_id)
    if entry.valid_from < at - TOLERANCE:
        raise BadInput("backdated", "A price cannot begin in the past.", "Choose a start from now on.")
    if store.prices.entry(entry.id) is not None:
        raise Conflict("entry_fixed", "This price already exists.", "End it and create another one.")
    _check_named(store, entry)
    check_entry(store, entry)
    check_no_tie(store, entry)
    entry = replace(entry, published_at=at)
    store.prices.put_entry(entry)
    _log(store, entry, "price.enter", f"{entry.name} from {instant_text(entry.valid_from)}", at)
    return entry


def check_entry(store: Store, entry: PriceEntry) -> tuple[LegalFinding, ...]:
    """The legal findings wherever the entry would apply, for each version of its tariff. Raises Conflict if a rule fails."""
    versions = [one for one in store.prices.versions_of(entry.operator_id, entry.tariff) if overlap(one, entry)]
    if not versions:
        raise Conflict("tariff_missing", f"{entry.tariff.id} has no version in force at that time.", "Publish one first.")
    return tuple(finding for version in versions for finding in check_published(store, version, [entry]))


def withdraw_entry(store: Store, operator_id: OperatorId, entry_id: PriceEntryId, by: str, at: datetime) -> PriceEntry:
    """Withdraw an entry that has not begun, or end one that has. Running charges keep their price. Repeating it changes nothing."""
    store.prices.lock(operator_id)
    entry = store.prices.entry(entry_id)
    if entry is None or entry.operator_id != operator_id:
        raise NotFound("entry", "There is no such price.")
    if entry.withdrawn or (entry.valid_to is not None and entry.valid_to <= at):
        return entry
    after = replace(entry, withdrawn=True) if entry.valid_from >= at else replace(entry, valid_to=at)
    store.prices.put_entry(after)
    _log(store, replace(after, published_by=by), "price.withdraw" if after.withdrawn else "price.end", entry.name, at)
    resolve_unlawful_prices(store, operator_id, at)
    return after


def _check_named(store: Store, entry: PriceEntry) -> None:
    """Refuse a group or class that no site has, as the entry would never apply."""
    sites = [site for site in store.stations.sites(entry.operator_id) if entry.site_id in (None, site.id)]
    if not sites:
        raise NotFound("site", "There is no such site.")
    if entry.site_id is not None and sites[0].closed_at is not None:
        raise Conflict("site_ended", f"{sites[0].name} has closed for good.", "Choose another site.")
    groups = {group.name for site in sites for group in site.evse_groups}
    classes = {one.name for site in sites for one in site.power_classes}
    if entry.evse_group and entry.evse_group not in groups:
        raise BadInput("entry_group", f"There is no group {entry.evse_group!r} here.", f"Available: {', '.join(sorted(groups)) or 'none'}.")
    if entry.power_class and entry.power_class not in classes:
        raise BadInput("entry_class", f"There is no power class {entry.power_class!r} here.", f"Available: {', '.join(sorted(classes))}.")


def _log(store: Store, entry: PriceEntry, action: str, text: str, at: datetime) -> None:
    entry_id = uuid5(entry.id, f"{action}/{at}")
    store.audit.add(AuditEntry(entry_id, entry.operator_id, at, entry.published_by, action, str(entry.id), text))
