"""What roaming partners can read of an operator: sites with the status of their sockets, and the tariffs for their customers.

Each object states since when it has been as it is. This is determined on reading: changes since the last reading are dated to
this one, so that a partner that asks for changes since some time misses nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import structs

from forecourt.flows.ports.roaming_partners import PublishedObject
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import price_at
from forecourt.kernel import OperatorId, SiteId, TariffVersionId
from forecourt.ocpi import (
    NOT_AVAILABLE,
    Location,
    Party,
    SocketSnapshot,
    dated_evse,
    dated_location,
    ocpi_tariff,
    site_location,
    socket_evse,
    why_unpublished,
)
from forecourt.reservations import EARLY, Bound
from forecourt.stations import Obedience, Operator, Site, Socket
from forecourt.tariffs import Buyer, Channel, TariffVersion

_ROAMING = Buyer(Channel.ROAMING)
TARIFF_KEY_PREFIX = "tariff/"
ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class UnpublishedSite:
    """A site that partners are not told about, and why."""

    site: Site
    why: str


def published_locations(store: Store, operator: Operator, at: datetime) -> list[Location]:
    """By id."""
    return [_location(store, operator, site, at) for site in _sites(store, operator) if not _why_unpublished(store, site, at)]


def published_location(store: Store, operator: Operator, site_id: SiteId, at: datetime) -> Location | None:
    """None if the operator has no such site, or partners are not told about it."""
    site = next((one for one in _sites(store, operator) if one.id == site_id), None)
    return None if site is None or _why_unpublished(store, site, at) else _location(store, operator, site, at)


def unpublished_sites(store: Store, operator_id: OperatorId, at: datetime) -> list[UnpublishedSite]:
    """Not including sites that have closed for good, which are rightly hidden from partners who never had them."""
    sites = [one for one in _sites(store, store.stations.operator(operator_id)) if not one.ended(at)]
    return [UnpublishedSite(site, reason) for site in sites if (reason := _why_unpublished(store, site, at))]


def published_tariffs(store: Store, operator: Operator, ocpi: str, at: datetime) -> list[tuple[datetime, dict[str, Any]]]:
    """Tariffs in force, each with since when, by id."""
    versions = sorted(tariffs_in_force(store, operator, at).values(), key=lambda one: one.id)
    return [published_tariff(store, operator, one, ocpi, at) for one in versions]


def published_tariff(store: Store, operator: Operator, version: TariffVersion, ocpi: str, at: datetime) -> tuple[datetime, dict[str, Any]]:
    """A tariff in force, with since when."""
    key = tariff_key(version.id)
    since = unchanged_since(store, operator.id, {key: tariff_state(version, at)}, at)[key]
    return since, ocpi_tariff(version, party_of(operator), ocpi, since, at.year)


def tariffs_in_force(store: Store, operator: Operator, at: datetime) -> dict[TariffVersionId, TariffVersion]:
    return {one.id: one for site in _sites(store, operator) for one in published_prices(store, site, at).values()}


def tariff_state(version: TariffVersion, at: datetime) -> object:
    """What may change about a tariff. Each year has its own holidays."""
    years = (at.year,) if version.tariff.holidays else ()
    return version.content_hash, version.valid_from, version.valid_to, *years


def digest_of(content: object) -> bytes:
    return sha256(ENCODER.encode(content)).digest()


def _location(store: Store, operator: Operator, site: Site, at: datetime) -> Location:
    party = party_of(operator)
    undated = [socket_evse(one, site, party, at) for one in socket_snapshots(store, site, published_prices(store, site, at), at)]
    without_dates = site_location(site, operator.name, party, (), at)
    since = unchanged_since(store, operator.id, {location_key(site.id): without_dates, **{f"evse/{one.uid}": one for one in undated}}, at)
    evses = tuple(dated_evse(one, since[f"evse/{one.uid}"]) for one in undated)
    return dated_location(structs.replace(without_dates, evses=evses), since[location_key(site.id)])


def socket_snapshots(store: Store, site: Site, prices: Mapping[str, TariffVersion], at: datetime) -> Iterator[SocketSnapshot]:
    """Sockets with a price, by kind; and removed ones, as OCPI takes them back by saying so."""
    charging = {one.evse_id for one in store.sessions.open_at(site.id)}
    promised = {
        one.state.evse_id for one in store.bookings.live_at(site.id) if isinstance(one.state, Bound) and one.window.start - EARLY <= at
    }
    promised |= {one.called_to for one in store.queue.live_at(site.id) if one.called_to is not None}
    sockets = {one.evse_id: one for one in store.stations.sockets(site.id)}
    chargers = {one.id: one for one in store.stations.chargers(site.id)}
    obeying = {one.evse_id for one in store.plans.grants(site.id).values() if one.obedience in (Obedience.OBEYS, Obedience.LATE)}
    for evse in sorted(store.stations.evses(site.id), key=lambda one: one.id):
        price = prices.get(evse.kind)
        if price or evse.retired_at or site.ended(at):
            socket = sockets.get(evse.id) or Socket(evse.id)
            tariff_id = str(price.id) if price and not evse.retired_at else None
            known = (evse.id in charging, evse.id in promised, tariff_id, evse.id in obeying)
            yield SocketSnapshot(evse, socket, chargers.get(evse.charger_id), *known)


def published_prices(store: Store, site: Site, at: datetime, buyer: Buyer = _ROAMING) -> dict[str, TariffVersion]:
    """What partners' customers (or others) pay, by kind of socket; nothing if the site has closed for good."""
    if site.ended(at):
        return {}
    kinds = sorted({one.kind for one in store.stations.evses(site.id) if one.retired_at is None})
    chosen = {kind: price_at(store, site, kind, buyer, at) for kind in kinds}
    return {kind: one.version for kind, one in chosen.items() if one}


def _why_unpublished(store: Store, site: Site, at: datetime) -> str:
    """A site that no longer exists is still reported, its sockets REMOVED, to partners that may have it."""
    if site.ended(at) or all(one.retired_at for one in store.stations.evses(site.id)):
        cause = "it has closed for good" if site.ended(at) else "it has no sockets"
        key = location_key(site.id)
        return why_unpublished(site) or ("" if key in store.roaming.published(site.operator_id, [key]) else cause)
    return why_unpublished(site) or ("" if published_prices(store, site, at) else "no roaming price applies there")


def unchanged_since(store: Store, operator_id: OperatorId, contents: Mapping[str, object], at: datetime) -> dict[str, datetime]:
    """Since when each of these has been as it is now, by key."""
    known = store.roaming.published(operator_id, contents.keys())
    since = {}
    for key, one in contents.items():
        digest = digest_of(one)
        before = known.get(key)
        if before is None or before.digest != digest:
            store.roaming.put_published(PublishedObject(operator_id, key, digest, at))
        since[key] = before.changed_at if before and before.digest == digest else at
    return since


def _sites(store: Store, operator: Operator) -> list[Site]:
    return sorted(store.stations.sites(operator.id), key=lambda one: one.id)


def party_of(operator: Operator) -> Party:
    """Raises BadInput for a country or party id that partners would reject."""
    return Party(operator.country, operator.party_id or NOT_AVAILABLE)


def location_key(site_id: SiteId) -> str:
    return f"location/{site_id}"


def tariff_key(version_id: TariffVersionId) -> str:
    return f"{TARIFF_KEY_PREFIX}{version_id}"
