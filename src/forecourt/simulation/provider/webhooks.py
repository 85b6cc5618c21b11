"""Notifies the merchant: signed, repeated until acknowledged, and sometimes twice, late or out of order."""

import asyncio
import hmac
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import httpx

from forecourt.simulation.clock import Clock, stamp
from forecourt.simulation.provider.model import Faults, Intent

HEADER = "Payment-Signature"
EventFormat = Callable[[str, str, Intent, float], dict[str, Any]]
# Clock seconds between attempts; after the last the event is dropped, and the merchant has to poll.
WAITS_S = (5.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0)


def signature(secret: str, body: bytes, at: float) -> str:
    """ "t=<unix seconds>,v1=<HMAC-SHA256 of "t.body", hexadecimal>"."""
    mac = hmac.new(secret.encode(), f"{int(at)}.".encode() + body, sha256)
    return f"t={int(at)},v1={mac.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are sent. header: of the signature; event_format: makes the body from an event's id, name, payment and instant."""

    url: str
    secret: str
    event_format: EventFormat
    header: str = HEADER


def own_format(account: str) -> EventFormat:
    """Events in the format of the provider's own API."""
    return lambda event_id, name, intent, at: {
        "id": event_id,
        "name": name,
        "account": account,
        "live": False,
        "at": stamp(at),
        "payment": intent.answer(),
    }


@cache
def _trusted() -> ssl.SSLContext:
    """Loaded once and shared: it takes 40 ms of CPU time."""
    return httpx.create_ssl_context()


class Webhooks:
    """Sends events to one address until closed."""

    def __init__(self, endpoint: Endpoint, clock: Clock, faults: Faults) -> None:
        self._endpoint, self._clock, self._faults = endpoint, clock, faults
        self._count = 0
        self._waiting: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=5.0, verify=_trusted())
        self.delivered = 0
        self.given_up = 0

    def notify(self, name: str, intent: Intent) -> None:
        """Queue an event; called from the loop that runs the server."""
        self._count += 1
        event = self._endpoint.event_format(f"evt_{intent.id}_{name}_{self._count:08d}", name, intent, self._clock.seconds())
        if not self._endpoint.url or self._faults.take("webhooks_lost"):
            return
        self._waiting.append(json.dumps(event, separators=(",", ":")).encode())
        if self._faults.webhook_reverse and len(self._waiting) < 2:
            return
        ready, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._send(list(reversed(ready)) if self._faults.webhook_reverse else ready))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _send(self, events: list[bytes]) -> None:
        if self._faults.webhook_late_s:
            await self._clock.sleep(self._faults.webhook_late_s)
        for event in events:
            for _ in range(max(1, self._faults.webhook_copies)):
                await self._deliver(event)

    async def _deliver(self, event: bytes) -> None:
        for wait_s in (*WAITS_S, None):
            headers = {
                self._endpoint.header: signature(self._endpoint.secret, event, self._clock.seconds()),
                "Content-Type": "application/json",
            }
            try:
                answer = await self._client.post(self._endpoint.url, content=event, headers=headers)
                if answer.is_success:
                    self.delivered += 1
                    return
            except httpx.HTTPError:
                pass  # the merchant is unreachable: the next attempt follows
            if wait_s is None:
                self.given_up += 1
            else:
                await self._clock.sleep(wait_s)
