"""The operator's roaming partners: invited by a credentials token that is handed over outside of OCPI, blocked, invited anew."""

from dataclasses import dataclass, replace
from uuid import UUID

from forecourt.drivers import Invited, Parted, Peer, Registered, RoamingPartner, roaming_payer
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class RoamingInvitation:
    """As it is typed. digest: SHA-256 of the credentials token that the partner is handed."""

    name: str
    country: str
    party: str
    digest: bytes


def invite_roaming(store: Store, by: Staff, wanted: RoamingInvitation) -> RoamingPartner:
    """Raises BadInput, and Conflict where the operator has no party id of its own or knows that party already."""
    if not store.stations.operator(by.operator_id).party_id:
        raise Conflict("no_party_id", "Partners know a company by its party id, and yours has none.", "Set it under Company first.")
    country, party = wanted.country.strip().upper(), wanted.party.strip().upper()
    partner = RoamingPartner(by.ids.new(by.at), by.operator_id, wanted.name.strip(), country, party, Invited(wanted.digest, by.at))
    store.roaming.put_partner(partner)
    store.drivers.put_driver(roaming_payer(partner))
    note(store, by, "roaming.invite", partner.id, f"{partner.name} {country}*{party}")
    return partner


def invite_again(store: Store, by: Staff, partner_id: UUID, digest: bytes) -> RoamingPartner:
    """Another credentials token, for who lost the first or has left. Raises Conflict for one that is registered."""
    partner = _to_change(store, by, partner_id)
    if isinstance(partner.state, Registered):
        raise Conflict("registered", f"{partner.name} is registered.", "It renews its credentials itself. To begin anew, part first.")
    partner = replace(partner, state=Invited(digest, by.at))
    store.roaming.put_partner(partner)
    note(store, by, "roaming.invite_again", partner.id, partner.name)
    return partner


def begin_joining(store: Store, by: Staff, wanted: RoamingInvitation) -> RoamingPartner:
    """We are about to register with a partner that has invited us: it may look at us with a token of which this is the digest.

    Raises as `invite_roaming`, but for one that was invited or has left: that is begun anew.
    """
    party = (wanted.country.strip().upper(), wanted.party.strip().upper())
    known = next((one for one in store.roaming.partners(by.operator_id) if (one.country, one.party) == party), None)
    return invite_again(store, by, known.id, wanted.digest) if known else invite_roaming(store, by, wanted)


def begin_renewing(store: Store, by: Staff, partner_id: UUID, digest: bytes) -> tuple[RoamingPartner, Registered]:
    """We are about to renew its credentials: it may look at us with a token of which this is the digest, beside the one it has."""
    partner = _to_change(store, by, partner_id)
    state = _registered(partner)
    store.roaming.put_partner(replace(partner, state=replace(state, renewing=digest)))
    return partner, state


def peer_to_leave(store: Store, by: Staff, partner_id: UUID) -> Peer:
    return _registered(own_roaming(store, by, partner_id)).peer


def leave_roaming(store: Store, by: Staff, partner_id: UUID) -> None:
    """We part: neither knows a credentials token of the other any more."""
    partner = _to_change(store, by, partner_id)
    store.roaming.put_partner(replace(partner, state=Parted(by.at)))
    note(store, by, "roaming.part", partner.id, partner.name)


def block_roaming(store: Store, by: Staff, partner_id: UUID, blocked: bool) -> RoamingPartner:
    """A blocked partner is answered nothing and its customers start no charge; charges that run go on."""
    partner = replace(_to_change(store, by, partner_id), blocked=blocked)
    store.roaming.put_partner(partner)
    note(store, by, "roaming.block" if blocked else "roaming.unblock", partner.id, partner.name)
    return partner


def own_roaming(store: Store, by: Staff, partner_id: UUID) -> RoamingPartner:
    return _of_operator(store.roaming.partner(partner_id), by)


def _registered(partner: RoamingPartner) -> Registered:
    if not isinstance(partner.state, Registered):
        raise Conflict("not_registered", f"{partner.name} is not registered.", "Invite it, or register with it.")
    return partner.state


def _to_change(store: Store, by: Staff, partner_id: UUID) -> RoamingPartner:
    return _of_operator(store.roaming.lock_partner(partner_id), by)


def _of_operator(partner: RoamingPartner | None, by: Staff) -> RoamingPartner:
    if partner is None or partner.operator_id != by.operator_id:
        raise NotFound("roaming_partner", "There is no such roaming partner.")
    return partner
