"""Roaming partners as handled by `forecourt admin`: through the same flows and handshake as the console."""

import secrets
from typing import Any

from forecourt.assembly.clock import clock_from_environment
from forecourt.assembly.parts import partner_http_client
from forecourt.assembly.roaming_partners import roaming_ports
from forecourt.assembly.secrets import key_digest
from forecourt.assembly.settings import Settings
from forecourt.assembly.state import network_secret
from forecourt.drivers import RoamingPartner
from forecourt.flows.desk import Staff
from forecourt.flows.ports import PartnerUnreachable, Transactions
from forecourt.flows.roaming import renew_invitation
from forecourt.kernel import BadInput, Conflict, Failed, Ids, NotFound
from forecourt.roaming import OcpiHandshake


class AdminRoaming:
    """name: a partner's country and party id, such as NL*TNM."""

    def __init__(self, settings: Settings, transactions: Transactions, ids: Ids) -> None:
        self._settings, self._transactions, self._ids = settings, transactions, ids
        self._clock = clock_from_environment()

    def invite(self, name: str) -> dict[str, Any]:
        """Another token, only shown this once, for a partner that lost the first or has left."""
        partner, secret = self._named(name), secrets.token_urlsafe(32)
        with self._transactions.begin() as store:
            renew_invitation(store, self._by(partner), partner.id, key_digest(secret))
        return partner_invitation(partner, secret, self._settings)

    def renew(self, name: str) -> dict[str, Any]:
        """Raises Failed if the partner does not answer: a retry offers it the same token."""
        partner = self._named(name)
        if not self._settings.public_url:
            raise BadInput(
                "public_url", "The partner must be able to reach us.", "Set FORECOURT_PUBLIC_URL to the address where it can reach us."
            )
        try:
            renewed = self._handshake().renew(self._by(partner), partner.id, f"{public_address(self._settings)}/ocpi/versions")
        except PartnerUnreachable as error:
            raise Failed(f"The credentials of {partner.name} could not be renewed: {error}. Try again.") from error
        return {"roaming": name, "state": renewed.state_name, "ocpi": renewed.peer.version if renewed.peer else ""}

    def part(self, name: str) -> dict[str, Any]:
        """Works even if the partner cannot be notified: it loses access."""
        partner = self._named(name)
        return {"roaming": name, "told": self._handshake().leave(self._by(partner), partner.id)}

    def _named(self, name: str) -> RoamingPartner:
        with self._transactions.begin() as store:
            every = [one for operator in store.stations.operators() for one in store.roaming.partners(operator.id)]
        found = [one for one in every if f"{one.country}*{one.party}" == name.strip().upper()]
        if not found:
            raise NotFound("roaming", f"There is no roaming partner {name!r}.", "See `forecourt admin roaming list`.")
        if len(found) > 1:
            raise Conflict("several", f"Several operators have a partner {name}.", "Use the console of the right operator.")
        return found[0]

    def _handshake(self) -> OcpiHandshake:
        settings = self._settings
        core = (self._transactions, self._clock, self._ids)
        return OcpiHandshake(roaming_ports(core, partner_http_client(settings), network_secret(settings.state), settings.public_url))

    def _by(self, partner: RoamingPartner) -> Staff:
        return Staff(partner.operator_id, "system", self._clock.now(), self._ids)


def partner_invitation(partner: RoamingPartner, secret: str, settings: Settings) -> dict[str, Any]:
    return {"roaming": f"{partner.country}*{partner.party}", "versions": f"{public_address(settings)}/ocpi/versions", "token": secret}


def public_address(settings: Settings) -> str:
    """The address at which people and partners reach the service."""
    return settings.public_url.rstrip("/") or f"http://{settings.http}"
