"""The gateway's ports on the store and the bus."""

import asyncio
import gc
import resource
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex
from zoneinfo import ZoneInfo

import structlog

from forecourt.assembly.batching import Batcher
from forecourt.assembly.card_authorization import card_authorizer
from forecourt.assembly.contract_certificates import certificate_statuses, contract_issuer, contract_roots
from forecourt.assembly.parts import Parts
from forecourt.assembly.tls import ChargerTls, tls_expires_at
from forecourt.bus import BusError, NoHolder
from forecourt.flows.chargers import cards_guessed, certificate_refused, link_changed, links_changed, list_unknown, password_taken
from forecourt.flows.charging import accept
from forecourt.flows.ports import QuarantineEntry, Store, StoreUnavailable
from forecourt.gateway import TAKEOVER_REQUEST, ChargerAccess, GatewayPorts, GatewaySettings, GroupCommitWriter, serve
from forecourt.kernel import ChargerId
from forecourt.stations import Acknowledgement, Approval, ChargerBooted, ConnectionInfo, InboxItem, QuirkKind

SHUTDOWN_TIMEOUT_S = 5.0
_OTHER_DESCRIPTORS = 500  # descriptors for pages, the database, logs
_MIN_SOCKETS = 100
TAKEOVER_TIMEOUT_S = 2.0
_log = structlog.get_logger("forecourt.gateway")


class StoreAdmission:
    """Who may connect, according to the stored stations."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lookups = Batcher[ChargerId, ChargerAccess | None](self._find)

    async def find(self, charger_id: ChargerId) -> ChargerAccess | None:
        return await self._lookups.get(charger_id)

    async def password_taken(self, charger_id: ChargerId, secret_hash: str) -> None:
        def store_it() -> None:
            with self._parts.transactions.begin() as store:
                password_taken(store, charger_id, secret_hash)

        await asyncio.to_thread(store_it)

    async def certificate_refused(self, charger_id: ChargerId, why: str, at: datetime) -> None:
        def store_it() -> None:
            with self._parts.transactions.begin() as store:
                certificate_refused(store, charger_id, why, at)

        await asyncio.to_thread(store_it)

    async def cards_guessed(self, charger_id: ChargerId, at: datetime) -> None:
        def store_it() -> None:
            with self._parts.transactions.begin() as store:
                cards_guessed(store, charger_id, at)

        await asyncio.to_thread(store_it)

    async def list_unknown(self, charger_id: ChargerId, fact: ChargerBooted, at: datetime) -> Approval:
        def store_it() -> Approval:
            with self._parts.transactions.begin() as store:
                return list_unknown(store, charger_id, fact, at)

        return await asyncio.to_thread(store_it)

    async def store_unowned(self, charger_id: ChargerId, action: str, raw: str, at: datetime) -> None:
        def store_it() -> None:
            with self._parts.transactions.begin() as store:
                for operator in store.stations.operators()[:1]:
                    text = f"{charger_id} is not approved and sent {action}."
                    entry = QuarantineEntry(
                        self._parts.ids.new(at), operator.id, None, charger_id, at, "unapproved_charger", text, action, raw
                    )
                    store.inbox.quarantine(entry)

        await asyncio.to_thread(store_it)

    def _find(self, charger_ids: Sequence[ChargerId]) -> dict[ChargerId, ChargerAccess | None]:
        with self._parts.transactions.begin() as store:
            store.stations.prefetch(charger_ids)
            return {charger_id: _access(store, charger_id) for charger_id in charger_ids}


def _access(store: Store, charger_id: ChargerId) -> ChargerAccess | None:
    charger = store.stations.charger(charger_id)
    if charger is None:
        return None
    secret_hash, offered = store.stations.secret_hash(charger_id), store.stations.offered_hashes(charger_id)
    zone = ZoneInfo(store.stations.site(charger.site_id).zone) if charger.site_id else UTC
    return ChargerAccess(
        approval=charger.approval,
        operator_id=charger.operator_id,
        site_id=charger.site_id,
        secret_hash=secret_hash,
        offered=offered,
        last_connection=charger.last_connection,
        serial=charger.serial,
        zone=zone,
        local_times=charger.has(QuirkKind.LOCAL_TIME),
        firmware=charger.firmware,
        mute=charger.mute,
    )


class ConnectionTrackingBus:
    """Orders over NATS; a charger is reachable if the planner counts on its connection."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._process = token_hex(8)
        self._links: dict[ChargerId, ConnectionInfo | None] = {}  # None: its connection is down
        self._storing = Batcher[ChargerId, bool](self._store, linger_s=0.02)

    async def serve_orders(self, charger_id: str, handler: Callable[[bytes], Awaitable[bytes]], connection: ConnectionInfo) -> None:
        await self._parts.bus.serve_orders(charger_id, handler)
        await self._changed(ChargerId(charger_id), connection)

    async def unserve_orders(self, charger_id: str, moved: bool = False) -> None:
        await self._parts.bus.unserve_orders(charger_id)
        if not moved:
            await self._changed(ChargerId(charger_id), None)

    async def take_over(self, charger_id: str) -> bool:
        try:
            return await self._parts.bus.request(charger_id, TAKEOVER_REQUEST, TAKEOVER_TIMEOUT_S) == TAKEOVER_REQUEST
        except NoHolder:
            return False
        except BusError as error:
            _log.warning("older_socket_not_asked", charger=charger_id, error=str(error))
            return False

    async def settle(self) -> None:
        """Wait until the planner's view of connections matches the latest state, but only for a while: the process is about to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SHUTDOWN_TIMEOUT_S):
                await self._storing.settle()

    async def _changed(self, charger_id: ChargerId, connection: ConnectionInfo | None) -> None:
        self._links[charger_id] = connection
        await self._storing.get(charger_id)

    def _store(self, charger_ids: Sequence[ChargerId]) -> dict[ChargerId, bool]:
        """Store them together, except those that somebody else is changing: each of them waits in a commit of its own."""
        links = {one: self._links.pop(one) for one in charger_ids if one in self._links}
        connected = {one: connection is not None for one, connection in links.items()}
        ways = {one: connection for one, connection in links.items() if connection is not None}
        now = self._parts.clock.now()
        with self._parts.transactions.begin() as store:
            changes = links_changed(store, connected, now, self._process, ways)
        for charger_id in connected.keys() - changes.keys():
            with self._parts.transactions.begin() as store:
                changes[charger_id] = link_changed(store, charger_id, connected[charger_id], now, self._process, ways.get(charger_id))
        if any(changes.values()):
            self._parts.bus.hint_from_thread("plan")
            self._parts.bus.hint_from_thread("outbox")  # orders that waited for the connection are due
        return {charger_id: changes.get(charger_id, False) for charger_id in charger_ids}  # False: changed again, and stored as it is now


def fact_writer(parts: Parts) -> GroupCommitWriter:
    """Stores the messages of all chargers in groups; the workers are hinted after each commit."""

    def store_messages(items: Sequence[InboxItem]) -> Sequence[Acknowledgement]:
        with parts.transactions.begin() as store:
            acks = accept(store, items)
        parts.bus.hint_from_thread("facts")
        return acks

    return GroupCommitWriter(store_messages, retry_on=(StoreUnavailable,))


def tune_collector() -> None:
    """Messages form no reference cycles, but many are alive at a time: with its defaults the collector would traverse them again and
    again."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def raise_descriptor_limit() -> int:
    """Each socket needs a descriptor, and the usual soft limit of 1,024 is too low for a gateway. Returns how many are left for
    chargers."""
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    return max(_MIN_SOCKETS, hard_limit - _OTHER_DESCRIPTORS)


async def run_gateway(parts: Parts) -> None:
    """Serve chargers until cancelled; then write what is waiting and close."""
    tune_collector()
    sockets = raise_descriptor_limit()
    settings = parts.settings
    writer = fact_writer(parts)
    links = ConnectionTrackingBus(parts)
    cards = card_authorizer(writer, parts)
    roots = contract_roots(settings.contract_roots)
    ports = GatewayPorts(
        writer, StoreAdmission(parts), links, parts.clock, certificate_statuses(parts), cards.authorize, roots, contract_issuer(parts)
    )
    tls = ChargerTls(settings.ocpp_tls, parts.clock) if settings.ocpp_tls else None
    gateway_settings = GatewaySettings(
        settings.ocpp.host,
        settings.ocpp.port,
        sockets=sockets,
        accept_unknown=settings.unknown_chargers,
        join_key=settings.join_key,
        organisation=settings.ocpp_tls.organisation if settings.ocpp_tls else "",
    )
    gateway_settings = replace(gateway_settings, tls=tls.context, why_invalid=tls.why_invalid) if tls else gateway_settings
    gateway = await serve(gateway_settings, ports)
    parts.metrics.observe_gateway(gateway.figures)
    if tls:
        parts.metrics.observe_beats((tls.beat,))
        parts.metrics.observe_charger_certificate(lambda: tls_expires_at(settings.ocpp_tls))
    try:
        await (tls.beat.run() if tls else asyncio.Event().wait())
    finally:  # a second cancellation cuts one step short, but not those after it
        try:
            await gateway.stop()
        finally:
            try:
                await writer.stop()
            finally:
                await links.settle()
