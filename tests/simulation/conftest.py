"""A small central system made with the PyPI package `ocpp`: its schemas judge every frame our chargers send."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import websockets
from ocpp.messages import Call, CallResult, validate_payload

from forecourt.simulation.charger import ChargerSpec, EvseSpec, FaultPlan, SimulatedCharger, TransactionTruth, build_charger
from forecourt.simulation.clock import Clock

Payload = dict[str, Any]
ORIGIN = datetime(2019, 9, 5, 12, tzinfo=UTC)
VERSIONS = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}


class Central:
    """Answers what chargers send, keeps it, and gives orders. silent, refusing: actions that get no answer, or an error, that often.

    groups: by token, whose it is. limits: of a charge, to be told in the answers to what was asked for.
    """

    def __init__(self) -> None:
        self.frames: list[tuple[str, str, str, Payload]] = []
        self.silent: dict[str, int] = {}
        self.refusing: dict[str, int] = {}
        self.boot_answers: list[str] = []
        self.verdict = "Accepted"
        self.certificate = "Accepted"
        self.groups: dict[str, str] = {}
        self.limits: list[Payload] = []
        self.errors: list[str] = []
        self.headers: list[str | None] = []
        self._sockets: dict[str, websockets.ServerConnection] = {}
        self._waiting: dict[str, asyncio.Future[Payload]] = {}
        self._transactions = 100
        self._starts: dict[str, int] = {}
        self.url = ""

    def of(self, action: str) -> list[Payload]:
        return [payload for _, _, a, payload in self.frames if a == action]

    async def until(self, true: Callable[[], Any], seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.005)

    async def order(self, identity: str, action: str, payload: Payload) -> Payload:
        socket = self._sockets[identity]
        version = VERSIONS[str(socket.subprotocol)]
        await validate_payload(Call("order", action, payload), version)
        answer = await self.order_unchecked(identity, action, payload)
        await validate_payload(CallResult("order", answer, action), version)
        return answer

    async def order_unchecked(self, identity: str, action: str, payload: Payload) -> Payload:
        message_id = f"order-{len(self._waiting)}"
        self._waiting[message_id] = asyncio.get_running_loop().create_future()
        await self._sockets[identity].send(json.dumps([2, message_id, action, payload]))
        return await asyncio.wait_for(self._waiting[message_id], 60)

    def kick(self, identity: str) -> None:
        """Die on this charger: no close frame."""
        self._sockets[identity].transport.abort()

    async def serve(self, socket: websockets.ServerConnection) -> None:
        assert socket.request is not None
        identity = socket.request.path.rsplit("/", 1)[1]
        self.headers.append(socket.request.headers.get("Authorization"))
        self._sockets[identity] = socket
        version = VERSIONS[str(socket.subprotocol)]
        async for text in _lines(socket):
            message = json.loads(text)
            if message[0] != 2:
                future = self._waiting.get(message[1])
                if future is not None:
                    future.set_result(message[2]) if message[0] == 3 else future.set_exception(RuntimeError(str(message)))
                continue
            try:
                await validate_payload(Call(message[1], message[2], message[3]), version)
            except Exception as error:  # noqa: BLE001 - whatever the oracle minds is kept and fails the test
                self.errors.append(f"{message[2]}: {error} in {message[3]}")
            self.frames.append((identity, message[1], message[2], message[3]))
            if self.silent.get(message[2], 0) > 0:
                self.silent[message[2]] -= 1
                continue
            if self.refusing.get(message[2], 0) > 0:
                self.refusing[message[2]] -= 1
                await socket.send(json.dumps([4, message[1], "InternalError", "", {}]))
                continue
            with suppress(websockets.ConnectionClosed):
                await socket.send(json.dumps([3, message[1], self._answer(message[2], message[3])]))

    def _answer(self, action: str, payload: Payload) -> Payload:
        now = "2019-09-05T00:00:00Z"
        match action:
            case "BootNotification":
                status = self.boot_answers.pop(0) if self.boot_answers else "Accepted"
                return {"status": status, "currentTime": now, "interval": 900 if status == "Accepted" else 5}
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize":
                return self._judged(payload) | ({"certificateStatus": self.certificate} if "certificate" in payload else {})
            case "StartTransaction":
                key = json.dumps(payload, sort_keys=True)
                if key not in self._starts:
                    self._transactions += 1
                    self._starts[key] = self._transactions
                return {"transactionId": self._starts[key], **self._judged(payload)}
            case "TransactionEvent":
                limit = {"transactionLimit": self.limits.pop(0)} if self.limits and payload["triggerReason"] == "Trigger" else {}
                return limit | (self._judged(payload) if "idToken" in payload else {})
        return {}

    def _judged(self, payload: Payload) -> Payload:
        old = "idTag" in payload
        group = self.groups.get(payload["idTag"] if old else payload["idToken"]["idToken"])
        if old:
            return {"idTagInfo": {"status": self.verdict, **({"parentIdTag": group} if group else {})}}
        return {"idTokenInfo": {"status": self.verdict, **({"groupIdToken": {"idToken": group, "type": "Central"}} if group else {})}}


async def _lines(socket: websockets.ServerConnection) -> AsyncIterator[str | bytes]:
    with suppress(websockets.ConnectionClosed):
        while True:
            yield await socket.recv()


class Watch:
    """Keeps what physically happened."""

    def __init__(self) -> None:
        self.currents: list[tuple[str, float, float]] = []
        self.ended: list[TransactionTruth] = []

    def current_changed(self, label: str, current_a: float, at: float) -> None:
        self.currents.append((label, current_a, at))

    def transaction_ended(self, truth: TransactionTruth) -> None:
        self.ended.append(truth)


@pytest.fixture
async def central() -> AsyncIterator[Central]:
    system = Central()
    async with websockets.serve(system.serve, "127.0.0.1", 0, subprotocols=list(VERSIONS)) as server:  # type: ignore[arg-type]
        system.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ocpp"
        yield system
    assert system.errors == []


Power = Callable[..., AbstractAsyncContextManager[tuple[SimulatedCharger, Watch]]]


@pytest.fixture
def power(central: Central, tmp_path: Path) -> Power:
    """Switch on one charger CP1 (one 32 A socket at 208 V), wait for its boot; off again at the end of the block.

    Its time can be held: `charger.clock.run_at`.
    """

    @asynccontextmanager
    async def on(
        protocol: str, speed: float = 600, faults: FaultPlan | None = None, boot: bool = True, **changes: Any
    ) -> AsyncIterator[tuple[SimulatedCharger, Watch]]:
        watch = Watch()
        spec = ChargerSpec(
            url=central.url,
            identity="CP1",
            protocol=protocol,
            password="secret-of-cp1-0000",
            **{"evses": (EvseSpec(1, "CP1", voltage_v=208, register_wh=1_000_000),), **changes},
        )
        charger = build_charger(spec, Clock.starting(ORIGIN, speed, tmp_path / "pace"), watch, faults or FaultPlan())
        task = asyncio.create_task(charger.run())
        try:
            if boot:
                await asyncio.wait_for(charger.booted.wait(), 60)
            yield charger, watch
        finally:
            charger.stop()
            await asyncio.wait_for(task, 60)

    return on
