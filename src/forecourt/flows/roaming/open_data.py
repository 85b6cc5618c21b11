"""An operator's open data (AFIR Art. 20): its public charging points, their status and prices, readable without signing in.

A socket is public if drivers without a contract may charge there, that is, if it has a price for them. Each object states since when
it has been as it is; this is determined on reading, as for partners.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import tostring

from forecourt.datex import (
    PointState,
    PublicPoint,
    PublicSite,
    infrastructure_table,
    missing_of_operator,
    missing_of_site,
    site_element,
    site_status,
    status_publication,
    table_publication,
)
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.published import digest_of, party_of, published_prices, socket_snapshots, unchanged_since
from forecourt.kernel import NotFound, OperatorId
from forecourt.ocpi import SocketSnapshot, evse_status
from forecourt.stations import Operator, Site, in_service
from forecourt.tariffs import Buyer, TariffVersion, effective_prices

_ANYBODY = Buyer()
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Publication:
    """A document, and a digest of its contents without the time it was made."""

    document: bytes
    says: bytes


@dataclass(frozen=True, slots=True)
class PageAddresses:
    """How the pages address a site: address + slug. pays_there: drivers without a contract can pay on them."""

    address: str
    pays_there: bool


@dataclass(frozen=True, slots=True)
class MissingSiteData:
    """Data on a site that the law requires and that is missing. told: the site is published all the same."""

    site: Site
    whys: tuple[str, ...]
    told: bool


def open_data_table(store: Store, operator_id: OperatorId, pages: PageAddresses, at: datetime) -> Publication:
    """Raises NotFound if there is no such operator, or nothing of it is public."""
    operator = store.stations.operator(operator_id)
    places = [
        PublicSite(operator, party_of(operator), site, _points(store, site, prices, at), f"{pages.address}{site.slug}", pages.pays_there)
        for site, prices in _public(store, operator, at)
    ]
    undated = {f"open/{one.site.id}": tostring(site_element(one, _UNDATED, at)).hex() for one in places}
    since = unchanged_since(store, operator_id, undated, at)
    dated = [(one, since[f"open/{one.site.id}"]) for one in places]
    if not dated:
        raise _nothing()
    found = infrastructure_table(operator, dated, at)
    return Publication(table_publication(operator, found, at), digest_of(tostring(found).hex()))


def open_data_status(store: Store, operator_id: OperatorId, at: datetime) -> Publication:
    """The status of all points in the table. Raises NotFound as `open_data_table`."""
    operator = store.stations.operator(operator_id)
    statuses = [site_status(site, _states(store, site, prices, at), at) for site, prices in _public(store, operator, at)]
    if not statuses:
        raise _nothing()
    return Publication(status_publication(operator, statuses, at), digest_of([tostring(one).hex() for one in statuses]))


def missing_open_data(store: Store, operator_id: OperatorId, at: datetime) -> tuple[tuple[str, ...], list[MissingSiteData]]:
    """What is missing for the operator, and for which of its sites what."""
    operator = store.stations.operator(operator_id)
    public = {site.id for site, _ in _public(store, operator, at)}
    sites = [one for one in _by_name(store, operator) if not one.ended(at) and in_service(store.stations.evses(one.id))]
    unpriced = "no price without a contract applies there, so it is not published. If it is open to the public, add one"
    found = [MissingSiteData(one, (*missing_of_site(one), *(() if one.id in public else (unpriced,))), one.id in public) for one in sites]
    return tuple(missing_of_operator(operator)), [one for one in found if one.whys]


def _public(store: Store, operator: Operator, at: datetime) -> Iterator[tuple[Site, dict[str, TariffVersion]]]:
    """Public sites with their prices for drivers without a contract, by kind of socket."""
    for site in _by_name(store, operator):
        prices = published_prices(store, site, at, _ANYBODY)
        if prices:
            yield site, prices


def _by_name(store: Store, operator: Operator) -> Sequence[Site]:
    return sorted(store.stations.sites(operator.id), key=lambda one: (one.name, one.id))


def _serving(store: Store, site: Site, prices: dict[str, TariffVersion], at: datetime) -> list[SocketSnapshot]:
    """Sockets in service, by charger."""
    found = [one for one in socket_snapshots(store, site, prices, at) if one.evse.kind in prices and one.evse.retired_at is None]
    return sorted(found, key=lambda one: (one.evse.charger_id, one.evse.number))


def _points(store: Store, site: Site, prices: dict[str, TariffVersion], at: datetime) -> tuple[PublicPoint, ...]:
    return tuple(
        PublicPoint(one.evse, prices[one.evse.kind].tariff, one.charger is not None and one.charger.takes_terminal)
        for one in _serving(store, site, prices, at)
    )


def _states(store: Store, site: Site, prices: dict[str, TariffVersion], at: datetime) -> list[PointState]:
    prices_now = {kind: effective_prices(version.tariff, at, site.zone) for kind, version in prices.items()}
    serving = [(one, evse_status(one, site, at)) for one in _serving(store, site, prices, at)]
    contents: dict[str, object] = {f"open/{site.id}/{kind}": asked_there for kind, asked_there in prices_now.items()}
    since = unchanged_since(store, site.operator_id, contents | {f"open/{one.evse.id}": status for one, status in serving}, at)
    return [
        PointState(
            one.evse.id,
            one.evse.charger_id,
            status,
            since[f"open/{one.evse.id}"],
            prices_now[one.evse.kind],
            since[f"open/{site.id}/{one.evse.kind}"],
        )
        for one, status in serving
    ]


def _nothing() -> NotFound:
    return NotFound("open_data", "Nothing of this operator is open to the public.", "Ask the operator.")
