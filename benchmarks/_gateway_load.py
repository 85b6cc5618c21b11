"""The load: simulated OCPP 1.6 chargers, using as little CPU as possible, in a process of their own.

    python benchmarks/_gateway_load.py URL PLAN.json RESULT.json

Prints `begin` and `end` around the measured time, so that the parent process can read the servers' CPU clocks.
"""

import asyncio
import json
import sys
import time
from array import array
from base64 import b64encode
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

METERS = 10
STEPS = ("BootNotification", "StatusNotification", "Authorize", "StartTransaction", *["MeterValues"] * METERS, "StopTransaction")
CONNECTING_AT_ONCE = 100
RECONNECT_S = 0.2
IDLE_WITHIN_S = 60.0
_NO_DIGITS = str.maketrans("", "", "-:.TZ")


@dataclass(frozen=True, slots=True)
class Plan:
    """chargers: identities. storm: all connect at once, boot, report their socket, and stop there.

    keep: remember every acknowledged payload, and send again what was not answered when the socket broke.
    """

    chargers: list[str]
    password: str
    seconds: float = 10.0
    warm_s: float = 5.0  # connecting leaves work behind: links are kept
    storm: bool = False
    keep: bool = False


@dataclass(slots=True)
class Score:
    """latencies_ms: by position in STEPS. acknowledged: (charger, action, payload) where the plan says to keep them."""

    transactions: int = 0
    messages: int = 0
    errors: list[str] = field(default_factory=list)
    ready_ms: "array[float]" = field(default_factory=lambda: array("f"))  # from the first byte sent to the answered status
    latencies_ms: "list[array[float]]" = field(default_factory=lambda: [array("f") for _ in STEPS])
    orders: int = 0
    reconnects: int = 0
    acknowledged: list[tuple[str, str, str]] = field(default_factory=list)


class Fleet:
    """What all chargers of the process share."""

    def __init__(self, url: str, plan: Plan) -> None:
        self.url, self.plan, self.score = url, plan, Score()
        self.measuring = False
        self.closing = False
        self.sending = True
        self.idle = asyncio.Event()
        self.waiting = 0

    def answered(self) -> None:
        """One message less is open."""
        self.waiting -= 1
        if self.waiting == 0 and not self.sending:
            self.idle.set()


class Charger(WSListener):
    """One message open at a time: boot, status, authorise, start, meter values, stop, and again."""

    def __init__(self, fleet: Fleet, name: str) -> None:
        super().__init__()
        self.fleet, self.name = fleet, name
        self.transport: WSTransport | None = None
        self.step = -1
        self.count = 0
        self.number = b"0"
        self.register_wh = 1000
        self.payload = ""
        self.sent_s = 0.0
        self.open = False
        self.ready = asyncio.Event()
        self.born_s = time.perf_counter()

    async def connect(self) -> None:
        credentials = b64encode(f"{self.name}:{self.fleet.plan.password}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Sec-WebSocket-Protocol": "ocpp1.6"}
        await ws_connect(lambda: self, f"{self.fleet.url}/{self.name}", extra_headers=headers, websocket_handshake_timeout=60)
        if self.transport is None:  # the library says nothing of it
            raise ConnectionAbortedError("the handshake was cut off")

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if self.open:
            self._send()  # again: nobody knows whether it was kept
        elif self.step < 0:
            self.advance()

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        self.transport = None
        if not self.fleet.closing:
            if self.fleet.plan.keep:
                asyncio.get_running_loop().create_task(self._return())
            else:
                self._cut_off("disconnected")

    def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        text = frame.get_payload_as_bytes()
        mine = b'"%d"' % self.count
        if text[3 : 3 + len(mine)] == mine and text[1:2] in b"32":
            self._answered(text)
        elif text.startswith(b"[2,"):
            self._obey(text)
        else:
            self.fleet.score.errors.append(text[:200].decode())

    def advance(self) -> None:
        self.step = (self.step + 1) % len(STEPS)
        self.payload = self._payload(self.step)
        self.count += 1
        self.open = True
        self.fleet.waiting += 1
        self._send()

    def _send(self) -> None:
        assert self.transport is not None
        self.sent_s = time.perf_counter()
        self.transport.send(WSMsgType.TEXT, b'[2,"%d","%b",%b]' % (self.count, STEPS[self.step].encode(), self.payload.encode()))

    def _answered(self, text: bytes) -> None:
        fleet, score, step = self.fleet, self.fleet.score, self.step
        self.open = False
        fleet.answered()
        if fleet.measuring:
            score.messages += 1
            score.latencies_ms[step].append((time.perf_counter() - self.sent_s) * 1000)
            score.transactions += step == len(STEPS) - 1
        if step == 3:
            self._learn_number(text)
        if fleet.plan.keep:
            score.acknowledged.append((self.name, STEPS[step], self.payload))
        if step == 1 and not self.ready.is_set():
            self.ready.set()
            score.ready_ms.append((time.perf_counter() - self.born_s) * 1000)
            if fleet.plan.storm:
                return
        if fleet.sending:
            self.advance()

    def _learn_number(self, text: bytes) -> None:
        at = text.find(b'"transactionId":')
        self.number = text[at + 16 :].split(b"}")[0].split(b",")[0].strip() if at >= 0 else b"1"
        if b"Accepted" not in text and text.startswith(b"[3"):
            self.fleet.score.errors.append(text[:200].decode())

    def _payload(self, step: int) -> str:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")[:23] + "Z"
        if step == 0:
            mark = now.translate(_NO_DIGITS)  # no boot is like another, and none is of other firmware: that would put the fallback in doubt
            return f'{{"chargePointVendor":"Bench","chargePointModel":"Load","firmwareVersion":"1","imsi":"{mark}"}}'
        if step == 1:
            return f'{{"connectorId":1,"errorCode":"NoError","status":"Preparing","timestamp":"{now}"}}'
        if step == 2:
            return f'{{"idTag":"{card_of(self.name)}"}}'
        if step == 3:
            return f'{{"connectorId":1,"idTag":"{card_of(self.name)}","meterStart":{self.register_wh},"timestamp":"{now}"}}'
        self.register_wh += 1
        if step == len(STEPS) - 1:
            return f'{{"transactionId":{self.number.decode()},"meterStop":{self.register_wh},"timestamp":"{now}","reason":"Local"}}'
        return (
            f'{{"connectorId":1,"transactionId":{self.number.decode()},"meterValue":[{{"timestamp":"{now}","sampledValue":['
            f'{{"value":"{self.register_wh}","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unit":"Wh"}},'
            f'{{"value":"16.0","measurand":"Current.Import","phase":"L1","unit":"A"}},'
            f'{{"value":"3328","measurand":"Power.Active.Import","unit":"W"}}]}}]}}'
        )

    def _obey(self, text: bytes) -> None:
        """An order: say yes."""
        self.fleet.score.orders += 1
        _, call_id, action, *_ = json.loads(text)
        answer = '{"configurationKey":[]}' if action == "GetConfiguration" else '{"status":"Accepted"}'
        if self.transport is not None:
            self.transport.send(WSMsgType.TEXT, f'[3,"{call_id}",{answer}]'.encode())

    def _cut_off(self, why: str) -> None:
        """An error, and nobody waits any longer for what this charger was waiting for."""
        self.fleet.score.errors.append(why)
        self.ready.set()
        if self.open:
            self.open = False
            self.fleet.answered()

    async def _return(self) -> None:
        while self.transport is None and not self.fleet.closing:
            await asyncio.sleep(RECONNECT_S)
            try:
                await self.connect()
                self.fleet.score.reconnects += 1
            except (OSError, WSError, TimeoutError):
                continue


def card_of(name: str) -> str:
    """Every charger has a driver of its own, with this card."""
    return f"B{name[1:]}"


async def run(url: str, plan: Plan) -> Score:
    fleet = Fleet(url, plan)
    chargers = [Charger(fleet, name) for name in plan.chargers]
    gate = asyncio.Semaphore(len(chargers) if plan.storm else CONNECTING_AT_ONCE)

    async def come(charger: Charger) -> None:
        async with gate:
            charger.born_s = time.perf_counter()
            try:
                await charger.connect()
                if plan.storm:
                    await charger.ready.wait()
            except (OSError, WSError, TimeoutError) as error:
                fleet.score.errors.append(f"not connected: {type(error).__name__} {error}")

    if plan.storm:
        fleet.measuring = True
        fleet.sending = True
        tell("begin")
        _, late = await asyncio.wait([asyncio.create_task(come(charger)) for charger in chargers], timeout=plan.seconds)
        fleet.score.errors += ["not ready in time"] * len(late)
        for task in late:
            task.cancel()
        tell("end")
        await asyncio.sleep(1)  # the watcher reads the servers' memory now
    else:
        await asyncio.gather(*map(come, chargers))
        await asyncio.sleep(plan.warm_s)
        fleet.measuring = True
        tell("begin")
        await asyncio.sleep(plan.seconds)
        tell("end")
        fleet.measuring = fleet.sending = False
        if fleet.waiting:
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_WITHIN_S):
                    await fleet.idle.wait()
        fleet.score.errors += ["not answered at the end"] * fleet.waiting
    fleet.closing = True
    for charger in chargers:
        if charger.transport is not None:
            charger.transport.disconnect()
    return fleet.score


def tell(word: str) -> None:
    print(word, flush=True)


def main() -> None:
    url, plan_file, result_file = sys.argv[1:]
    score = uvloop.run(run(url, Plan(**json.loads(Path(plan_file).read_text()))))
    figures = asdict(score) | {"ready_ms": list(score.ready_ms), "latencies_ms": [list(one) for one in score.latencies_ms]}
    Path(result_file).write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
