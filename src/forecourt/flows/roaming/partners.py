"""The operator's roaming partners: invited by a credentials token that is handed over outside of OCPI, blocked, invited anew."""

from dataclasses import dataclass, replace
from uuid import UUID

from forecourt.drivers import Invited, Registered, RoamingPartner, roaming_payer
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


def block_roaming(store: Store, by: Staff, partner_id: UUID, blocked: bool) -> RoamingPartner:
    """A blocked partner is answered nothing and its customers start no charge; charges that run go on."""
    partner = replace(_to_change(store, by, partner_id), blocked=blocked)
    store.roaming.put_partner(partner)
    note(store, by, "roaming.block" if blocked else "roaming.unblock", partner.id, partner.name)
    return partner


def own_roaming(store: Store, by: Staff, partner_id: UUID) -> RoamingPartner:
    return _of_operator(store.roaming.partner(partner_id), by)


def _to_change(store: Store, by: Staff, partner_id: UUID) -> RoamingPartner:
    return _of_operator(store.roaming.lock_partner(partner_id), by)


def _of_operator(partner: RoamingPartner | None, by: Staff) -> RoamingPartner:
    if partner is None or partner.operator_id != by.operator_id:
        raise NotFound("roaming_partner", "There is no such roaming partner.")
    return partner
