"""An operator's roaming partners: invited by a credentials token that is handed over outside of OCPI, blocked, invited again."""

from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from forecourt.drivers import Invited, Offer, Parted, Peer, Registered, RoamingPartner, roaming_payer
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class InvitedPartner:
    """The details as entered."""

    name: str
    country: str
    party: str

    @property
    def id(self) -> tuple[str, str]:
        return self.country.strip().upper(), self.party.strip().upper()


class PartnerHandshake(Protocol):
    """The handshake when we begin it. Blocking: the partner calls us meanwhile, so no unit of work stays open.

    home: the address of our versions. All methods raise PartnerUnreachable, and what the flows raise.
    """

    def join(self, by: Staff, wanted: InvitedPartner, invitation: tuple[str, str], home: str) -> RoamingPartner:
        """invitation: the address of its versions, and the credentials token that it gave us (OCPI: token A), which is valid once."""
        ...

    def renew(self, by: Staff, partner_id: UUID, home: str) -> RoamingPartner:
        """Renew as things are now: the newest version that both speak, and the addresses of its modules."""
        ...

    def leave(self, by: Staff, partner_id: UUID) -> bool:
        """Leave the partner. Returns whether it could be told."""
        ...


def invite_roaming_partner(store: Store, by: Staff, wanted: InvitedPartner, digest: bytes) -> RoamingPartner:
    """digest: SHA-256 of the credentials token given to the partner.

    Raises BadInput, and Conflict if the operator has no party id of its own or already knows that party.
    """
    return _invited(store, by, wanted, Invited(digest, by.at))


def renew_invitation(store: Store, by: Staff, partner_id: UUID, digest: bytes) -> RoamingPartner:
    """Give another credentials token to a partner that lost the first or has left. Raises Conflict if it is registered."""
    return _invited_again(store, by, _to_change(store, by, partner_id), Invited(digest, by.at))


def begin_registration(store: Store, by: Staff, wanted: InvitedPartner, new_offer: Offer) -> tuple[RoamingPartner, Offer]:
    """We are about to register with a partner that invited us: it may call us with the token we offer. new_offer: a token nobody has yet.

    Raises like `invite_roaming_partner`, except that one that was invited or has left is begun anew.
    """
    known = next((one for one in store.roaming.partners(by.operator_id) if (one.country, one.party) == wanted.id), None)
    if known is None:
        return _invited(store, by, wanted, Invited(new_offer.digest, by.at, new_offer)), new_offer
    partner = _to_change(store, by, known.id)
    offer = _offered(partner, new_offer)
    return _invited_again(store, by, partner, Invited(offer.digest, by.at, offer)), offer


def begin_renewal(store: Store, by: Staff, partner_id: UUID, new_offer: Offer) -> tuple[Peer, Offer]:
    """We are about to renew its credentials: it may call us with what we offer, besides what it has. new_offer: a token nobody has yet."""
    partner = _to_change(store, by, partner_id)
    state = _registered(partner)
    if partner.blocked:
        raise Conflict("blocked", f"{partner.name} is blocked, so it cannot reach us.", "Unblock it first.")
    offer = replace(_offered(partner, replace(new_offer, to=state.peer.versions_url)), over=state.before or state.digest)
    store.roaming.put_partner(replace(partner, state=replace(state, offer=offer)))
    return state.peer, offer


def registered_peer(store: Store, by: Staff, partner_id: UUID) -> Peer:
    return _registered(own_roaming_partner(store, by, partner_id)).peer


def end_partnership(store: Store, by: Staff, partner_id: UUID) -> None:
    """We leave the partner: all credentials tokens between us become invalid."""
    partner = _to_change(store, by, partner_id)
    store.roaming.put_partner(replace(partner, state=Parted(by.at)))
    note(store, by, "roaming.part", partner.id, partner.name)


def block_roaming_partner(store: Store, by: Staff, partner_id: UUID, blocked: bool) -> RoamingPartner:
    """A blocked partner gets no answers, and its customers can start no charge; running charges go on."""
    partner = replace(_to_change(store, by, partner_id), blocked=blocked)
    store.roaming.put_partner(partner)
    note(store, by, "roaming.block" if blocked else "roaming.unblock", partner.id, partner.name)
    return partner


def own_roaming_partner(store: Store, by: Staff, partner_id: UUID) -> RoamingPartner:
    return _of_operator(store.roaming.partner(partner_id), by)


def _invited(store: Store, by: Staff, wanted: InvitedPartner, state: Invited) -> RoamingPartner:
    if not store.stations.operator(by.operator_id).party_id:
        raise Conflict("no_party_id", "Partners identify a company by its party ID, and yours has none.", "Set it under Company first.")
    partner = RoamingPartner(by.ids.new(by.at), by.operator_id, wanted.name.strip(), *wanted.id, state)
    store.roaming.put_partner(partner)
    store.drivers.put_driver(roaming_payer(partner))
    note(store, by, "roaming.invite", partner.id, f"{partner.name} {partner.country}*{partner.party}")
    return partner


def _invited_again(store: Store, by: Staff, partner: RoamingPartner, state: Invited) -> RoamingPartner:
    if isinstance(partner.state, Registered):
        raise Conflict(
            "registered", f"{partner.name} is registered.", "It renews its credentials itself. To start again, disconnect first."
        )
    partner = replace(partner, state=state)
    store.roaming.put_partner(partner)
    note(store, by, "roaming.invite_again", partner.id, partner.name)
    return partner


def _offered(partner: RoamingPartner, new_offer: Offer) -> Offer:
    """An earlier offer that was not answered, so that both attempts agree; but never for another address."""
    known = None if isinstance(partner.state, Parted) else partner.state.offer
    return replace(known, at=new_offer.at) if known and known.to == new_offer.to and not known.taken else new_offer


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
