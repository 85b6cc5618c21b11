"""A network in memory: what assembly would supply, without a database or a bus."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher

from forecourt.gateway import ChargerAccess, GatewayPorts, GroupCommitWriter
from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations import (
    Acknowledgement,
    Approval,
    CardPresented,
    ChargerBooted,
    ConnectionInfo,
    InboxItem,
    Message,
    TransactionStarted,
    Verdict,
)

OPERATOR = OperatorId(UUID(int=1))
SITE = SiteId(UUID(int=2))
APPROVED = ChargerAccess(Approval.APPROVED, OPERATOR, SITE)
HASHER = PasswordHasher(time_cost=1, memory_cost=512, parallelism=1)


class WallClock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class MemoryInbox:
    """Keeps facts once per dedupe key, allots 1.6 transaction numbers, and can be down."""

    def __init__(self) -> None:
        self.messages: dict[tuple[str, str], Message] = {}
        self.acknowledgements: dict[tuple[str, str], Acknowledgement] = {}
        self.down = False
        self.strangers: set[str] = set()
        self.batches: list[int] = []

    def accept(self, batch: Sequence[InboxItem]) -> list[Acknowledgement]:
        if self.down:
            raise ConnectionError("the database is down")
        self.batches.append(len(batch))
        return [Acknowledgement(verdict=_judged(one.token)) if isinstance(one, CardPresented) else self._one(one) for one in batch]

    def facts(self, kind: type) -> list:
        return [message.fact for message in self.messages.values() if isinstance(message.fact, kind)]

    def _one(self, message: Message) -> Acknowledgement:
        key = (message.charger_id, message.dedupe_key)
        if isinstance(message.fact, ChargerBooted) and message.charger_id in self.strangers:
            return Acknowledgement(stranger=True)
        if key in self.messages:
            known = self.acknowledgements[key]
            return Acknowledgement(known.transaction, known.verdict, repeated=True)
        fact = message.fact
        token = getattr(fact, "token", None)
        transaction = None
        if isinstance(fact, TransactionStarted):
            transaction = fact.transaction or str(1000 + len(self.messages))
        self.messages[key] = message
        self.acknowledgements[key] = Acknowledgement(transaction, None if token is None else _judged(token))
        return self.acknowledgements[key]


def _judged(token: str) -> Verdict:
    return Verdict.ACCEPTED if token.startswith("GOOD") else Verdict.INVALID


class MemoryNetwork:
    """Admission and the order bus."""

    def __init__(self) -> None:
        self.chargers: dict[str, ChargerAccess] = {}
        self.listed: dict[str, ChargerBooted] = {}
        self.aside: list[tuple[str, str]] = []
        self.handlers: dict[str, Callable[[bytes], Awaitable[bytes]]] = {}
        self.asked: list[str] = []
        self.ways: dict[str, ConnectionInfo] = {}
        self.guessed: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self.down = False
        self.takes_s = 0.0  # to give up a charger's orders

    def add(self, charger_id: str, password: str | None = None, offered: tuple[str, ...] = ()) -> str:
        told = tuple(HASHER.hash(one) for one in offered)
        self.chargers[charger_id] = replace(APPROVED, secret_hash=HASHER.hash(password) if password else None, offered=told)
        return charger_id

    def at_home(self, charger_id: str, network: str) -> None:
        """It came in from there before."""
        self.chargers[charger_id] = replace(self.chargers[charger_id], last_connection=ConnectionInfo(network=network))

    async def find(self, charger_id: ChargerId) -> ChargerAccess | None:
        self.asked.append(charger_id)
        if self.down:
            raise ConnectionError("the database is down")
        return self.chargers.get(charger_id)

    async def password_taken(self, charger_id: ChargerId, secret_hash: str) -> None:
        self.chargers[charger_id] = replace(self.chargers[charger_id], secret_hash=secret_hash, offered=())

    async def certificate_refused(self, charger_id: ChargerId, why: str, at: datetime) -> None:
        self.refused.append((charger_id, why))

    async def cards_guessed(self, charger_id: ChargerId, at: datetime) -> None:
        self.guessed.append(charger_id)

    async def list_unknown(self, charger_id: ChargerId, fact: ChargerBooted, at: datetime) -> Approval:
        self.listed[charger_id] = fact
        return Approval.PENDING

    async def store_unowned(self, charger_id: ChargerId, action: str, raw: str, at: datetime) -> None:
        self.aside.append((charger_id, action))

    async def serve_orders(self, charger_id: str, handler: Callable[[bytes], Awaitable[bytes]], connection: ConnectionInfo) -> None:
        self.handlers[charger_id] = handler
        self.ways[charger_id] = connection

    async def unserve_orders(self, charger_id: str, moved: bool = False) -> None:
        await asyncio.sleep(self.takes_s)
        self.handlers.pop(charger_id, None)

    async def take_over(self, charger_id: str) -> bool:
        """There is no other process."""
        return False


def ports(network: MemoryNetwork, inbox: MemoryInbox, clock: WallClock | None = None) -> GatewayPorts:
    writer = GroupCommitWriter(inbox.accept, retry_on=(ConnectionError,), max_pause_s=0.1)
    return GatewayPorts(writer, network, network, clock or WallClock())
