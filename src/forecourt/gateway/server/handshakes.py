"""Who may connect: the decision on a handshake, the same for every WebSocket library."""

import asyncio
import logging
import random
from dataclasses import dataclass

from forecourt.gateway.dialects import DIALECTS, Dialect
from forecourt.gateway.server.authentication import Authenticator
from forecourt.gateway.server.certificates import ShownCertificate
from forecourt.gateway.server.http_head import HandshakeRequest, is_websocket
from forecourt.gateway.server.identity import parse_identity
from forecourt.gateway.server.metrics import Tally
from forecourt.gateway.server.pending_connections import PendingConnections
from forecourt.gateway.server.ports import Admission, ChargerAccess
from forecourt.gateway.server.refusals import HandshakeRefusal
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.kernel import ChargerId
from forecourt.stations import Approval, ConnectionInfo

_log = logging.getLogger(__name__)
_PENDING = ChargerAccess(Approval.PENDING)
_NOT_FOUND = HandshakeRefusal(404, "path")


@dataclass(frozen=True, slots=True)
class Admitted:
    """certificate: the one that admitted the charger; None if something else did."""

    charger_id: ChargerId
    dialect: Dialect
    access: ChargerAccess
    connection: ConnectionInfo
    certificate: ShownCertificate | None = None


class HandshakePolicy:
    """Decides on handshakes, a few at a time: first the identity, then its credentials, then everything else."""

    def __init__(
        self,
        settings: GatewaySettings,
        admission: Admission,
        authenticator: Authenticator,
        pending_connections: PendingConnections,
        tally: Tally,
    ) -> None:
        self._settings = settings
        self._admission = admission
        self._authenticator = authenticator
        self._pending_connections = pending_connections
        self._tally = tally
        self._pace = asyncio.Semaphore(settings.handshakes_at_once)
        self._deciding = 0
        self.pending = 0  # sockets of chargers that are not approved yet

    async def decide(self, request: HandshakeRequest) -> Admitted | HandshakeRefusal:
        if self._deciding >= 100 * self._settings.handshakes_at_once:
            return self._count_refusal(_retry_later("storm"))
        self._deciding += 1
        try:
            async with self._pace:
                verdict = await self._decide(request)
        except Exception:  # noqa: BLE001 - the database is down, above all; whatever it is, it is no fault of the charger's
            _log.exception("a handshake could not be decided")
            verdict = _retry_later("failed")
        finally:
            self._deciding -= 1
        return self._count_refusal(verdict) if isinstance(verdict, HandshakeRefusal) else verdict

    async def _decide(self, request: HandshakeRequest) -> Admitted | HandshakeRefusal:
        charger_id = parse_identity(request.target)
        if charger_id is None:
            return _NOT_FOUND
        access = await self._admission.find(charger_id)
        connection = await self._authenticator.check(charger_id, access, request)
        if isinstance(connection, HandshakeRefusal):
            return connection
        crowd = self.pending >= self._settings.unknown_at_once or self._pending_connections.is_crowded
        if crowd and (access is None or access.approval is not Approval.APPROVED):
            return HandshakeRefusal(503, "unknown_crowd", (("Retry-After", "60"),))
        if not is_websocket(request):
            return HandshakeRefusal(400, "websocket")
        offered = request.listed("sec-websocket-protocol")
        dialect = next((dialect for protocol, dialect in DIALECTS.items() if protocol in offered), None)
        if dialect is None:
            return HandshakeRefusal(400, "subprotocol")
        return Admitted(charger_id, dialect, access or _PENDING, connection, request.certificate if connection.by_certificate else None)

    def _count_refusal(self, verdict: HandshakeRefusal) -> HandshakeRefusal:
        self._tally.refusals[verdict.reason] += 1
        return verdict


def _retry_later(reason: str) -> HandshakeRefusal:
    """Spread retries, so that they do not all come in the same second."""
    return HandshakeRefusal(503, reason, (("Retry-After", str(random.randint(5, 60))),))  # noqa: S311 - jitter
