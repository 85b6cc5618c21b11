"""Orders reach the gateway that holds the charger's connection, or the sender learns why not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.bus import Bus, BusDown, HolderFailed, NoAnswer, NoHolder, charger_subject
from forecourt.embedded import NatsServer

Make = Callable[[], Awaitable[Bus]]


async def shout(payload: bytes) -> bytes:
    return payload.upper()


async def never(payload: bytes) -> bytes:
    await asyncio.Event().wait()
    return payload


async def test_an_order_reaches_the_holder_in_another_process(bus: Make) -> None:
    gateway, worker = await bus(), await bus()
    await gateway.serve_orders("CA-308", shout)
    assert await worker.request("CA-308", b"start", 5) == b"START"


async def test_an_order_to_a_charger_without_a_gateway_fails_at_once(bus: Make) -> None:
    worker = await bus()
    with pytest.raises(NoHolder):
        await worker.request("CA-308", b"start", 3600)


async def test_orders_to_a_released_charger_have_no_recipient(bus: Make) -> None:
    """Repeated, as an order that overtakes the release would wait for its whole timeout."""
    gateway, worker = await bus(), await bus()
    for _ in range(200):
        await gateway.serve_orders("CA-308", shout)
        await gateway.unserve_orders("CA-308")
        with pytest.raises(NoHolder):
            await worker.request("CA-308", b"start", 3600)


async def test_a_gateway_that_does_not_answer_is_reported_as_no_answer(bus: Make) -> None:
    gateway, worker = await bus(), await bus()
    await gateway.serve_orders("CA-308", never)
    with pytest.raises(NoAnswer):
        await worker.request("CA-308", b"start", 0.2)
    for task in asyncio.all_tasks():
        if task.get_name() == "order CA-308":
            task.cancel()


async def test_an_error_in_the_gateway_is_reported_to_the_caller(bus: Make) -> None:
    async def fail(payload: bytes) -> bytes:
        raise ValueError("bad\r\norder")

    gateway, worker = await bus(), await bus()
    await gateway.serve_orders("CA-308", fail)
    with pytest.raises(HolderFailed, match="ValueError: bad order"):
        await worker.request("CA-308", b"start", 5)


async def test_a_slow_order_does_not_delay_the_next(bus: Make) -> None:
    gate = asyncio.Event()

    async def wait_for_second(payload: bytes) -> bytes:
        if payload == b"second":
            gate.set()
        await gate.wait()
        return payload

    gateway, worker = await bus(), await bus()
    await gateway.serve_orders("CA-308", wait_for_second)
    answers = await asyncio.gather(worker.request("CA-308", b"first", 30), worker.request("CA-308", b"second", 30))
    assert answers == [b"first", b"second"]


async def test_two_gateways_of_one_charger_share_its_orders_and_each_is_executed_once(bus: Make) -> None:
    done: list[bytes] = []

    async def record(payload: bytes) -> bytes:
        done.append(payload)
        return payload

    older, newer, worker = await bus(), await bus(), await bus()
    await older.serve_orders("CA-308", record)
    await newer.serve_orders("CA-308", record)
    orders = [b"%d" % number for number in range(50)]
    await asyncio.gather(*(worker.request("CA-308", order, 30) for order in orders))
    assert sorted(done) == sorted(orders)


async def test_a_second_handler_replaces_the_first(bus: Make) -> None:
    gateway, worker = await bus(), await bus()
    await gateway.serve_orders("CA-308", never)
    await gateway.serve_orders("CA-308", shout)
    assert await worker.request("CA-308", b"start", 30) == b"START"


async def test_order_subscriptions_survive_a_killed_server(bus: Make, server: NatsServer) -> None:
    gateway, worker = await bus(), await bus()
    await gateway.serve_orders("CA-308", shout)
    await asyncio.to_thread(server.restart)
    assert await _answer_once_back(worker) == b"START"


async def _answer_once_back(worker: Bus) -> bytes:
    async with asyncio.timeout(60):
        while True:
            try:
                return await worker.request("CA-308", b"start", 1)
            except (BusDown, NoHolder, NoAnswer):
                await asyncio.sleep(0.05)


async def test_a_request_while_the_server_is_down_fails_and_is_not_sent_later(bus: Make, server: NatsServer) -> None:
    worker = await bus()
    server.stop()
    async with asyncio.timeout(60):
        while worker.is_connected:
            await asyncio.sleep(0.02)
    with pytest.raises(BusDown):
        await worker.request("CA-308", b"start", 3600)


async def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(BusDown, match=r"answers at nats://127\.0\.0\.1:1\."):
        await Bus.connect("nats://user:secret@127.0.0.1:1", patience_s=0.3)


@given(st.text(min_size=1), st.text(min_size=1))
def test_subjects_contain_only_safe_characters_and_are_unique_per_charger(one: str, other: str) -> None:
    assert charger_subject(one).removeprefix("forecourt.charger.").isalnum()
    assert (charger_subject(one) == charger_subject(other)) == (one == other)
