"""Prices in force that have become unlawful, for the people who review them."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.flows.ports import FindingAcknowledgement, QuarantineEntry, Store
from forecourt.flows.prices import listed_unlawful_prices
from forecourt.kernel import OperatorId
from forecourt.web.queries.names import actor_name
from forecourt.web.views.price import AcknowledgedLaw, UnlawfulPrice


@dataclass(frozen=True, slots=True)
class UnlawfulCount:
    """waiting: prices at sites that are found unlawful and not acknowledged; acknowledged: those of which every finding is. listed: entries
    of the list for review that are about them."""

    waiting: int
    acknowledged: int
    listed: int


def unlawful_prices(store: Store, operator_id: OperatorId) -> tuple[UnlawfulPrice, ...]:
    """One for all sites with the same finding and decision, found first first; those acknowledged come last."""
    groups: dict[tuple[str, str, tuple[datetime, str, str] | None], list[QuarantineEntry]] = {}
    for entry in listed_unlawful_prices(store, operator_id):
        said = entry.acknowledged
        groups.setdefault((entry.text, entry.raw, (said.at, said.by, said.reason) if said else None), []).append(entry)
    sites = {one.id: one for one in store.stations.sites(operator_id)}
    zone = store.stations.operator(operator_id).zone
    found = []
    for entries in groups.values():
        first, affected = entries[0], [sites[one.site_id] for one in entries if one.site_id in sites]
        named = tuple((one.name, one.slug) for one in affected)
        found.append(
            UnlawfulPrice(str(first.id), first.text, first.raw, first.at, zone, named, acknowledged_law(store, first.acknowledged))
        )
    return tuple(sorted(found, key=lambda one: one.acknowledged is not None))


def acknowledged_law(store: Store, acknowledgement: FindingAcknowledgement | None) -> AcknowledgedLaw | None:
    if acknowledgement is None:
        return None
    return AcknowledgedLaw(actor_name(store, acknowledgement.by), acknowledgement.at, acknowledgement.reason)


def unlawful_count(store: Store, operator_id: OperatorId, until: datetime | None = None) -> UnlawfulCount:
    """until: found before."""
    listed = [one for one in listed_unlawful_prices(store, operator_id) if until is None or one.at < until]
    waiting = {(one.site_id, one.text) for one in listed if one.acknowledged is None}
    acknowledged = {(one.site_id, one.text) for one in listed} - waiting
    return UnlawfulCount(len(waiting), len(acknowledged), len(listed))
