"""A provider on a loopback port, the client that talks to it, and a place that hears its webhooks: all over real HTTP."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from forecourt.processors import ProviderClient, ProviderOptions, StripeClient, StripeOptions
from forecourt.simulation.clock import Clock
from forecourt.simulation.provider import Intent, Provider, ProviderSettings
from provider_thread import ProviderThread, provider_thread

SECRET = "sk_test_of_this_run"


@dataclass
class Heard:
    """What the webhook address was sent, in order; refusals: how many of the next it turns away."""

    url: str = ""
    got: list[tuple[bytes, str]] = field(default_factory=list)
    refusals: int = 0

    def wait_for(self, count: int, within_s: float = 10.0) -> list[tuple[bytes, str]]:
        deadline = time.monotonic() + within_s
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.got


@pytest.fixture
def heard() -> Iterator[Heard]:
    hears = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hears.refusals:
                hears.refusals -= 1
                self.send_response(503)
            else:
                hears.got.append((body, self.headers["Payment-Signature"] or self.headers["Stripe-Signature"]))
                self.send_response(200)
            self.end_headers()

        def log_request(self, code: int | str = 0, size: int | str = 0) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hears.url = f"http://127.0.0.1:{server.server_port}/webhooks/payments"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield hears
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class World:
    """speed: clock seconds in a real one."""

    serving: ProviderThread
    client: ProviderClient | StripeClient
    clock: Clock

    @property
    def provider(self) -> Provider:
        return self.serving.provider

    def calls(self, what: Callable[..., Intent], *given: object) -> Intent:
        return self.serving.calls(what, *given)

    def taps(self, minor: int) -> Intent:
        return self.calls(self.provider.bank.tap, minor, "EUR")

    @property
    def stripe(self) -> bool:
        return isinstance(self.client, StripeClient)

    def other_client(self, key: str) -> ProviderClient | StripeClient:
        """The same client with another key, and a short patience."""
        return _client(self.stripe, self.provider.url, key)

    def now(self) -> datetime:
        return self.clock.now()


def _client(stripe: bool, url: str, key: str) -> ProviderClient | StripeClient:
    if stripe:
        return StripeClient(key, StripeOptions((key,), timeout_s=1.0, tolerance_s=300_000.0, url=url))
    return ProviderClient(url, key, ProviderOptions(timeout_s=1.0, tolerance_s=300_000.0))


@pytest.fixture(params=["own", "stripe"])
def world(heard: Heard, request: pytest.FixtureRequest) -> Iterator[World]:
    """The provider runs in a thread with a loop of its own; its clock is a thousand times as fast as the wall's.

    Every story is told twice: to the provider's own API, and to the same provider in Stripe's words, by the Stripe SDK.
    """
    stripe = request.param == "stripe"
    clock = Clock.starting(datetime(2026, 6, 1, 12, tzinfo=UTC), 1000.0)
    settings = ProviderSettings(SECRET, heard.url, stripe=stripe)
    with provider_thread(settings, clock) as serving, _client(stripe, serving.provider.url, SECRET) as client:
        yield World(serving, client, clock)
        serving.provider.bank.totals()  # whatever a test did: no money appeared or vanished
