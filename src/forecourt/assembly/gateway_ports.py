"""The gateway's ports on the store and the bus."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from forecourt.assembly.parts import Parts
from forecourt.flows import Quarantined, StoreUnavailable, accept, link_changed, list_unknown, verdict
from forecourt.gateway import ChargerAccess, GatewayPorts, GatewaySettings, GroupCommitWriter, serve
from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations import Acknowledgement, Approval, ChargerBooted, Message, Verdict


class StoreAdmission:
    """Who may connect, by the stations' book."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def find(self, charger_id: ChargerId) -> ChargerAccess | None:
        return await asyncio.to_thread(self._find, charger_id)

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

    def _find(self, charger_id: ChargerId) -> ChargerAccess | None:
        with self._parts.transactions.begin() as store:
            charger = store.stations.charger(charger_id)
            if charger is None:
                return None
            evses = store.stations.evses(charger.site_id) if charger.site_id else ()
            return ChargerAccess(
                approval=charger.approval,
                operator_id=charger.operator_id,
                site_id=charger.site_id,
                secret_hash=store.stations.secret_hash(charger_id),
                evse_numbers=tuple(evse.number for evse in evses if evse.charger_id == charger_id),
            )


class StoreTokens:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def verdict(self, operator_id: OperatorId, site_id: SiteId, token: str) -> Verdict:
        def ask() -> Verdict:
            with self._parts.transactions.begin() as store:
                return verdict(store, operator_id, token, self._parts.clock.now())

        return await asyncio.to_thread(ask)


class LinkedBus:
    """Orders over NATS; a charger that can be asked is one whose link the planner counts on."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def serve_orders(self, charger_id: str, handler: Callable[[bytes], Awaitable[bytes]]) -> None:
        await self._parts.bus.serve_orders(charger_id, handler)
        await self._changed(charger_id, connected=True)

    async def unserve_orders(self, charger_id: str) -> None:
        await self._parts.bus.unserve_orders(charger_id)
        await self._changed(charger_id, connected=False)

    async def _changed(self, charger_id: str, connected: bool) -> None:
        def keep() -> bool:
            with self._parts.transactions.begin() as store:
                return link_changed(store, ChargerId(charger_id), connected, self._parts.clock.now())

        if await asyncio.to_thread(keep):
            await self._parts.bus.hint("plan")


def fact_writer(parts: Parts) -> GroupCommitWriter:
    """Messages of all chargers, kept in groups; the workers are told after each commit."""

    def keep(messages: Sequence[Message]) -> Sequence[Acknowledgement]:
        with parts.transactions.begin() as store:
            acks = accept(store, messages)
        parts.bus.hint_from_thread("facts")
        return acks

    return GroupCommitWriter(keep, retry_on=(StoreUnavailable,))


async def run_gateway(parts: Parts) -> None:
    """Serve chargers until cancelled; then write what is waiting and close."""
    address = parts.settings.ocpp
    writer = fact_writer(parts)
    ports = GatewayPorts(writer, StoreAdmission(parts), StoreTokens(parts), LinkedBus(parts), parts.clock)
    gateway = await serve(GatewaySettings(host=address.host, port=address.port), ports)
    try:
        await asyncio.Event().wait()
    finally:
        await gateway.stop()
        await writer.stop()
