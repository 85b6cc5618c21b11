"""A charger came up: remember what it is, ask what it can take, leave it a safe fallback."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.orders import order
from forecourt.flows.ports import Store
from forecourt.flows.site_power import fallback_of
from forecourt.kernel import ChargerId, Conflict, Ids, NotFound, SiteId
from forecourt.stations import Approval, Charger, ChargerBooted, Evse, Message, Protocol, ReadSettings, SetFallback


def booted(store: Store, message: Message, fact: ChargerBooted, ids: Ids) -> bool:
    """The charger's own words replace what was known of it. True: its limits are unknown again, so plan anew."""
    charger = store.stations.charger(message.charger_id)
    if charger is None:
        return False
    store.stations.put_charger(_described(charger, fact, message.received_at))
    at, cause = message.received_at, f"boot/{message.charger_id}/{message.dedupe_key}"
    order(store, charger.id, ReadSettings(), at, ids, f"{cause}/settings")
    order(store, charger.id, SetFallback(fallback_of(store, message.site_id)), at, ids, f"{cause}/fallback")
    return True


def list_unknown(store: Store, charger_id: ChargerId, fact: ChargerBooted, at: datetime) -> Approval:
    """A charger nobody has announced names itself: list it for approval. Says where it stands now."""
    known = store.stations.charger(charger_id)
    charger = known or Charger(charger_id, Approval.PENDING)
    store.stations.put_charger(_described(charger, fact, at))
    return charger.approval


def approve(store: Store, charger_id: ChargerId, site_id: SiteId, evses: tuple[Evse, ...], secret_hash: str = "") -> Charger:
    """Let a listed charger in, at a site, with its EVSEs."""
    site = store.stations.site(site_id)
    charger = store.stations.charger(charger_id)
    if charger is None:
        raise NotFound("charger", f"No charger {charger_id} has named itself.", "Connect it once, then approve it.")
    if charger.site_id not in (None, site_id):
        raise Conflict("charger_elsewhere", f"{charger_id} belongs to another site.")
    approved = replace(charger, approval=Approval.APPROVED, operator_id=site.operator_id, site_id=site.id)
    store.stations.put_charger(approved)
    for evse in evses:
        store.stations.put_evse(evse)
    if secret_hash:
        store.stations.put_secret_hash(charger_id, secret_hash)
    return approved


def refuse(store: Store, charger_id: ChargerId) -> None:
    charger = store.stations.charger(charger_id)
    if charger is None:
        raise NotFound("charger", f"No charger {charger_id} has named itself.")
    store.stations.put_charger(replace(charger, approval=Approval.REFUSED))


def _described(charger: Charger, fact: ChargerBooted, at: datetime) -> Charger:
    return replace(
        charger,
        protocol=Protocol(fact.protocol),
        vendor=fact.vendor,
        model=fact.model,
        serial=fact.serial,
        firmware=fact.firmware,
        seen_at=at,
    )
