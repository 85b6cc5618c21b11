"""The markets in which the price book sells a tariff, and the legal findings for each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import price_location
from forecourt.kernel import ChargerId, Conflict, EvseId, OperatorId, PriceEntryId, SiteId
from forecourt.stations import Evse, Site, in_service
from forecourt.tariffs import (
    UNKNOWN_POINT,
    ChargingPoint,
    LegalFinding,
    LegalOutcome,
    Market,
    Payment,
    PriceEntry,
    TariffVersion,
    check_markets,
    findings_of,
    overlap,
)


def check_published(store: Store, version: TariffVersion, entries: Iterable[PriceEntry]) -> tuple[LegalFinding, ...]:
    """Check a version against the law for every site, power and channel in which the entries sell it.

    Raises Conflict with the citation if a rule fails, or if a site has another currency.
    """
    selling = [one for one in entries if not one.withdrawn and overlap(one, version)]
    return check_markets(version, sorted(set(markets_of_version(store, version, selling)), key=_by_place))


@dataclass(frozen=True, slots=True)
class Breach:
    """A price in force that a rule now forbids where it is sold. facts: what that turns on, in one line: the place, the powers of the
    sockets, the channels, and the tariff by its hash."""

    entry: PriceEntry
    finding: LegalFinding
    facts: str = ""


@dataclass(frozen=True, slots=True)
class LawInForce:
    """The prices in force at a site, held against the law. breaches: each rule once for an entry, with its first finding. unjudged: the
    rules that could not be judged, and which facts are missing; each once."""

    breaches: tuple[Breach, ...]
    unjudged: tuple[str, ...]


def breaches_at(store: Store, site: Site, at: datetime) -> tuple[Breach, ...]:
    """What the law forbids of the prices in force at a site, by its sockets, its region and the day as they are now.

    Prices are checked when they are published; a charger added later, a corrected region or a rule that comes into force can make
    them unlawful afterwards.
    """
    return breaches_at_sites(store, site.operator_id, [site], at).get(site.id, ())


def breaches_at_sites(store: Store, operator_id: OperatorId, sites: Sequence[Site], at: datetime) -> Mapping[SiteId, tuple[Breach, ...]]:
    """The same for several sites of an operator, by site; sites without a breach are left out."""
    return {site_id: one.breaches for site_id, one in law_at_sites(store, operator_id, sites, at).items() if one.breaches}


def law_at_sites(store: Store, operator_id: OperatorId, sites: Sequence[Site], at: datetime) -> Mapping[SiteId, LawInForce]:
    """The prices in force at some sites of an operator, held against the law. The number of queries does not grow with the sites."""
    entries = [one for one in store.prices.entries(operator_id) if one.is_valid_at(at)]
    versions = {one.key: one for one in store.prices.versions_at(operator_id, at)}
    ways = _ways_to_pay(store, sites)
    found: dict[SiteId, LawInForce] = {}
    for site in sites:
        sold = [(one, versions[one.tariff]) for one in entries if one.site_id in (None, site.id) and one.tariff in versions]
        offered = [(entry, version, _markets_at(store, entry, site, ways, at)) for entry, version in sold]
        judged = [
            Breach(entry, one, _facts(version, markets)) for entry, version, markets in offered for one in _findings(version, site, markets)
        ]
        found[site.id] = LawInForce(_failing(judged), tuple(_not_known(one.finding for one in judged)))
    return found


def _facts(version: TariffVersion, markets: Collection[Market]) -> str:
    places, channels = sorted({one.country for one in markets}), sorted({one.channel for one in markets})
    powers_kw = [f"{power_kw.normalize():f}" for power_kw in sorted({one.power_kw for one in markets})]
    return "; ".join(("/".join(places), f"{'/'.join(powers_kw)} kW", "/".join(channels), version.content_hash))


def _failing(judged: Iterable[Breach]) -> tuple[Breach, ...]:
    found: dict[tuple[PriceEntryId, str], Breach] = {}
    for one in judged:
        if one.finding.outcome is LegalOutcome.FAILING:
            found.setdefault((one.entry.id, one.finding.rule), one)
    return tuple(found.values())


def _findings(version: TariffVersion, site: Site, markets: Iterable[Market]) -> tuple[LegalFinding, ...]:
    """None for a tariff in another currency: nobody is charged it there."""
    return findings_of(version, sorted(set(markets), key=_by_place)) if version.tariff.currency == site.currency else ()


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


def markets_of_version(store: Store, version: TariffVersion, entries: Iterable[PriceEntry]) -> list[Market]:
    """Every country, power, channel and way to pay at the socket to which the entries sell a version, each from its first day on.

    Raises Conflict for a foreign currency. The number of queries does not grow with the entries or their sites.
    """
    selling = [(entry, site) for entry in entries for site in sites_of(store, entry)]
    for _, site in selling:
        if version.tariff.currency != site.currency:
            raise Conflict("tariff_currency", f"The tariff is in {version.tariff.currency}, {site.name} in {site.currency}.")
    ways = _ways_to_pay(store, {site.id: site for _, site in selling}.values())
    begins = ((entry, site, max(entry.valid_from, version.valid_from)) for entry, site in selling)
    return [market for entry, site, since in begins for market in _markets_at(store, entry, site, ways, since)]


@dataclass(frozen=True, slots=True)
class _WaysToPay:
    """What is known at some sites of how one pays without a contract: EVSEs with a code, which leads to the page that takes cards, and
    chargers whose terminal may start charges."""

    codes: Collection[EvseId]
    terminals: Collection[ChargerId]


def _ways_to_pay(store: Store, sites: Iterable[Site]) -> _WaysToPay:
    """Reads the EVSEs of these sites as well."""
    site_ids = [one.id for one in sites]
    store.stations.prefetch_evses(site_ids)
    return _WaysToPay(store.guests.evses_with_code(site_ids), store.stations.terminal_chargers(site_ids))


def _markets_at(store: Store, entry: PriceEntry, site: Site, ways: _WaysToPay, since: datetime) -> list[Market]:
    """The markets of an entry at one site."""
    day = since.astimezone(ZoneInfo(site.zone)).date()
    points = _points_of(evses_of(store, entry, site), ways)
    return [Market(site.jurisdiction, power, channel, day, point) for power, point in points for channel in entry.channels]


def _points_of(evses: Iterable[Evse], ways: _WaysToPay) -> list[tuple[Decimal, ChargingPoint]]:
    """The kW of sockets and what is known of how one pays there without a contract, each pair once.

    A socket may have another reader that nobody told us of; when it was installed, and on which road it stands, is not recorded.
    """
    found = set()
    for evse in evses:
        means = {Payment.CARD_READER} if evse.charger_id in ways.terminals else set()
        if evse.id in ways.codes:
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
