"""A roaming partner registers, whoever began it; renews its credentials, or leaves."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Invited, Offer, Parted, Peer, Registered, RoamingPartner
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.token_fetching import fetch_tokens
from forecourt.kernel import BadInput, Conflict, Ids


@dataclass(frozen=True, slots=True)
class Registration:
    """What a partner told about itself. shown: SHA-256 of the credentials token it used; newest: of the newest one it had then;
    digest: of the one it gets now."""

    partner_id: UUID
    shown: bytes
    newest: bytes
    digest: bytes
    peer: Peer


def partner_by_token(store: Store, digest: bytes, *, read_only: bool) -> RoamingPartner | None:
    """The partner whose credentials token has this SHA-256; the one it replaced becomes invalid. looks: as in `Registered`."""
    partner = store.roaming.by_digest(digest)
    if partner is None or partner.blocked:
        return None
    if not isinstance(partner.state, Registered) or partner.state.shown(digest, read_only) == partner.state:
        return partner
    partner = store.roaming.lock_partner(partner.id)
    if partner is None or digest not in partner.digests or not isinstance(partner.state, Registered):
        return None
    partner = replace(partner, state=partner.state.shown(digest, read_only))
    store.roaming.put_partner(partner)
    return partner


def register_partner(store: Store, wanted: Registration, at: datetime, ids: Ids) -> RoamingPartner:
    """A partner registers, for the first time or with changed credentials. Its old token stays valid until it uses the new one.

    Raises Conflict if that token was used meanwhile, or another one was issued, and as `accept_peer`.
    """
    partner = store.roaming.lock_partner(wanted.partner_id)
    if partner is None or wanted.shown not in partner.digests or wanted.newest != partner.digest or partner.blocked:
        raise Conflict("token_used", "This credentials token is good no more.", "Request another one.")
    by = Staff(partner.operator_id, f"{partner.country}*{partner.party}", at, ids)
    if isinstance(partner.state, Registered):
        return _keep(store, by, partner, partner.state.renewed(wanted.shown, wanted.digest, wanted.peer, at))
    return _keep(store, by, partner, Registered(wanted.digest, at, wanted.peer, wanted.shown))


def accept_peer(store: Store, by: Staff, partner_id: UUID, offer: Offer, peer: Peer) -> RoamingPartner:
    """The partner has accepted our registration, or our renewed credentials.

    Raises Conflict if another attempt was made meanwhile, or had another result; BadInput if it does not speak for the invited party,
    or speaks for one that is a partner of its own.
    """
    partner = store.roaming.lock_partner(partner_id)
    known = None if partner is None or isinstance(partner.state, Parted) else partner.state.offer
    if partner is None or known is None or known.at != offer.at:
        raise Conflict("overtaken", "Something else has come of it meanwhile.", "Look at how the partner stands now.")
    if isinstance(partner.state, Registered):
        return _keep(store, by, partner, partner.state.answered(known, peer, by.at))
    return _keep(store, by, partner, Registered(offer.digest, by.at, peer))


def unregister_partner(store: Store, partner_id: UUID, at: datetime, ids: Ids) -> None:
    """It unregistered: all credentials tokens between us become invalid."""
    partner = store.roaming.lock_partner(partner_id)
    if partner is None or isinstance(partner.state, Parted):
        return
    store.roaming.put_partner(replace(partner, state=Parted(at)))
    note(store, Staff(partner.operator_id, f"{partner.country}*{partner.party}", at, ids), "roaming.leave", partner.id)


def _keep(store: Store, by: Staff, partner: RoamingPartner, state: Registered) -> RoamingPartner:
    """Store a registration or renewal."""
    if not state.peer.speaks_for(partner.country, partner.party):
        raise BadInput("field", f"credentials.roles: {partner.country}*{partner.party}, who was invited, is not among them.")
    for other in store.roaming.partners(partner.operator_id):
        if other.id != partner.id and state.peer.speaks_for(other.country, other.party):
            raise BadInput("field", f"credentials.roles: {other.country}*{other.party} is connected by itself.")
    is_first = isinstance(partner.state, Invited)
    registered = replace(partner, state=state)
    store.roaming.put_partner(registered)
    if is_first:
        store.roaming.forget_pushed(partner.id)
    fetch_tokens(store, registered, by.at, by.ids)
    note(store, by, "roaming.register" if is_first else "roaming.renew", partner.id, f"OCPI {state.peer.version}")
    return registered
