"""The markets in which the price book sells a tariff, and the legal findings for each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import price_location
from forecourt.kernel import Conflict, PriceEntryId
from forecourt.stations import Evse, Site, in_service
from forecourt.tariffs import (
    UNKNOWN_POINT,
    ChargingPoint,
    LegalFinding,
    LegalOutcome,
    Market,
    Payment,
    PriceEntry,
    Tariff,
    TariffVersion,
    check_markets,
    findings_of,
    overlap,
)


def check_published(store: Store, version: TariffVersion, entries: Iterable[PriceEntry]) -> tuple[LegalFinding, ...]:
    """Check a version against the law for every site, power and channel in which the entries sell it.

    Raises Conflict with the citation if a rule fails, or if a site has another currency.
    """
    markets: set[Market] = set()
    for entry in entries:
        if not entry.withdrawn and overlap(entry, version):
            markets |= set(markets_of_entry(store, entry, version.tariff, max(entry.valid_from, version.valid_from)))
    return check_markets(version, sorted(markets, key=_by_place))


@dataclass(frozen=True, slots=True)
class Breach:
    """A price in force that a rule now forbids where it is sold."""

    entry: PriceEntry
    finding: LegalFinding


def breaches_at(store: Store, site: Site, at: datetime) -> tuple[Breach, ...]:
    """What the law forbids of the prices in force at a site, by its sockets, its region and the day as they are now.

    Prices are checked when they are published; a charger added later, a corrected region or a rule that comes into force can make
    them unlawful afterwards. Each rule is named once for an entry, with its first finding.
    """
    found: dict[tuple[PriceEntryId, str], Breach] = {}
    for entry in store.prices.entries(site.operator_id, site.id):
        version = store.prices.version_at(site.operator_id, entry.tariff, at) if entry.holds_at(at) else None
        if version is None or version.tariff.currency != site.currency:
            continue
        for one in findings_of(version, sorted(set(markets_at(store, entry, site, at)), key=_by_place)):
            if one.outcome is LegalOutcome.FAILING:
                found.setdefault((entry.id, one.rule), Breach(entry, one))
    return tuple(found.values())


def unjudged_rules_of_entry(store: Store, entry: PriceEntry) -> list[str]:
    """The rules that could not be judged where one entry of the price list sells its tariff, and which facts are missing; each once."""
    versions = [one for one in store.prices.versions_of(entry.operator_id, entry.tariff) if overlap(one, entry)]
    return _not_known(finding for version in versions for finding in check_published(store, version, [entry]))


def unjudged_rules(store: Store, version: TariffVersion) -> list[str]:
    """The rules that could not be judged for a published version where it is sold, and which facts are missing; each once."""
    using = [one for one in store.prices.entries(version.operator_id) if one.tariff == version.key]
    return _not_known(check_published(store, version, using))


def _not_known(findings: Iterable[LegalFinding]) -> list[str]:
    return list(dict.fromkeys(f"{one.rule}: {one.text} {one.remedy}" for one in findings if one.outcome is LegalOutcome.NOT_KNOWN))


def markets_of_entry(store: Store, entry: PriceEntry, tariff: Tariff, since: datetime) -> list[Market]:
    """Every country, power, channel and way to pay at the socket an entry sells to, from that instant on.

    Raises Conflict for a foreign currency.
    """
    found = []
    for site in sites_of(store, entry):
        if tariff.currency != site.currency:
            raise Conflict("tariff_currency", f"The tariff is in {tariff.currency}, {site.name} in {site.currency}.")
        found += markets_at(store, entry, site, since)
    return found


def markets_at(store: Store, entry: PriceEntry, site: Site, since: datetime) -> list[Market]:
    """The markets of an entry at one site."""
    on = since.astimezone(ZoneInfo(site.zone)).date()
    points = points_of(store, site, evses_of(store, entry, site))
    return [Market(site.jurisdiction, power, channel, on, point) for power, point in points for channel in entry.channels]


def points_of(store: Store, site: Site, evses: Iterable[Evse]) -> list[tuple[Decimal, ChargingPoint]]:
    """The kW of sockets and what is known of how one pays there without a contract, each pair once.

    Known are terminals that may start charges, and codes at sockets, which lead to the page that takes cards. A socket may have another
    reader that nobody told us of; when it was installed, and on which road it stands, is not recorded.
    """
    codes = {one.evse_id for one in store.guests.codes(site.id)}
    terminals = {one.id for one in store.stations.chargers(site.id) if one.takes_terminal}
    found = set()
    for evse in evses:
        means = {Payment.CARD_READER} if evse.charger_id in terminals else set()
        if evse.id in codes:
            means.add(Payment.QR_CODE)
        found.add((Decimal(evse.max_power_w) / 1000, replace(UNKNOWN_POINT, payment=frozenset(means))))
    return sorted(found, key=lambda one: (one[0], sorted(one[1].payment)))


def _by_place(market: Market) -> tuple[object, ...]:
    means = sorted(market.point.payment) if market.point else []
    return market.country, market.power_kw, market.channel, str(market.on), means


def sites_of(store: Store, entry: PriceEntry) -> list[Site]:
    """The sites an entry holds at: its own, or all of the operator's."""
    return [site for site in store.stations.sites(entry.operator_id) if entry.site_id in (None, site.id)]


def evses_of(store: Store, entry: PriceEntry, site: Site) -> list[Evse]:
    """The sockets of a site that an entry applies to."""
    known = store.stations.evses(site.id)
    evses = in_service(known) or known
    kinds = {kind for kind in {evse.kind for evse in evses} if entry.fits(price_location(store, site, kind))}
    return [evse for evse in evses if evse.kind in kinds]
