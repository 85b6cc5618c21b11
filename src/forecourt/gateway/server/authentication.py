"""Authenticates whoever connects: by its own certificate, by its password, or by its name alone if it was never given either."""

import asyncio
import logging

from forecourt.gateway.server.certificates import ShownCertificate, why_not_admitted
from forecourt.gateway.server.http_head import HandshakeRequest
from forecourt.gateway.server.networks import network_of
from forecourt.gateway.server.passwords import PasswordVerifier, basic_password
from forecourt.gateway.server.ports import Admission, ChargerAccess
from forecourt.gateway.server.rate_limits import FailureLimit
from forecourt.gateway.server.refusals import HandshakeRefusal
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.kernel import ChargerId, Clock, client_network
from forecourt.stations import ConnectionInfo, SecurityProfile

_UNAUTHORISED = HandshakeRefusal(401, "password", (("WWW-Authenticate", 'Basic realm="ocpp", charset="UTF-8"'),))
_OTHERS = HandshakeRefusal(401, "certificate")
_TOO_MANY = HandshakeRefusal(429, "attempts", (("Retry-After", "60"),))
_log = logging.getLogger(__name__)


class Authenticator:
    """Unknown, refused and wrong password get the same answer, in the same time: it never reveals whether an identity exists.

    The exception is where unknown chargers are admitted without a join key: whoever gets in without a password was unknown.
    """

    def __init__(self, settings: GatewaySettings, admission: Admission, passwords: PasswordVerifier, clock: Clock) -> None:
        self._settings = settings
        self._admission = admission
        self._passwords = passwords
        self._clock = clock
        self._join_hash = passwords.hash(settings.join_key) if settings.accept_unknown and settings.join_key else None
        self._by_id = FailureLimit(settings.wrong_per_id)
        self._by_id_at_usual_network = FailureLimit(
            settings.wrong_per_id
        )  # by identity too, for callers from the network that the charger last came from
        self._by_address = FailureLimit(settings.wrong_per_address)
        self._strangers = FailureLimit(settings.wrong_per_address)
        self._others = FailureLimit(settings.wrong_per_id)  # certificates that belong to others

    async def check(
        self, charger_id: ChargerId, access: ChargerAccess | None, request: HandshakeRequest
    ) -> ConnectionInfo | HandshakeRefusal:
        """Authenticate, and return the way in. If a certificate is presented, it must be right: a password is then not considered."""
        known = access is not None and not access.approval.turned_away
        if request.certificate is not None and (known or (access is None and self._settings.accept_unknown)):
            refusal = await self._check_certificate(charger_id, access, request.certificate)
            profile, ends = SecurityProfile.CERTIFICATE, request.certificate.ends
        else:
            refusal = await self._check_password(charger_id, access, request)
            profile, ends = self._without_certificate(access), None
        return refusal or ConnectionInfo(profile, network_of(request.address), ends)

    def _without_certificate(self, access: ChargerAccess | None) -> SecurityProfile:
        if (access.secret_hash if access is not None else self._join_hash) is None:
            return SecurityProfile.NAMED
        return SecurityProfile.PASSWORD_TLS if self._settings.tls is not None else SecurityProfile.PASSWORD

    async def _check_certificate(
        self, charger_id: ChargerId, access: ChargerAccess | None, shown: ShownCertificate
    ) -> HandshakeRefusal | None:
        at, now = self._clock.now(), asyncio.get_running_loop().time()
        reason = why_not_admitted(shown, charger_id, access.serial if access else "", self._settings.organisation, at)
        reason = reason or self._settings.why_invalid(shown.der, shown.context)
        if not reason:
            return None
        if self._others.reached(charger_id, now):
            return _TOO_MANY
        self._others.count(charger_id, now)
        _log.warning("%s was refused: the certificate shown under its name %s", charger_id, reason)
        if access is not None:
            await self._admission.certificate_refused(charger_id, reason, at)
        return _OTHERS

    async def _check_password(
        self, charger_id: ChargerId, access: ChargerAccess | None, request: HandshakeRequest
    ) -> HandshakeRefusal | None:
        if access is None and self._settings.accept_unknown and self._join_hash is None:
            return self._check_stranger(request)
        barred = access is not None and (access.approval.turned_away or access.last_connection.by_certificate)
        if access is not None and not barred and access.secret_hash is None:
            return None
        secret_hash = self._join_hash if access is None else None if barred else access.secret_hash
        password = basic_password(request.one("authorization"), charger_id)
        if password is not None and secret_hash is not None and self._passwords.is_remembered(charger_id, secret_hash, password):
            return None
        now, at_usual_network = asyncio.get_running_loop().time(), _is_usual_network(access, request)
        if self._is_rate_limited(charger_id, request.address, at_usual_network, now):
            return _TOO_MANY
        if password is not None and await self._passwords.verify(charger_id, secret_hash, password):
            return self._check_stranger(request) if access is None else None
        offered = access.offered if access is not None and secret_hash is not None else ()
        if password is not None and await self._uses_offered_password(charger_id, offered, password):
            return None
        (self._by_id_at_usual_network if at_usual_network else self._by_id).count(charger_id, now)
        self._by_address.count(client_network(request.address), now)
        return _UNAUTHORISED

    def _is_rate_limited(self, charger_id: ChargerId, address: str, at_usual_network: bool, now: float) -> bool:
        """Whether there were too many wrong passwords. Guesses from elsewhere never lock a charger out at its usual network, nor do
        guesses made there for other names."""
        if at_usual_network:
            return self._by_id_at_usual_network.reached(charger_id, now)
        return self._by_id.reached(charger_id, now) or self._by_address.reached(client_network(address), now)

    async def _uses_offered_password(self, charger_id: ChargerId, offered: tuple[str, ...], password: bytes) -> bool:
        """Whether the password is one that the charger was sent over its connection."""
        for one in offered:
            if await self._passwords.verify(charger_id, one, password):
                await self._admission.password_taken(charger_id, one)
                return True
        return False

    def _check_stranger(self, request: HandshakeRequest) -> HandshakeRefusal | None:
        """Limit strangers per address: each may end up on the approval list, and one address must not fill it."""
        now = asyncio.get_running_loop().time()
        if self._strangers.reached(client_network(request.address), now):
            return _TOO_MANY
        self._strangers.count(client_network(request.address), now)
        return None


def _is_usual_network(access: ChargerAccess | None, request: HandshakeRequest) -> bool:
    return access is not None and access.last_connection.network != "" and access.last_connection.network == network_of(request.address)
