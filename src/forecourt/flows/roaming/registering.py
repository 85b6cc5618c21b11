"""A roaming partner registers, whoever has begun it; renews its credentials, or leaves."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Invited, Parted, Peer, Registered, RoamingPartner
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.fetching import fetch_tokens
from forecourt.kernel import BadInput, Conflict, Ids


@dataclass(frozen=True, slots=True)
class Registration:
    """What a partner told of itself. shown: SHA-256 of the credentials token it came with; digest: of the one that lets it in from now
    on."""

    partner_id: UUID
    shown: bytes
    digest: bytes
    peer: Peer


def register_partner(store: Store, wanted: Registration, at: datetime, ids: Ids) -> RoamingPartner:
    """The first time, or again with changed credentials: what it came with is good no more.

    Raises Conflict where that has been used meanwhile, BadInput where it does not speak for the party that was invited, or speaks
    for one that is a partner of its own.
    """
    partner = store.roaming.lock_partner(wanted.partner_id)
    if partner is None or wanted.shown not in partner.digests or partner.blocked:
        raise Conflict("token_used", "This credentials token is good no more.", "Ask for another one.")
    if not wanted.peer.speaks_for(partner.country, partner.party):
        raise BadInput("field", f"credentials.roles: {partner.country}*{partner.party}, who was invited, is not among them.")
    for other in store.roaming.partners(partner.operator_id):
        if other.id != partner.id and wanted.peer.speaks_for(other.country, other.party):
            raise BadInput("field", f"credentials.roles: {other.country}*{other.party} is connected by itself.")
    first = isinstance(partner.state, Invited)
    registered = replace(partner, state=Registered(wanted.digest, at, wanted.peer))
    store.roaming.put_partner(registered)
    if first:
        store.roaming.forget_brought(partner.id)
    fetch_tokens(store, registered, at, ids)
    _note(store, registered, "roaming.register" if first else "roaming.renew", f"OCPI {wanted.peer.version}", at, ids)
    return registered


def partner_left(store: Store, partner_id: UUID, at: datetime, ids: Ids) -> None:
    """It unregistered: neither knows a credentials token of the other any more."""
    partner = store.roaming.lock_partner(partner_id)
    if partner is None or isinstance(partner.state, Parted):
        return
    store.roaming.put_partner(replace(partner, state=Parted(at)))
    _note(store, partner, "roaming.leave", "", at, ids)


def _note(store: Store, partner: RoamingPartner, action: str, detail: str, at: datetime, ids: Ids) -> None:
    note(store, Staff(partner.operator_id, f"{partner.country}*{partner.party}", at, ids), action, partner.id, detail)
