"""Hints wake listeners, are merged while these work, and never fail the sender."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

import pytest

from forecourt.bus import Bus, hint_subject
from forecourt.embedded import NatsServer

Make = Callable[[], Awaitable[Bus]]
PATIENCE_SECONDS = 60


class Listener:
    """Counts its calls; each call waits until it is let go."""

    def __init__(self) -> None:
        self.calls = 0
        self.called = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self) -> None:
        self.calls += 1
        self.called.set()
        await self.go.wait()

    async def until_called(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.called.wait()
        self.called.clear()


async def test_a_hint_wakes_a_listener_in_another_process(bus: Make) -> None:
    giver, taker, listener = await bus(), await bus(), Listener()
    await taker.on_hint("facts", listener)
    await giver.hint("facts")
    await listener.until_called()


async def test_a_named_hint_carries_its_name(bus: Make) -> None:
    giver, taker, listener, named = await bus(), await bus(), Listener(), list[str]()
    await taker.on_named_hint("plan", named.append)
    await taker.on_hint("end", listener)
    for topic in ("plan.a-1", "plan", "plan.b", "end"):
        await giver.hint(topic)
    await listener.until_called()
    assert named == ["a-1", "b"]


async def test_hints_during_a_call_lead_to_one_more_call(bus: Make) -> None:
    one, listener, other = await bus(), Listener(), Listener()
    await one.on_hint("facts", listener)
    await one.on_hint("end", other)
    await one.hint("facts")
    await listener.until_called()
    for _ in range(100):
        await one.hint("facts")
    await one.hint("end")
    await other.until_called()
    listener.go.set()
    await listener.until_called()
    await asyncio.sleep(0.05)
    assert listener.calls == 2


async def test_a_failing_listener_is_called_again(bus: Make) -> None:
    one = await bus()
    calls = 0
    second = asyncio.Event()

    async def fail() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            second.set()
        raise ValueError("no")

    await one.on_hint("facts", fail)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not second.is_set():
            await one.hint("facts")
            await asyncio.sleep(0.02)


async def test_a_reconnect_wakes_listeners_because_hints_may_be_lost(bus: Make, server: NatsServer) -> None:
    one, listener = await bus(), Listener()
    await one.on_hint("facts", listener)
    await asyncio.to_thread(server.restart)
    await listener.until_called()


async def test_a_hint_without_a_server_is_dropped(bus: Make, server: NatsServer) -> None:
    one = await bus()
    server.stop()
    await one.hint("facts")


async def test_a_hint_can_be_sent_from_a_thread(bus: Make) -> None:
    one, listener = await bus(), Listener()
    await one.on_hint("facts", listener)
    await asyncio.to_thread(one.hint_from_thread, "facts")
    await listener.until_called()


@pytest.mark.parametrize("topic", ["", "a b", "a.*", ">", "a..b", ".a"])
def test_an_invalid_topic_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="not a topic"):
        hint_subject(topic)


async def test_a_registered_process_is_present_until_it_unregisters_or_ends(bus: Make) -> None:
    asks, stays, leaves = await bus(), await bus(), await bus()
    assert await asks.is_present("planner-a", PATIENCE_SECONDS) is False
    await stays.register("planner-a")
    await leaves.register("planner-b")
    assert await asks.is_present("planner-a", PATIENCE_SECONDS) is True
    assert await asks.is_present("planner-b", PATIENCE_SECONDS) is True
    await stays.withdraw("planner-a")
    await leaves.close()
    assert await asks.is_present("planner-a", PATIENCE_SECONDS) is False
    assert await asks.is_present("planner-b", PATIENCE_SECONDS) is False


async def test_a_killed_process_is_no_longer_present(server: NatsServer, bus: Make) -> None:
    asks = await bus()
    there = f"""
import asyncio
from forecourt.bus import Bus

async def main():
    await (await Bus.connect({server.url!r})).register("planner-c")
    print("there", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", there, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"there\n"
    assert await asks.is_present("planner-c", PATIENCE_SECONDS) is True
    process.kill()
    await process.wait()
    while (answer := await asks.is_present("planner-c", PATIENCE_SECONDS)) is True:
        await asyncio.sleep(0.01)
    assert answer is False


async def test_without_the_server_the_presence_of_a_process_is_unknown(server: NatsServer, bus: Make) -> None:
    asks, stays = await bus(), await bus()
    await stays.register("planner-a")
    server.stop()
    while asks.is_connected:
        await asyncio.sleep(0.01)
    assert await asks.is_present("planner-a", PATIENCE_SECONDS) is None
