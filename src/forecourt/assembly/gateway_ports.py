"""The gateway's ports on the store and the bus."""

import asyncio
import gc
import resource
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from secrets import token_hex

import structlog

from forecourt.assembly.parts import Parts
from forecourt.assembly.together import Together
from forecourt.bus import BusError, NoOneHolds
from forecourt.flows import Quarantined, Store, StoreUnavailable, accept, link_changed, list_unknown, verdicts
from forecourt.gateway import GIVE_WAY, ChargerAccess, GatewayPorts, GatewaySettings, GroupCommitWriter, serve
from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations import Acknowledgement, Approval, ChargerBooted, Message, Verdict

# For how long a charger that was let in is taken at its word: a storm of reconnects asks twice for each (door and boot).
KNOWN_S = 3.0
PARTING_S = 5.0
GIVE_WAY_S = 2.0
MAX_KNOWN = 50_000
_log = structlog.get_logger("forecourt.gateway")


class StoreAdmission:
    """Who may connect, by the stations' book. Only those let in are remembered, and only for a moment."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._finding = Together[ChargerId, ChargerAccess | None](self._find)
        self._known: dict[ChargerId, tuple[float, ChargerAccess]] = {}

    async def find(self, charger_id: ChargerId) -> ChargerAccess | None:
        now = asyncio.get_running_loop().time()
        known = self._known.get(charger_id)
        if known is not None and known[0] > now:
            return known[1]
        found = await self._finding.ask(charger_id)
        self._known.pop(charger_id, None)
        if found is not None and found.approval is Approval.APPROVED:
            if len(self._known) >= MAX_KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[charger_id] = (now + KNOWN_S, found)
        return found

    async def list_unknown(self, charger_id: ChargerId, fact: ChargerBooted, at: datetime) -> Approval:
        def keep() -> Approval:
            with self._parts.transactions.begin() as store:
                return list_unknown(store, charger_id, fact, at)

        return await asyncio.to_thread(keep)

    async def set_aside(self, charger_id: ChargerId, action: str, raw: str, at: datetime) -> None:
        def keep() -> None:
            with self._parts.transactions.begin() as store:
                for operator in store.stations.operators()[:1]:
                    text = f"{charger_id} is not approved and sent {action}."
                    entry = Quarantined(self._parts.ids.new(at), operator.id, None, charger_id, at, "unapproved_charger", text, action, raw)
                    store.inbox.quarantine(entry)

        await asyncio.to_thread(keep)

    def _find(self, charger_ids: Sequence[ChargerId]) -> dict[ChargerId, ChargerAccess | None]:
        with self._parts.transactions.begin() as store:
            store.stations.expect(charger_ids)
            return {charger_id: _access(store, charger_id) for charger_id in charger_ids}


def _access(store: Store, charger_id: ChargerId) -> ChargerAccess | None:
    charger = store.stations.charger(charger_id)
    if charger is None:
        return None
    return ChargerAccess(charger.approval, charger.operator_id, charger.site_id, store.stations.secret_hash(charger_id))


class StoreTokens:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._judging = Together[tuple[OperatorId, str], Verdict](self._judge)

    async def verdict(self, operator_id: OperatorId, site_id: SiteId, token: str) -> Verdict:
        return await self._judging.ask((operator_id, token))

    def _judge(self, asked: Sequence[tuple[OperatorId, str]]) -> dict[tuple[OperatorId, str], Verdict]:
        with self._parts.transactions.begin() as store:
            return dict(zip(asked, verdicts(store, asked, self._parts.clock.now()), strict=True))


class LinkedBus:
    """Orders over NATS; a charger that can be asked is one whose link the planner counts on."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._process = token_hex(8)
        self._links: dict[ChargerId, bool] = {}
        self._keeping = Together[ChargerId, bool](self._keep, linger_s=0.02)

    async def serve_orders(self, charger_id: str, handler: Callable[[bytes], Awaitable[bytes]]) -> None:
        await self._parts.bus.serve_orders(charger_id, handler)
        await self._changed(ChargerId(charger_id), connected=True)

    async def unserve_orders(self, charger_id: str, moved: bool = False) -> None:
        await self._parts.bus.unserve_orders(charger_id)
        if not moved:
            await self._changed(ChargerId(charger_id), connected=False)

    async def take_over(self, charger_id: str) -> bool:
        try:
            return await self._parts.bus.ask(charger_id, GIVE_WAY, GIVE_WAY_S) == GIVE_WAY
        except NoOneHolds:
            return False
        except BusError as error:
            _log.warning("older_socket_not_asked", charger=charger_id, error=str(error))
            return False

    async def settle(self) -> None:
        """Wait until the planner's view of links is what was seen last, but not for ever: the process is about to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PARTING_S):
                await self._keeping.settle()

    async def _changed(self, charger_id: ChargerId, connected: bool) -> None:
        self._links[charger_id] = connected
        await self._keeping.ask(charger_id)

    def _keep(self, charger_ids: Sequence[ChargerId]) -> dict[ChargerId, bool]:
        """Each in a commit of its own: a unit that holds many chargers' rows could deadlock with the worker's."""
        news = {}
        for charger_id in charger_ids:
            connected = self._links.pop(charger_id, None)
            if connected is None:  # changed again meanwhile, and kept as it is now
                news[charger_id] = False
                continue
            with self._parts.transactions.begin() as store:
                news[charger_id] = link_changed(store, charger_id, connected, self._parts.clock.now(), self._process)
        if any(news.values()):
            self._parts.bus.hint_from_thread("plan")
        return news


def fact_writer(parts: Parts) -> GroupCommitWriter:
    """Messages of all chargers, kept in groups; the workers are told after each commit."""

    def keep(messages: Sequence[Message]) -> Sequence[Acknowledgement]:
        with parts.transactions.begin() as store:
            acks = accept(store, messages)
        parts.bus.hint_from_thread("facts")
        return acks

    return GroupCommitWriter(keep, retry_on=(StoreUnavailable,))


def calm_collector() -> None:
    """Messages make no cycles, but many at a time are alive: the collector's defaults would walk them again and again."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def raise_descriptor_limit() -> None:
    """A socket is a descriptor, and the usual soft limit of 1,024 is fewer than a gateway's chargers."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def run_gateway(parts: Parts) -> None:
    """Serve chargers until cancelled; then write what is waiting and close."""
    calm_collector()
    raise_descriptor_limit()
    settings = parts.settings
    writer = fact_writer(parts)
    links = LinkedBus(parts)
    ports = GatewayPorts(writer, StoreAdmission(parts), StoreTokens(parts), links, parts.clock)
    door = GatewaySettings(settings.ocpp.host, settings.ocpp.port, accept_unknown=settings.unknown_chargers, join_key=settings.join_key)
    gateway = await serve(door, ports)
    parts.metrics.of_gateway(gateway.figures)
    try:
        await asyncio.Event().wait()
    finally:
        await gateway.stop()
        await writer.stop()
        await links.settle()
