"""The handshake started by us: we query the partner's system, post our credentials, and receive the partner's in exchange."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from forecourt.drivers import Offer, Peer, RoamingPartner
from forecourt.flows.desk import Staff
from forecourt.flows.ports import HttpRequest, PartnerUnreachable
from forecourt.flows.roaming import (
    InvitedPartner,
    accept_peer,
    begin_registration,
    begin_renewal,
    end_partnership,
    registered_peer,
)
from forecourt.kernel import Refused
from forecourt.ocpi import (
    VERSIONS,
    OcpiCredentials,
    OcpiVersion,
    VersionDetails,
    check_invitation,
    newest_common,
    our_credentials,
    peer_of,
    version_url,
)
from forecourt.roaming.authentication import digest
from forecourt.roaming.client import data_of, ocpi_headers
from forecourt.roaming.discovery import convert_reply, object_reader
from forecourt.roaming.ports import RoamingPorts

# The partner queries us in turn before it answers.
_ANSWERS_WITHIN_S = 30.0
_MODULE = "credentials"


class OcpiHandshake:
    """A PartnerHandshake. The second unit of work checks again what the first one read."""

    def __init__(self, ports: RoamingPorts) -> None:
        self._ports = ports

    def join(self, by: Staff, wanted: InvitedPartner, invitation: tuple[str, str], home: str) -> RoamingPartner:
        """If the partner turns out not to be the expected one, it is told that the handshake has failed."""
        check_invitation(*invitation)
        with self._ports.transactions.begin() as store:
            partner, offer = begin_registration(store, by, wanted, self._fresh(invitation[0], by.at))
        peer = self._exchanged("POST", invitation, self._ours(by, offer, home))
        try:
            return self._kept(by, partner.id, offer, peer)
        except Refused:
            if not self._registered(partner):
                with suppress(PartnerUnreachable):
                    self._part(peer)
            raise

    def renew(self, by: Staff, partner_id: UUID, home: str) -> RoamingPartner:
        with self._ports.transactions.begin() as store:
            peer, offer = begin_renewal(store, by, partner_id, self._fresh("", by.at))
        invitation = (peer.versions_url, self._ports.decrypt(peer.key))
        return self._kept(by, partner_id, offer, self._exchanged("PUT", invitation, self._ours(by, offer, home)))

    def leave(self, by: Staff, partner_id: UUID) -> bool:
        with self._ports.transactions.begin() as store:
            peer = registered_peer(store, by, partner_id)
        is_notified = True
        try:
            self._part(peer)
        except PartnerUnreachable:
            is_notified = False
        with self._ports.transactions.begin() as store:
            end_partnership(store, by, partner_id)
        return is_notified

    def _fresh(self, to: str, at: datetime) -> Offer:
        secret = self._ports.fresh_secret()
        return Offer(digest(secret), self._ports.encrypt(secret), to, at)

    def _ours(self, by: Staff, offer: Offer, home: str) -> OcpiCredentials:
        with self._ports.transactions.begin() as store:
            operator = store.stations.operator(by.operator_id)
        return our_credentials(self._ports.decrypt(offer.key), home, operator.name, (operator.country, operator.party_id))

    def _kept(self, by: Staff, partner_id: UUID, offer: Offer, peer: Peer) -> RoamingPartner:
        with self._ports.transactions.begin() as store:
            return accept_peer(store, replace(by, at=self._ports.clock.now()), partner_id, offer, peer)

    def _registered(self, partner: RoamingPartner) -> bool:
        """It has registered in the meantime, in another way."""
        with self._ports.transactions.begin() as store:
            now = store.roaming.partner(partner.id)
        return now is not None and now.peer is not None

    def _part(self, peer: Peer) -> None:
        url = next((one.url for one in peer.endpoints if one.module == _MODULE), None)
        if url is None:
            raise PartnerUnreachable("it does not serve credentials")
        data_of(self._ports.post.send(HttpRequest("DELETE", url, ocpi_headers(self._ports.decrypt(peer.key)))))

    def _exchanged(self, method: str, invitation: tuple[str, str], own_credentials: OcpiCredentials) -> Peer:
        versions_url, token = invitation
        details = self._details(versions_url, token)
        url = next((one.url for one in details.endpoints if one.identifier == _MODULE), None)
        if url is None:
            raise PartnerUnreachable("it does not serve credentials")
        sent = {**ocpi_headers(token), "Content-Type": "application/json"}
        answer = self._ports.post.send(HttpRequest(method, url, sent, msgspec.json.encode(own_credentials), _ANSWERS_WITHIN_S))
        received: OcpiCredentials = convert_reply(data_of(answer), OcpiCredentials, "credentials")
        return peer_of(received, details, self._ports.encrypt(received.token))

    def _details(self, versions_url: str, token: str) -> VersionDetails:
        """The details of the newest version that both support."""
        read_object = object_reader(self._ports.post, token)
        offered = read_object(versions_url, tuple[OcpiVersion, ...], "versions")
        version = newest_common(offered)
        url = version_url(offered, version) if version else None
        if url is None:
            theirs_are = ", ".join(one.version for one in offered) or "none"
            raise PartnerUnreachable(f"its versions are {theirs_are}; spoken here are {' and '.join(VERSIONS)}")
        details: VersionDetails = read_object(url, VersionDetails, "version details")
        if details.version != version:
            raise PartnerUnreachable(f"the details of version {version} are those of {details.version}")
        return details
