"""The parts of one process: chosen here and nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from forecourt.assembly.clock import clock_from_environment
from forecourt.assembly.hints import BusHints
from forecourt.assembly.identifiers import RandomIds
from forecourt.assembly.settings import Settings
from forecourt.assembly.state import network_secret
from forecourt.bus import Bus
from forecourt.flows import Processor
from forecourt.gateway import OrderCourier
from forecourt.jobs import WorkerPorts
from forecourt.kernel import BadInput, Clock
from forecourt.processors import ProviderClient
from forecourt.store import PostgresTransactions, migrate


@dataclass(frozen=True, slots=True)
class Parts:
    """What the roles of one process share."""

    settings: Settings
    transactions: PostgresTransactions
    bus: Bus
    hints: BusHints
    clock: Clock
    ids: RandomIds
    secret: bytes
    processor: Processor

    def worker_ports(self) -> WorkerPorts:
        return WorkerPorts(self.transactions, self.clock, self.ids, self.hints, OrderCourier(self.bus.ask).ask, self.processor)


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Connect to PostgreSQL and NATS, bring the schema up to date, and close both at the end."""
    if not settings.database_url or not settings.nats_url:
        raise BadInput("servers", "DATABASE_URL and NATS_URL are not set.", "Set both, or use `forecourt run`, which starts its own.")
    await asyncio.to_thread(migrate, settings.database_url)
    transactions = await asyncio.to_thread(PostgresTransactions, settings.database_url)
    bus = await Bus.connect(settings.nats_url)
    secret = network_secret(settings.state)
    processor = ProviderClient(settings.provider_url, settings.provider_secret or secret.hex())
    try:
        yield Parts(settings, transactions, bus, BusHints(bus), clock_from_environment(), RandomIds(), secret, processor)
    finally:
        await bus.close()
        await asyncio.to_thread(transactions.close)
        processor.close()
