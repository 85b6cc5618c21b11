"""Who would pay by a tariff, and what the law says of each."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import place_of
from forecourt.kernel import Conflict
from forecourt.stations import Evse, Site, in_service
from forecourt.tariffs import Finding, Market, PriceEntry, Tariff, TariffVersion, overlap, publish


def check_published(store: Store, version: TariffVersion, entries: Iterable[PriceEntry]) -> tuple[Finding, ...]:
    """Hold a version against the law of every place, power and channel where the entries would sell it.

    Raises Conflict with the citation where one rule fails, or where a place has another currency.
    """
    markets: set[Market] = set()
    for entry in entries:
        if not entry.withdrawn and overlap(entry, version):
            markets |= set(markets_of_entry(store, entry, version.tariff, max(entry.valid_from, version.valid_from)))
    return publish(version, sorted(markets, key=lambda one: (one.country, one.power_kw, one.channel, str(one.on))))


def markets_of_entry(store: Store, entry: PriceEntry, tariff: Tariff, since: datetime) -> list[Market]:
    """Every country, power and channel an entry sells to, from that instant on. Raises Conflict for a foreign currency."""
    found = []
    for site in sites_of(store, entry):
        if tariff.currency != site.currency:
            raise Conflict("tariff_currency", f"The tariff is in {tariff.currency}, {site.name} in {site.currency}.")
        on = since.astimezone(ZoneInfo(site.zone)).date()
        powers = {Decimal(evse.max_power_w) / 1000 for evse in evses_of(store, entry, site)}
        found += [Market(site.jurisdiction, power, channel, on) for power in powers for channel in entry.channels]
    return found


def sites_of(store: Store, entry: PriceEntry) -> list[Site]:
    """The sites an entry holds at: its own, or all of the operator's."""
    return [site for site in store.stations.sites(entry.operator_id) if entry.site_id in (None, site.id)]


def evses_of(store: Store, entry: PriceEntry, site: Site) -> list[Evse]:
    """The sockets of a site that an entry names, or does not shut out."""
    known = store.stations.evses(site.id)
    evses = in_service(known) or known
    kinds = {kind for kind in {evse.kind for evse in evses} if entry.fits(place_of(store, site, kind))}
    return [evse for evse in evses if evse.kind in kinds]
