"""The network of `lost_worker.py`: one charger, which takes its time to answer."""

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from forecourt.assembly.admin import Admin
from forecourt.assembly.identifiers import RandomIds
from forecourt.assembly.settings import settings_from
from forecourt.flows.desk import enqueue_order
from forecourt.flows.ports import Store
from forecourt.kernel import ChargerId
from forecourt.stations import Unlock

CHARGER, PASSWORD = "BENCH-1", "0123456789abcdef0123456789abcdef"
BASE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("operator", {"name": "Bench", "legal_name": "Bench GmbH", "country": "DE", "currency": "EUR", "address": "Weg 1"}),
    ("site", {"operator": "Bench", "slug": "bench", "name": "Bench", "country": "DE", "zone": "Europe/Berlin", "currency": "EUR"}),
    ("charger", {"id": CHARGER, "site": "bench", "ocpp": "1.6", "password": PASSWORD, "sockets": [
        {"kind": "Type 2 22 kW", "phases": ["L1", "L2", "L3"], "voltage_v": 230, "max_a": 32},
    ]}),
)  # fmt: skip


def set_up(environment: dict[str, str]) -> None:
    """Bring the schema up to date, and enter the charger."""
    with Admin(settings_from(environment)) as admin:
        for kind, content in BASE:
            admin.add(kind, content)


def order_unlock(store: Store, key: str) -> None:
    """As a person at the console would have it done."""
    enqueue_order(store, ChargerId(CHARGER), Unlock(1), datetime.now(UTC), RandomIds(), key)


def plug_in(port: int) -> connect:
    """The charger's socket, to be opened with `async with`."""
    word = b64encode(f"{CHARGER}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {word}"}
    return connect(f"ws://127.0.0.1:{port}/ocpp/{CHARGER}", subprotocols=["ocpp1.6"], additional_headers=headers)  # type: ignore[list-item]


class Charger:
    """Answers every order, an Unlock after `answer_s`; unlocks: how many reached it."""

    def __init__(self, socket: ClientConnection, answer_s: float) -> None:
        self._socket, self._answer_s = socket, answer_s
        self.unlocks = 0

    async def serve(self) -> None:
        async for frame in self._socket:
            message = json.loads(frame)
            if message[0] == 2:
                is_unlock = message[2] == "UnlockConnector"
                self.unlocks += is_unlock
                await asyncio.sleep(self._answer_s if is_unlock else 0)
                await self._socket.send(json.dumps([3, message[1], {"status": "Unlocked" if is_unlock else "Accepted"}]))
