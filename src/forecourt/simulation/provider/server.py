"""A running provider: its API on a loopback port, its outgoing webhooks, its holds and payouts by the shared clock."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from forecourt.simulation.clock import Clock
from forecourt.simulation.provider.app import api
from forecourt.simulation.provider.bank import Bank
from forecourt.simulation.provider.journal import Journal
from forecourt.simulation.provider.model import Faults
from forecourt.simulation.provider.request_handling import RequestHandler
from forecourt.simulation.provider.stripe_api import STRIPE_HEADER, stripe_format
from forecourt.simulation.provider.webhooks import Endpoint, Webhooks, own_format

EXPIRY_LOOK_S = 60.0
PAYOUT_EVERY_S = 86400.0


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """secret: the merchant's API key, which also signs webhooks. webhook_url: empty = none are sent.

    port 0: any free one. journal: a file that outlives the process; None = nothing is stored. stripe: events are sent in Stripe's format
    (requests may use either).
    """

    secret: str
    webhook_url: str = ""
    account: str = "acct_forecourt"
    port: int = 0
    journal: Path | None = None
    stripe: bool = False

    def endpoint(self) -> Endpoint:
        if self.stripe:
            return Endpoint(self.webhook_url, self.secret, stripe_format, STRIPE_HEADER)
        return Endpoint(self.webhook_url, self.secret, own_format(self.account))


@dataclass(frozen=True, slots=True)
class Provider:
    """A running provider. faults may be changed at any time from its loop."""

    url: str
    bank: Bank
    faults: Faults
    webhooks: Webhooks


class _Server(uvicorn.Server):
    """Leaves signal handling to its caller."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def running_provider(settings: ProviderSettings, clock: Clock) -> AsyncIterator[Provider]:
    """Serve until the block ends. Must be entered in a running event loop."""
    faults = Faults()
    journal = Journal(settings.journal)
    webhooks = Webhooks(settings.endpoint(), clock, faults)
    bank = Bank(clock.seconds, faults, webhooks.notify, journal)
    listener = socket.create_server(("127.0.0.1", settings.port))
    config = uvicorn.Config(api(RequestHandler(bank, settings.secret, faults, journal)), log_config=None, access_log=False, lifespan="off")
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    running = asyncio.create_task(_run(bank, clock))
    try:
        while not server.started:
            if serving.done():
                await serving
            await asyncio.sleep(0.01)
        yield Provider(f"http://127.0.0.1:{listener.getsockname()[1]}", bank, faults, webhooks)
    finally:
        running.cancel()
        server.should_exit = True
        await asyncio.gather(serving, running, return_exceptions=True)
        listener.close()
        await webhooks.close()


async def _run(bank: Bank, clock: Clock) -> None:
    """Holds expire, and once a day what is due is paid out to the merchant's bank."""
    paid_out = clock.seconds()
    while True:
        await clock.sleep(EXPIRY_LOOK_S)
        bank.expire_due()
        if clock.seconds() >= paid_out + PAYOUT_EVERY_S:
            paid_out = clock.seconds()
            bank.pay_out()
