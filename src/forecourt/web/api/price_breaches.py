"""Which rules of law the prices in force break, as the price list tells programs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from forecourt.flows.ports import Store
from forecourt.flows.prices import breaches_at_sites
from forecourt.kernel import OperatorId, PriceEntryId
from forecourt.stations import Site


class PriceBreachItem(Struct):
    """A rule of law that a price in force breaks at a site (its short name). remedy: what to change. source: the law."""

    site: str
    rule: str
    text: str
    remedy: str
    source: str


def price_breaches(
    store: Store, operator_id: OperatorId, sites: Iterable[Site], at: datetime
) -> Mapping[PriceEntryId, list[PriceBreachItem]]:
    """By entry, at those of the operator's sites that are not closed."""
    found = defaultdict[PriceEntryId, list[PriceBreachItem]](list)
    here = [one for one in sites if not one.ended(at)]
    breaches = breaches_at_sites(store, operator_id, here, at)
    for site in here:
        for one in breaches.get(site.id, ()):
            law = one.finding
            found[one.entry.id].append(PriceBreachItem(site.slug, law.rule, law.text, law.remedy, law.citation))
    return found
