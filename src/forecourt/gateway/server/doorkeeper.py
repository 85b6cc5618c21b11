"""Who may come in: the decision on a handshake, the same for every WebSocket library."""

import asyncio
import random
from dataclasses import dataclass

from forecourt.gateway.dialects import DIALECTS, Dialect
from forecourt.gateway.server.attempts import FailureLimit
from forecourt.gateway.server.http_head import Knock, is_websocket
from forecourt.gateway.server.identity import parse_identity
from forecourt.gateway.server.metrics import Tally
from forecourt.gateway.server.passwords import PasswordBook, basic_password
from forecourt.gateway.server.ports import Admission, ChargerAccess
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.kernel import ChargerId
from forecourt.stations import Approval

_PENDING = ChargerAccess(Approval.PENDING)


@dataclass(frozen=True, slots=True)
class Admitted:
    charger_id: ChargerId
    dialect: Dialect
    access: ChargerAccess


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """An HTTP answer without a body that could tell anything. reason: a short word to count by."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


_UNAUTHORISED = TurnedAway(401, "password", (("WWW-Authenticate", 'Basic realm="ocpp", charset="UTF-8"'),))
_NOT_FOUND = TurnedAway(404, "path")
_TOO_MANY = TurnedAway(429, "attempts", (("Retry-After", "60"),))


class Doorkeeper:
    """Decides on handshakes, a few at a time: identity, then password, then everything else."""

    def __init__(self, settings: GatewaySettings, admission: Admission, passwords: PasswordBook, tally: Tally) -> None:
        self._settings = settings
        self._admission = admission
        self._passwords = passwords
        self._join_hash = passwords.hash(settings.join_key) if settings.accept_unknown and settings.join_key else None
        self._tally = tally
        self._by_id = FailureLimit(settings.wrong_per_id)
        self._by_address = FailureLimit(settings.wrong_per_address)
        self._strangers = FailureLimit(settings.wrong_per_address)
        self._pace = asyncio.Semaphore(settings.handshakes_at_once)
        self._deciding = 0
        self.pending = 0  # sockets of chargers that are not let in yet

    async def decide(self, knock: Knock) -> Admitted | TurnedAway:
        """Unknown, refused and wrong password are one answer, in the same time: it never says whether an identity exists.

        Except where unknown chargers are let in without a join key: whoever gets in without a password was unknown.
        """
        if self._deciding >= 100 * self._settings.handshakes_at_once:
            return self._turned(TurnedAway(503, "storm", (("Retry-After", str(random.randint(5, 60))),)))  # noqa: S311 - jitter
        self._deciding += 1
        try:
            async with self._pace:
                verdict = await self._decide(knock)
        finally:
            self._deciding -= 1
        return self._turned(verdict) if isinstance(verdict, TurnedAway) else verdict

    async def _decide(self, knock: Knock) -> Admitted | TurnedAway:
        charger_id = parse_identity(knock.target)
        if charger_id is None:
            return _NOT_FOUND
        access = await self._admission.find(charger_id)
        refusal = await self._check_password(charger_id, access, knock)
        if refusal is not None:
            return refusal
        if (access is None or access.approval is not Approval.APPROVED) and self.pending >= self._settings.unknown_at_once:
            return TurnedAway(503, "unknown_crowd", (("Retry-After", "60"),))
        if not is_websocket(knock):
            return TurnedAway(400, "websocket")
        offered = knock.listed("sec-websocket-protocol")
        dialect = next((dialect for protocol, dialect in DIALECTS.items() if protocol in offered), None)
        if dialect is None:
            return TurnedAway(400, "subprotocol")
        return Admitted(charger_id, dialect, access or _PENDING)

    async def _check_password(self, charger_id: ChargerId, access: ChargerAccess | None, knock: Knock) -> TurnedAway | None:
        if access is None and self._settings.accept_unknown and self._join_hash is None:
            return self._check_stranger(knock)
        if access is not None and not access.approval.turned_away and access.secret_hash is None:
            return None
        secret_hash = self._join_hash if access is None else None if access.approval.turned_away else access.secret_hash
        password = basic_password(knock.one("authorization"), charger_id)
        if password is not None and secret_hash is not None and self._passwords.is_remembered(charger_id, secret_hash, password):
            return None
        now = asyncio.get_running_loop().time()
        if self._by_id.reached(charger_id, now) or self._by_address.reached(knock.address, now):
            return _TOO_MANY
        if password is not None and await self._passwords.verify(charger_id, secret_hash, password):
            return self._check_stranger(knock) if access is None else None
        told = access.offered if access is not None and secret_hash is not None else ()
        if password is not None and await self._holds_one_of(charger_id, told, password):
            return None
        self._by_id.count(charger_id, now)
        self._by_address.count(knock.address, now)
        return _UNAUTHORISED

    async def _holds_one_of(self, charger_id: ChargerId, told: tuple[str, ...], password: bytes) -> bool:
        """Whether it comes with a password that it was told over its link."""
        for one in told:
            if await self._passwords.verify(charger_id, one, password):
                await self._admission.password_taken(charger_id, one)
                return True
        return False

    def _check_stranger(self, knock: Knock) -> TurnedAway | None:
        """Each may end up on the list for approval; one address cannot fill it."""
        now = asyncio.get_running_loop().time()
        if self._strangers.reached(knock.address, now):
            return _TOO_MANY
        self._strangers.count(knock.address, now)
        return None

    def _turned(self, verdict: TurnedAway) -> TurnedAway:
        self._tally.refusals[verdict.reason] += 1
        return verdict
