"""Prices in force that have become unlawful, for the people who review them."""

from datetime import datetime

from forecourt.flows.ports import QuarantineEntry, Store
from forecourt.flows.prices import listed_unlawful_prices
from forecourt.kernel import OperatorId
from forecourt.web.views.price import UnlawfulPrice


def unlawful_prices(store: Store, operator_id: OperatorId) -> tuple[UnlawfulPrice, ...]:
    """One for all sites with the same finding, found first first."""
    groups: dict[tuple[str, str], list[QuarantineEntry]] = {}
    for entry in listed_unlawful_prices(store, operator_id):
        groups.setdefault((entry.text, entry.raw), []).append(entry)
    sites = {one.id: one for one in store.stations.sites(operator_id)}
    zone = store.stations.operator(operator_id).zone
    found = []
    for (text, law), entries in groups.items():
        affected = [sites[one.site_id] for one in entries if one.site_id in sites]
        found.append(UnlawfulPrice(text, law, entries[0].at, zone, tuple((one.name, one.slug) for one in affected)))
    return tuple(found)


def unlawful_count(store: Store, operator_id: OperatorId, until: datetime | None = None) -> tuple[int, int]:
    """How many prices at sites are unlawful, and how many entries of the list for review are about them. until: found before."""
    listed = [one for one in listed_unlawful_prices(store, operator_id) if until is None or one.at < until]
    return len({(one.site_id, one.text) for one in listed}), len(listed)
