"""One connection to NATS per process."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, Self, TypeVar

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from forecourt.bus.errors import BusDown, HolderFailed, NoAnswer, NoHolder
from forecourt.bus.hints import HintListener, HintQueue
from forecourt.bus.subjects import charger_subject, hint_subject, presence_subject

_T = TypeVar("_T")
OrderHandler = Callable[[bytes], Awaitable[bytes]]

RECONNECT_PAUSE_SECONDS: Final = 0.2
FAILED_HEADER: Final = "Forecourt-Failed"
# For a moment, two processes may both believe that they hold the same socket: the queue group delivers each order to only one of them.
HOLDERS: Final = "holder"

_log = logging.getLogger(__name__)


class Bus:
    """Orders and hints over one connection, which reconnects by itself. Made by `await Bus.connect(url)`, in the loop that will use it."""

    def __init__(self) -> None:
        self._client = Client()
        self._loop = asyncio.get_running_loop()
        self._held: dict[str, Subscription] = {}
        self._present: dict[str, Subscription] = {}
        self._listeners: list[HintQueue] = []
        self._working: set[asyncio.Task[None]] = set()

    @classmethod
    async def connect(cls, url: str, name: str = "forecourt", patience_s: float = 10.0) -> Self:
        """Connect, retrying for as long as the patience lasts. Raises BusDown if there is no server by then."""
        bus = cls()
        try:
            async with asyncio.timeout(patience_s):
                await bus._client.connect(
                    url,
                    name=name,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RECONNECT_PAUSE_SECONDS,  # type: ignore[arg-type]  # declared int, only slept on
                    reconnected_cb=bus._back,
                    disconnected_cb=bus._gone,
                    error_cb=bus._complain,
                )
        except (TimeoutError, OSError, nats.errors.Error) as error:
            raise BusDown(f"No NATS server answers at {_without_password(url)}. Start it, or check NATS_URL.") from error
        return bus

    @property
    def is_connected(self) -> bool:
        return bool(self._client.is_connected)

    async def close(self) -> None:
        """Stop listening, let running handlers finish, and disconnect."""
        for listener in self._listeners:
            await listener.close()
        self._listeners.clear()
        await asyncio.gather(*(self.unserve_orders(charger_id) for charger_id in list(self._held)))
        await asyncio.gather(*self._working)
        if not self._client.is_closed:
            await self._client.close()

    async def serve_orders(self, charger_id: str, handler: OrderHandler) -> None:
        """From now on, orders for this charger come here. Asking works once this returns; a second call replaces the handler.

        Each order is handled in its own task: the handler decides what may run at the same time.
        """
        subject = charger_subject(charger_id)
        await self.unserve_orders(charger_id)

        async def take(message: Msg) -> None:
            task = asyncio.create_task(self._handle(message, handler), name=f"order {charger_id}")
            self._working.add(task)
            task.add_done_callback(self._working.discard)

        self._held[charger_id] = await self._client.subscribe(subject, queue=HOLDERS, cb=take)
        await self._flush()

    async def unserve_orders(self, charger_id: str) -> None:
        """Stop serving: once this returns, anyone who asks learns immediately that no one holds the socket. Harmless if it was not
        served."""
        subscription = self._held.pop(charger_id, None)
        if subscription is None or self._client.is_closed:
            return
        await subscription.unsubscribe()
        # Until the server has read this, it would still send an order from another process here, where no one handles it. A connection that
        # breaks in the meantime has given everything up, and on reconnect only what is still held is served again.
        with suppress(TimeoutError, nats.errors.Error):
            await self._flush()

    async def request(self, charger_id: str, payload: bytes, timeout_s: float) -> bytes:
        """Send an order to the process that holds the charger's socket and wait for its answer.

        NoHolder (immediately) and BusDown: nothing was delivered. NoAnswer: unknown. HolderFailed: the handler raised.
        """
        subject = charger_subject(charger_id)
        # The client would keep the order and send it on reconnect, long after the caller gave up.
        if not self.is_connected:
            raise BusDown("There is no connection to NATS.")
        try:
            reply = await _run_to_end(self._client.request(subject, payload, timeout=timeout_s))
        except nats.errors.NoRespondersError as error:
            raise NoHolder(f"No process holds the socket of charger {charger_id}.") from error
        except (TimeoutError, nats.errors.Error) as error:
            raise NoAnswer(f"No answer for charger {charger_id} within {timeout_s:g} s.") from error
        failure = (reply.headers or {}).get(FAILED_HEADER)
        if failure is not None:
            raise HolderFailed(failure)
        return bytes(reply.data)

    async def hint(self, topic: str) -> None:
        """Tell listeners of the topic to look now. May be lost; is dropped while there is no connection."""
        subject = hint_subject(topic)
        if self.is_connected:
            await self._client.publish(subject)

    async def on_hint(self, topic: str, listener: HintListener) -> None:
        """Call the listener after hints, never twice at the same time; also after every reconnect, because hints may have been lost."""
        queue = HintQueue(topic, listener)
        self._listeners.append(queue)

        async def trigger(_: Msg) -> None:
            queue.trigger()

        await self._client.subscribe(hint_subject(topic), cb=trigger)
        await self._flush()

    async def on_named_hint(self, topic: str, named: Callable[[str], None]) -> None:
        """Call the listener with the name after hints of `<topic>.<name>`. Lost hints are not repeated, so callers must not rely on
        them."""

        async def name(message: Msg) -> None:
            named(message.subject.rpartition(".")[2])

        await self._client.subscribe(f"{hint_subject(topic)}.*", cb=name)
        await self._flush()

    async def register(self, name: str) -> None:
        """From now on `is_present(name)` is true for everyone, until `withdraw`, or until this process or its connection ends."""

        async def answer(message: Msg) -> None:
            await message.respond(b"")

        self._present[name] = await self._client.subscribe(presence_subject(name), cb=answer)
        await self._flush()

    async def withdraw(self, name: str) -> None:
        """Harmless if the name was not registered."""
        subscription = self._present.pop(name, None)
        if subscription is not None and not self._client.is_closed:
            await subscription.unsubscribe()
            with suppress(TimeoutError, nats.errors.Error):  # as in unserve_orders
                await self._flush()

    async def is_present(self, name: str, timeout_s: float) -> bool | None:
        """Whether a connected process has registered the name. None: unknown, as there is no connection, or no answer within `timeout_s`.

        A killed process is gone at once. One that is frozen, or whose machine lost power, only does not answer until the server notices.
        """
        subject = presence_subject(name)
        if not self.is_connected:
            return None
        try:
            await _run_to_end(self._client.request(subject, timeout=timeout_s))
        except nats.errors.NoRespondersError:
            return False
        except (TimeoutError, nats.errors.Error):
            return None
        return True

    def hint_from_thread(self, topic: str) -> None:
        """`hint` for code in another thread; returns at once."""
        asyncio.run_coroutine_threadsafe(self.hint(topic), self._loop)

    async def _flush(self) -> None:
        """Wait until the server has read everything sent so far. Without a connection, return: it is sent on reconnect.

        The client's flush sends its ping ahead of data still waiting to be written: only the answer to a second ping comes after that data.
        """
        for _ in range(2):
            if self.is_connected:
                await _run_to_end(self._client.flush())

    async def _handle(self, message: Msg, handler: OrderHandler) -> None:
        try:
            answer, headers = await handler(message.data), None
        except Exception as error:  # noqa: BLE001  whatever it was, the asker is told instead of waiting
            _log.exception("an order on %s failed", message.subject)
            answer, headers = b"", {FAILED_HEADER: " ".join(f"{type(error).__name__}: {error}".split())[:500]}
        if message.reply and not self._client.is_closed:
            await self._client.publish(message.reply, answer, headers=headers)

    async def _back(self) -> None:
        _log.info("connected to NATS again")
        for listener in self._listeners:
            listener.trigger()

    async def _gone(self) -> None:
        if not self._client.is_closed:
            _log.warning("the connection to NATS is lost; trying again")

    async def _complain(self, error: Exception) -> None:
        _log.debug("NATS client: %r", error)


async def _run_to_end(work: Coroutine[Any, Any, _T]) -> _T:
    """The waiter can be cancelled, but the work itself runs to its end. The client waits with `asyncio.wait_for`, which may
    swallow a cancellation (Python 3.11), and a task group cancels its tasks only once."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # its waiter may be gone
    await asyncio.wait([task])
    return task.result()


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
