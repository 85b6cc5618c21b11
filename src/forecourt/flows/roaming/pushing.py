"""Push sites and tariffs to partners: what a partner has is compared with the present state, and the differences are sent.

For each site or tariff there is at most one task per partner; its contents are determined when it is carried out, so a partner that
was offline gets only the newest state, once.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.drivers import RoamingPartner
from forecourt.flows.desk.orders import enqueue_partner_message, enqueue_partner_message_once
from forecourt.flows.ports.outbox import PassLocation, PassTariff
from forecourt.flows.ports.roaming_partners import PartnerRequest, PartnerUpdate, PushedObject
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.published import (
    ENCODER,
    TARIFF_KEY_PREFIX,
    digest_of,
    location_key,
    party_of,
    published_location,
    published_prices,
    published_tariff,
    tariff_key,
    tariff_state,
    tariffs_in_force,
)
from forecourt.kernel import Ids, OperatorId, SiteId, TariffVersionId, instant_text
from forecourt.ocpi import EvseStatus, Location, static_part
from forecourt.stations import Operator
from forecourt.tariffs import TariffVersion

# Changes of a socket within this time are sent together. Tariffs are sent before the sites that name them.
BATCH_WINDOW = timedelta(seconds=2)
_Work = PassLocation | PassTariff


def sites_with_receivers(store: Store, sites: Collection[SiteId]) -> list[SiteId]:
    """Those of the sites that any partner receives; for the others nothing more need be looked up."""
    operators = {one.id for one in store.stations.operators() if any(_receivers(store, one.id))} if sites else set()
    return [one for one in sites if store.stations.site(one).operator_id in operators] if operators else []


def push_site_changes(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Make tasks for a site, unless they are already under way. Returns how many."""
    site = store.stations.site(site_id)
    takers = list(_receivers(store, site.operator_id))
    if not takers:
        return 0
    operator = store.stations.operator(site.operator_id)
    location, prices = published_location(store, operator, site_id, at), published_prices(store, site, at).values()
    begun = 0
    for partner in takers:
        if _receives(partner, "tariffs"):
            changed_prices = (
                one for one in prices if _differs(_last_push(store, partner, tariff_key(one.id)), _tariff_digest(partner, one, at))
            )
            begun += sum(enqueue_partner_message_once(store, partner, PassTariff(partner.id, one.id), at, ids) for one in changed_prices)
        if _receives(partner, "locations") and _location_push(store, partner, site_id, location, at):
            begun += enqueue_partner_message_once(store, partner, PassLocation(partner.id, site_id), at + BATCH_WINDOW, ids)
    return begun


def push_ended_tariffs(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> int:
    """Have tariffs removed that partners have and that no longer exist. Returns how many tasks are under way."""
    begun = 0
    for partner in _receivers(store, operator_id):
        pushed_objects = [one for one in store.roaming.pushed_to(partner.id) if one.digest]
        used_ids = {tariff_id for one in pushed_objects for tariff_id in one.tariff_ids}
        unused_ids = {one.key.removeprefix(TARIFF_KEY_PREFIX) for one in pushed_objects if one.key.startswith(TARIFF_KEY_PREFIX)} - used_ids
        in_force = {str(one) for one in tariffs_in_force(store, store.stations.operator(operator_id), at)} if unused_ids else set()
        ended = (TariffVersionId(UUID(one)) for one in sorted(unused_ids - in_force))
        begun += sum(enqueue_partner_message_once(store, partner, PassTariff(partner.id, one), at, ids) for one in ended)
    return begun


def next_location_push(store: Store, work: PassLocation, at: datetime) -> PartnerUpdate | None:
    """The next thing to send about a site. None: the partner is up to date, or no longer receives it."""
    partner = _receiver(store, work.partner_id, "locations")
    if partner is None:
        return None
    location = published_location(store, store.stations.operator(partner.operator_id), work.site_id, at)
    return _location_push(store, partner, work.site_id, location, at)


def next_tariff_push(store: Store, work: PassTariff, at: datetime) -> PartnerUpdate | None:
    """Like `next_location_push`. A tariff that one of the partner's Locations still names is not removed yet."""
    partner = _receiver(store, work.partner_id, "tariffs")
    if partner is None or partner.peer is None:
        return None
    operator, last_push = store.stations.operator(partner.operator_id), _last_push(store, partner, tariff_key(work.version_id))
    version = tariffs_in_force(store, operator, at).get(work.version_id)
    path = _path(operator, work.version_id)
    if version is not None:
        digest = _tariff_digest(partner, version, at)
        _, content = published_tariff(store, operator, version, partner.peer.version, at)
        call = _call(partner, operator, "PUT", "tariffs", path, ENCODER.encode(content))
        return PartnerUpdate(call, _clean(last_push, digest=digest)) if _differs(last_push, digest) else None
    is_used = any(str(work.version_id) in one.tariff_ids for one in store.roaming.pushed_to(partner.id))
    return (
        PartnerUpdate(_call(partner, operator, "DELETE", "tariffs", path), _clean(last_push, digest=b""))
        if last_push.digest and not is_used
        else None
    )


def pushed(store: Store, work: _Work, update: PartnerUpdate, error: str, at: datetime, ids: Ids) -> None:
    """Record the result. If there is more to send, start the next task."""
    if update.pushed is None:
        return
    if error:
        last_push = store.roaming.pushed(update.pushed.partner_id, update.pushed.key) or replace(update.pushed, digest=b"", states={})
        store.roaming.put_pushed(replace(last_push, error=error[:300]))
        return
    store.roaming.put_pushed(replace(update.pushed, taken_at=at))
    if isinstance(work, PassLocation) and next_location_push(store, work, at):
        enqueue_partner_message(store, update.pushed, work, at, ids, ids.new(at))


def _location_push(store: Store, partner: RoamingPartner, site_id: SiteId, location: Location | None, at: datetime) -> PartnerUpdate | None:
    """The whole site if the partner may not have it; otherwise the status of one of its EVSEs. If partners no longer get the site, its
    EVSEs are set to REMOVED: OCPI has no other way to take a site back."""
    operator, last_push = store.stations.operator(partner.operator_id), _last_push(store, partner, location_key(site_id))
    path = _path(operator, site_id)
    if location is None:
        removed_uid = next((uid for uid, state in last_push.states.items() if state != EvseStatus.REMOVED), None)
        content = {"status": EvseStatus.REMOVED, "last_updated": instant_text(at)}
        after = (
            _clean(last_push, digest=b"", states={**last_push.states, removed_uid: EvseStatus.REMOVED}, tariff_ids=())
            if removed_uid
            else last_push
        )
        return (
            PartnerUpdate(_call(partner, operator, "PATCH", "locations", f"{path}/{removed_uid}", ENCODER.encode(content)), after)
            if removed_uid
            else None
        )
    digest, states = _location_digest(partner, location), {one.uid: one.status for one in location.evses}
    if _differs(last_push, digest):
        tariff_ids = sorted({one for evse in location.evses for connector in evse.connectors for one in connector.tariff_ids})
        after = _clean(last_push, digest=digest, states=states, tariff_ids=tuple(tariff_ids))
        return PartnerUpdate(_call(partner, operator, "PUT", "locations", path, ENCODER.encode(location)), after)
    evse = next((one for one in location.evses if last_push.states.get(one.uid) != one.status), None)
    if evse is None:
        return None
    content = {"status": evse.status, "last_updated": evse.last_updated}
    call = _call(partner, operator, "PATCH", "locations", f"{path}/{evse.uid}", ENCODER.encode(content))
    return PartnerUpdate(call, _clean(last_push, states={**last_push.states, evse.uid: evse.status}))


def _receivers(store: Store, operator_id: OperatorId) -> Iterator[RoamingPartner]:
    return (one for one in store.roaming.partners(operator_id) if _receives(one, "locations") or _receives(one, "tariffs"))


def _receiver(store: Store, partner_id: UUID, module: str) -> RoamingPartner | None:
    partner = store.roaming.partner(partner_id)
    return partner if partner is not None and _receives(partner, module) else None


def _receives(partner: RoamingPartner, module: str) -> bool:
    return partner.is_active and partner.peer is not None and partner.peer.url_of(module, "RECEIVER") is not None


def _last_push(store: Store, partner: RoamingPartner, key: str) -> PushedObject:
    return store.roaming.pushed(partner.id, key) or PushedObject(partner.operator_id, partner.id, key)


def _differs(last_push: PushedObject, digest: bytes) -> bool:
    """After an error it is unknown what the partner has."""
    return last_push.digest != digest or bool(last_push.error)


def _clean(last_push: PushedObject, **changes: object) -> PushedObject:
    return replace(last_push, error="", **changes)  # type: ignore[arg-type]


def _location_digest(partner: RoamingPartner, location: Location) -> bytes:
    return digest_of((_version(partner), static_part(location)))


def _tariff_digest(partner: RoamingPartner, version: TariffVersion, at: datetime) -> bytes:
    return digest_of((_version(partner), tariff_state(version, at)))


def _version(partner: RoamingPartner) -> str:
    """A partner that has changed versions is sent everything again."""
    return partner.peer.version if partner.peer else ""


def _path(operator: Operator, object_id: object) -> str:
    us = party_of(operator)
    return f"{us.country}/{us.id}/{object_id}"


def _call(partner: RoamingPartner, operator: Operator, method: str, module: str, path: str, body: bytes = b"") -> PartnerRequest:
    us = party_of(operator)
    return PartnerRequest(partner, (us.country, us.id), method, module, "RECEIVER", path, body)
