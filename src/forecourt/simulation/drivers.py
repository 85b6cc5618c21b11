"""Simulated drivers: they plug in, say what they need, pay by card or by app, and leave when their day says so."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import httpx

from forecourt.simulation.charger import SimulatedCharger
from forecourt.simulation.clock import Clock
from forecourt.simulation.model import RecordedSession

FIRST_PAUSE_S = 0.05  # real, doubling
LONGEST_PAUSE_S = 2.0
CARD_PAUSE_S = 60.0  # virtual: how long a refused driver waits before the next try
LOOK_PAUSE_S = 30.0  # virtual: how often an app looks whether the car charges
NOT_YET = frozenset({404, 409, 425, 429, 500, 502, 503, 504})  # the server may know better in a moment


class Inputs(StrEnum):
    """What drivers say they need: what they will really take, or what the record has them say."""

    TRUE = "true"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class DriverCredential:
    """card: token of an RFID driver; api_token: bearer token for REST. A driver without a card starts by app."""

    card: str | None = None
    api_token: str | None = None


class DriverRefused(Exception):
    """The API said no for good."""


class DriverApi:
    """The REST calls of a driver's app, all of them, in one place.

    Each waits through lost connections and "not yet" answers (the server may hear of the plug a moment later) until its
    task is cancelled: a driver gives up when leaving. Raises DriverRefused for a final no.
    """

    def __init__(self, http_url: str, client: httpx.AsyncClient) -> None:
        self._url = http_url.rstrip("/")
        self._client = client
        self.calls = 0
        self.retries = 0

    async def state_needs(self, api_token: str, evse: str, energy_wh: int, departure: datetime) -> None:
        body = {"evse": evse, "energy_wh": energy_wh, "departure": departure.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        await self._send("POST", "/api/v1/needs", api_token, body)

    async def start_charge(self, api_token: str, evse: str) -> str:
        """Returns the charge's id."""
        answer = await self._send("POST", "/api/v1/charges", api_token, {"evse": evse})
        return str(answer.get("id", ""))

    async def charge(self, api_token: str, charge_id: str) -> dict[str, Any]:
        return await self._send("GET", f"/api/v1/charges/{charge_id}", api_token, None)

    async def _send(self, method: str, path: str, api_token: str, body: dict[str, Any] | None) -> dict[str, Any]:
        pause = FIRST_PAUSE_S
        headers = {"Authorization": f"Bearer {api_token}"}
        while True:
            self.calls += 1
            with contextlib.suppress(httpx.TransportError):
                response = await self._client.request(method, self._url + path, headers=headers, json=body)
                if response.is_success:
                    return dict(response.json()) if response.content else {}
                if response.status_code not in NOT_YET:
                    raise DriverRefused(f"{method} {path}: {response.status_code} {response.text[:200]}")
            self.retries += 1
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)


@dataclass(slots=True)
class Driver:
    """One driver's visit to one socket."""

    session: RecordedSession
    credential: DriverCredential
    charger: SimulatedCharger
    evse: int
    clock: Clock
    api: DriverApi | None = None
    inputs: Inputs = Inputs.TRUE
    refused: str = ""

    async def arrange(self) -> None:
        """Everything between plugging in and leaving: say the needs, and start by card or app. Cancelled when leaving."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._start())
                group.create_task(self._state_needs())
        except* DriverRefused as refusals:
            self.refused = "; ".join(str(e) for e in refusals.exceptions)

    async def _state_needs(self) -> None:
        if self.api is None or self.credential.api_token is None:
            return
        said = self.session
        stated = self.inputs is Inputs.STATED
        energy_wh, departure = (said.requested_wh, said.stated_departure) if stated else (said.energy_wh, said.departure)
        await self.api.state_needs(self.credential.api_token, self._label, energy_wh, departure)

    async def _start(self) -> None:
        if self.credential.card is not None:
            await self._start_by_card(self.credential.card)
        elif self.api is not None and self.credential.api_token is not None:
            await self._start_by_app(self.api, self.credential.api_token)

    async def _start_by_card(self, card: str) -> None:
        while not await self.charger.present_card(self.evse, card):
            self.refused = f"card {card} refused"
            await self.clock.sleep(CARD_PAUSE_S)
        self.refused = ""

    async def _start_by_app(self, api: DriverApi, api_token: str) -> None:
        charge_id = await api.start_charge(api_token, self._label)
        while not self._charging:
            await self.clock.sleep(LOOK_PAUSE_S)
            await api.charge(api_token, charge_id)

    @property
    def _charging(self) -> bool:
        """What the driver sees at the charger: somebody may charge, be it with 0 A for now."""
        tx = self.charger.bays[self.evse].tx
        return tx is not None and tx.token is not None

    @property
    def _label(self) -> str:
        return self.charger.bays[self.evse].evse.spec.label
