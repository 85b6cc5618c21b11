"""Which rules of law the prices in force break, as the price list tells programs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from forecourt.flows.ports import Store
from forecourt.flows.prices import acknowledgement_of, breaches_at_sites, listed_unlawful_prices
from forecourt.kernel import OperatorId, PriceEntryId
from forecourt.stations import Site
from forecourt.web.queries.unlawful_prices import acknowledged_law


class BreachAcknowledgementItem(Struct):
    """Somebody on the team (by: their email) has decided that the price stays as it is."""

    by: str
    at: datetime
    reason: str


class PriceBreachItem(Struct):
    """A rule of law that a price in force breaks at a site (its short name). remedy: what to change. source: the law. acknowledged: the
    decision that it stays as it is; null: it needs review."""

    site: str
    rule: str
    text: str
    remedy: str
    source: str
    acknowledged: BreachAcknowledgementItem | None = None


def price_breaches(
    store: Store, operator_id: OperatorId, sites: Iterable[Site], at: datetime
) -> Mapping[PriceEntryId, list[PriceBreachItem]]:
    """By entry, at those of the operator's sites that are not closed."""
    found = defaultdict[PriceEntryId, list[PriceBreachItem]](list)
    here = [one for one in sites if not one.ended(at)]
    breaches = breaches_at_sites(store, operator_id, here, at)
    listed = listed_unlawful_prices(store, operator_id) if breaches else ()
    for site in here:
        for one in breaches.get(site.id, ()):
            law, decided = one.finding, acknowledged_law(store, acknowledgement_of(listed, site.id, one))
            item = BreachAcknowledgementItem(decided.by, decided.at, decided.reason) if decided else None
            found[one.entry.id].append(PriceBreachItem(site.slug, law.rule, law.text, law.remedy, law.citation, item))
    return found
