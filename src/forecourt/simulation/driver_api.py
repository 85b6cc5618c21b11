"""The REST calls of a driver's app, all of them, in one place."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

FIRST_PAUSE_S = 0.05  # real, doubling
MAX_PAUSE_S = 2.0
WAITING_S = 0.02
MAX_WH = 200_000  # the most that can be requested; drivers who need more request this much
NOT_YET = frozenset({404, 409, 425, 429, 500, 502, 503, 504})  # may succeed in a moment


class DriverRefused(Exception):
    """The API refused for good."""


@dataclass(slots=True)
class Service:
    """What all apps of a site share: the address, the connections, and the ids of the site's sockets by label.

    on_wait: called repeatedly while an app waits for an answer.
    """

    http_url: str
    site: str
    client: httpx.AsyncClient
    on_wait: Callable[[], None] = lambda: None
    sockets: dict[str, str] = field(default_factory=dict)


class DriverApi:
    """One driver's app.

    A call retries through lost connections and "not yet" answers until its task is cancelled, when the driver leaves. trouble: the last
    such answer, empty once a call succeeded. Raises DriverRefused for a final refusal.
    """

    def __init__(self, service: Service, api_token: str) -> None:
        self._service = service
        self._headers = {"Authorization": f"Bearer {api_token}"}
        self.trouble = ""

    async def state_needs(self, label: str, energy_wh: int | None, departure: datetime | None) -> None:
        """State the car's need and departure, as far as known."""
        departure_text = departure.astimezone(UTC).isoformat().replace("+00:00", "Z") if departure else None
        needs = {"energy_wh": None if energy_wh is None else min(energy_wh, MAX_WH), "departure": departure_text}
        stated = {name: value for name, value in needs.items() if value is not None}
        await self._send("POST", "needs", {"evse": await self._socket(label), **stated})

    async def start_charge(self, label: str, key: str) -> None:
        """Request a charge; repeating it with the same key requests only one."""
        await self._send("POST", "charges", {"evse": await self._socket(label)}, key)

    async def charges(self) -> list[dict[str, Any]]:
        """The driver's running charges."""
        return list(await self._send("GET", "charges"))

    async def _socket(self, label: str) -> str:
        """The id behind a socket's label, from the site's public page."""
        sockets = self._service.sockets
        if not sockets:
            site = await self._send("GET", f"sites/{self._service.site}")
            sockets.update({socket["label"]: socket["evse"] for socket in site["sockets"]})
        if label not in sockets:
            raise DriverRefused(f"{self._service.site} has no socket {label}")
        return sockets[label]

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
        pause = FIRST_PAUSE_S
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        url = f"{self._service.http_url.rstrip('/')}/api/v1/{path}"
        while True:
            try:
                response = await self._answer(self._service.client.build_request(method, url, headers=headers, json=body))
            except httpx.TransportError as error:
                self.trouble = f"{method} {path}: {error!r}"
            else:
                if response.is_success:
                    self.trouble = ""
                    return response.json() if response.content else {}
                self.trouble = f"{method} {path}: {response.status_code} {response.text[:200]}"
                if response.status_code not in NOT_YET:
                    raise DriverRefused(self.trouble)
            await asyncio.sleep(pause)
            pause = min(MAX_PAUSE_S, pause * 2)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        sending = asyncio.create_task(self._service.client.send(request))
        try:
            while not sending.done():
                self._service.on_wait()
                await asyncio.wait({sending}, timeout=WAITING_S)
            return sending.result()
        finally:
            sending.cancel()
