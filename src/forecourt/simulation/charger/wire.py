"""The life of a charger's connection: connect, boot, heartbeat, reconnect; and its queue of outgoing messages.

One message at a time is outstanding. Transaction messages keep their order and are repeated until acknowledged, across any number of lost
connections; everything else is sent once, and dropped while disconnected.
"""

import asyncio
import uuid
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from forecourt.simulation.charger.faults import NO_FAULTS, FaultInjector, FaultPlan
from forecourt.simulation.charger.link import CallRefused, Link, LinkLost, Payload, Unanswered
from forecourt.simulation.charger.settings import ChargerSpec
from forecourt.simulation.clock import Clock, Timer
from forecourt.simulation.randomness import seeded

BOOT_PAUSE_S = 10.0  # when a refused boot names no interval
SHORTEST_PAUSE_S = 0.02  # real: a busy clock must not turn a retry into a flood


@dataclass(slots=True)
class TransactionMessage:
    """A message that must arrive. build: makes the payload when it is first sent, once everything it needs is known."""

    action: str
    build: Callable[[], Payload]
    on_answer: Callable[[Payload], None]
    message_id: str
    payload: Payload | None = None
    refusals: int = 0


@dataclass(slots=True)
class QueuedCall:
    """A message that only matters now. answer: for a caller that waits."""

    action: str
    payload: Payload
    answer: "asyncio.Future[Payload] | None" = None


@dataclass(slots=True)
class WireCount:
    """Counts of messages. acknowledged: transaction messages answered with a result, each once."""

    acknowledged: int = 0
    sent: int = 0
    resent: int = 0
    links: int = 0
    links_lost: int = 0
    discarded: list[str] = field(default_factory=list)
    trouble: str = ""  # why the last try to connect failed; empty once it worked

    @property
    def reconnects(self) -> int:
        return max(0, self.links - 1)


class Wire(ABC):
    """The connected half of a charger. Subclasses decide what is sent and answer what comes."""

    def __init__(self, spec: ChargerSpec, clock: Clock, faults: FaultPlan = NO_FAULTS) -> None:
        self.spec = spec
        self.clock = clock
        self.count = WireCount()
        self.heartbeat_s = 300.0
        self.password = spec.password
        self.message_attempts = 3
        self.retry_interval_s = 10.0
        self.booted = asyncio.Event()
        self.drained = asyncio.Event()
        self.drained.set()
        self._faults = FaultInjector(faults, seeded(spec.seed, spec.identity, "faults"))
        self._jitter = seeded(spec.seed, spec.identity, "backoff")
        self._link: Link | None = None
        self._online = False
        self._wake = asyncio.Event()
        self._calls: deque[QueuedCall] = deque()
        self._outbox: deque[TransactionMessage] = deque()
        self._held_until = 0.0  # real loop time before which the outbox rests
        self._dark_until = 0.0  # virtual instant before which the link stays down
        self._boot_reason = "PowerUp"
        self._heartbeat: Timer | None = None
        self._last_sent = 0.0
        self._stopped = asyncio.Event()
        self._ids = 0
        self._id_stem = uuid.UUID(int=seeded(spec.seed, spec.identity, "ids").getrandbits(128)).hex[:12]

    @abstractmethod
    def boot_payload(self, reason: str) -> Payload: ...

    @abstractmethod
    def came_online(self) -> None:
        """Report the state of every socket, after a boot and after a lost connection."""

    @abstractmethod
    def handle(self, action: str, payload: Payload) -> Payload:
        """Answer an incoming call. Raises CallRefused."""

    @property
    def online(self) -> bool:
        return self._online

    @property
    def backlog(self) -> int:
        """Transaction messages not yet acknowledged."""
        return len(self._outbox)

    async def run(self) -> None:
        """Run until `stop`; network failures never raise."""
        first, longest = self.spec.backoff_s
        pause = first
        while not self._stopped.is_set():
            if not await self._connect():
                await self._pause(pause * (0.5 + self._jitter.random()))
                pause = min(longest, pause * 2)
                continue
            pause = first
            await self._live()

    def stop(self) -> None:
        """Shut down: close the socket and cancel timers."""
        self._stopped.set()
        self._cancel_heartbeat()
        if self._link is not None:
            self._link.close()
        self._wake.set()

    def cut(self, seconds: float) -> None:
        """Lose the connection for a virtual span."""
        self._dark_until = self.clock.seconds() + seconds
        if self._link is not None:
            self._link.drop()

    def reboot(self, reason: str, seconds: float) -> None:
        """Power-cycle: the connection is lost, unsent messages and the meter are kept."""
        self._boot_reason = reason
        self.booted.clear()
        self.cut(seconds)

    def enqueue_call(self, action: str, payload: Payload) -> None:
        """Send when the queue is free; dropped while disconnected."""
        if self._online:
            self._calls.append(QueuedCall(action, payload))
            self._wake.set()

    async def call_and_wait(self, action: str, payload: Payload) -> Payload:
        """Send and wait. Raises LinkLost, CallRefused."""
        if not self._online:
            raise LinkLost("offline")
        call = QueuedCall(action, payload, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        self._wake.set()
        assert call.answer is not None  # noqa: S101 - for the type checker
        return await call.answer

    def queue(self, action: str, build: Callable[[], Payload], on_answer: Callable[[Payload], None]) -> None:
        """Send in order, until acknowledged."""
        self._outbox.append(TransactionMessage(action, build, on_answer, self._new_id()))
        self.drained.clear()
        self._wake.set()

    def boot_again(self) -> None:
        """Send a BootNotification out of turn, as requested by the server."""
        if self._online:
            self.enqueue_call("BootNotification", self.boot_payload("Triggered"))
        else:
            self._wake.set()

    def take_password(self, password: str) -> None:
        """Used from the next connection on, which is made at once."""
        self.password = password
        if self._link is not None:
            self.after_answer(self._link.close)

    def beat(self) -> None:
        self.enqueue_call("Heartbeat", {})

    def set_heartbeat(self, seconds: float) -> None:
        self.heartbeat_s = max(1.0, seconds)
        if self._online:
            self._arm_heartbeat()

    @staticmethod
    def after_answer(act: Callable[[], object]) -> None:
        """Run it once the answer to the current call is sent."""
        asyncio.get_running_loop().call_soon(act)

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._id_stem}-{self._ids}"

    async def _connect(self) -> bool:
        while (dark := self._dark_until - self.clock.seconds()) > 0 and not self._stopped.is_set():
            await self._pause(max(self.clock.real(dark), 0.0005))
        if self._stopped.is_set():
            return False
        link = Link(self._handle_guarded, self._wake.set)
        spec = self.spec
        try:
            await Link.connect(spec.url, spec.identity, spec.protocol, self.password, link)
        except LinkLost as error:
            self.count.trouble = str(error)
            return False
        self.count.trouble = ""
        self._link = link
        self.count.links += 1
        return True

    async def _pause(self, real_s: float) -> None:
        """Sleep, but not past `stop`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(real_s):
                await self._stopped.wait()

    async def _live(self) -> None:
        """Handle one connection, from opening to loss."""
        try:
            while not self.booted.is_set():
                await self._boot()
            self._online = True
            self._arm_heartbeat()
            self.came_online()
            await self._serve()
        except LinkLost:
            self.count.links_lost += 1
        finally:
            self._online = False
            self._cancel_heartbeat()
            self._drop_calls()
            if self._link is not None:
                self._link.close()
                self._link = None

    async def _boot(self) -> None:
        try:
            answer = await self._call("BootNotification", self.boot_payload(self._boot_reason))
        except CallRefused:
            answer = {"status": "Rejected", "interval": 0}
        interval = float(answer["interval"])
        if answer["status"] == "Accepted":
            self.heartbeat_s = interval or self.heartbeat_s
            self.booted.set()
            return
        self._wake.clear()
        await self._rest(max(self.clock.real(interval or BOOT_PAUSE_S), SHORTEST_PAUSE_S))

    async def _serve(self) -> None:
        while self._link is not None and self._link.up and not self._stopped.is_set():
            self._wake.clear()
            if self._calls:
                await self._send_call(self._calls.popleft())
            elif self._outbox and (wait := self._held_until - asyncio.get_running_loop().time()) <= 0:
                await self._send_transaction(self._outbox[0])
            else:
                await self._rest(wait if self._outbox else None)
        raise LinkLost("closed")

    async def _rest(self, real_s: float | None) -> None:
        """Wait until something is to be sent, or the span is over."""
        if real_s is None:
            await self._wake.wait()
            return
        timer = asyncio.get_running_loop().call_later(real_s, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()
        if self._link is None or not self._link.up:
            raise LinkLost("closed")

    async def _call(self, action: str, payload: Payload, message_id: str | None = None) -> Payload:
        if self._link is None:
            raise LinkLost("no link")
        self.count.sent += 1
        self._last_sent = self.clock.seconds()
        return await self._link.call(message_id or self._new_id(), action, payload, self.spec.answer_timeout_s)

    async def _send_call(self, call: QueuedCall) -> None:
        try:
            answer = await self._call(call.action, call.payload)
        except (CallRefused, LinkLost) as error:
            if call.answer is not None and not call.answer.done():
                call.answer.set_exception(error)
            if isinstance(error, LinkLost) and not isinstance(error, Unanswered):
                raise
            return
        if call.answer is not None and not call.answer.done():
            call.answer.set_result(answer)

    async def _send_transaction(self, message: TransactionMessage) -> None:
        """Send the oldest; remove it from the queue only when acknowledged (or refused too often)."""
        if message.payload is None:
            message.payload = message.build()
        else:
            self.count.resent += 1
        if self._faults.should_cut():
            asyncio.get_running_loop().call_soon(self.cut, self._faults.plan.cut_s)
        try:
            answer = await self._call(message.action, message.payload, message.message_id)
            if self._faults.should_lose_answer():
                raise Unanswered("lost on the way")
        except Unanswered:
            self._try_again(message, self.retry_interval_s)
            return
        except CallRefused as refusal:
            message.refusals += 1
            if message.refusals < self.message_attempts:
                self._try_again(message, self.retry_interval_s * message.refusals)
                return
            self.count.discarded.append(f"{message.action}: {refusal}")
            self._done()
            return
        self.count.acknowledged += 1
        self._done()
        message.on_answer(answer)
        if self._faults.should_duplicate():
            again = self._new_id() if self._faults.should_change_id() else message.message_id
            await self._call(message.action, message.payload, again)

    def _done(self) -> None:
        self._outbox.popleft()
        if not self._outbox:
            self.drained.set()

    def _try_again(self, message: TransactionMessage, seconds: float) -> None:
        if self._faults.should_change_id():
            message.message_id = self._new_id()
        self._held_until = asyncio.get_running_loop().time() + max(self.clock.real(seconds), SHORTEST_PAUSE_S)

    def _drop_calls(self) -> None:
        while self._calls:
            call = self._calls.popleft()
            if call.answer is not None and not call.answer.done():
                call.answer.set_exception(LinkLost("the link broke"))

    def _handle_guarded(self, action: str, payload: Payload) -> Payload:
        try:
            return self.handle(action, payload)
        except (KeyError, TypeError, ValueError) as error:
            code = "FormationViolation" if self.spec.protocol == "ocpp1.6" else "FormatViolation"
            raise CallRefused(code, f"{action}: {error!r}") from error

    def _arm_heartbeat(self) -> None:
        """Only if nothing else was sent for the interval: any message shows that the charger is alive."""
        self._cancel_heartbeat()
        due = max(self._last_sent, self.clock.seconds() - self.heartbeat_s) + self.heartbeat_s
        self._heartbeat = self.clock.call_at(due, self._heartbeat_due)

    def _heartbeat_due(self) -> None:
        if self.clock.seconds() - self._last_sent >= self.heartbeat_s * 0.99:
            self.beat()
            self._last_sent = self.clock.seconds()
        self._arm_heartbeat()

    def _cancel_heartbeat(self) -> None:
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            self._heartbeat = None
