"""An order that a second worker sends again, because the first was killed, reaches the charger once."""

import asyncio
import json
from dataclasses import replace

import pytest
from websockets.asyncio.client import ClientConnection

from forecourt.gateway import GatewaySettings, decode_result, encode_order
from forecourt.gateway.server.repeated_orders import MAX_REMEMBERED
from forecourt.stations import OrderResult, Outcome, Unlock
from gateway.conftest import Forecourt
from gateway.test_connection import BOOT, ask, charger, hear


def send(forecourt: Forecourt, order_id: str) -> "asyncio.Task[OrderResult]":
    async def result() -> OrderResult:
        return decode_result(await forecourt.network.handlers["CP1"](encode_order(Unlock(1), order_id)))

    return asyncio.create_task(result())


async def answered(socket: ClientConnection, status: str = "Unlocked") -> None:
    """The charger answers the next order that reaches it."""
    sent = await hear(socket)
    assert sent[2] == "UnlockConnector"
    await socket.send(json.dumps([3, sent[1], {"status": status}]))


async def nothing_was_sent(socket: ClientConnection) -> None:
    assert (await ask(socket, "Heartbeat", {}, "nothing"))[1] == "nothing"


async def test_an_order_repeated_while_the_first_is_pending_gets_the_same_answer(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    both = [send(forecourt, "A"), send(forecourt, "A")]
    await answered(socket)
    assert [(await one).outcome for one in both] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    await nothing_was_sent(socket)
    assert forecourt.gateway.figures().orders == {"ACCEPTED": 1}


@pytest.mark.parametrize(("status", "outcome"), [("Unlocked", Outcome.ACCEPTED), ("UnlockFailed", Outcome.REJECTED)])
async def test_an_order_answered_before_gets_the_same_answer_again(forecourt: Forecourt, status: str, outcome: Outcome) -> None:
    socket = await charger(forecourt)
    first = send(forecourt, "A")
    await answered(socket, status)
    assert (await first).outcome is outcome
    assert (await send(forecourt, "A")).outcome is outcome
    await nothing_was_sent(socket)


async def test_a_cancelled_caller_does_not_cancel_the_order_for_others(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    first, second = send(forecourt, "A"), send(forecourt, "A")
    await asyncio.sleep(0.01)
    first.cancel()
    await answered(socket)
    assert (await second).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("ids", [("", ""), ("A", "B")])
async def test_orders_with_different_ids_or_none_are_each_sent(forecourt: Forecourt, ids: tuple[str, str]) -> None:
    socket = await charger(forecourt)
    for order_id in ids:
        sending = send(forecourt, order_id)
        await answered(socket)
        assert (await sending).outcome is Outcome.ACCEPTED


async def test_after_a_restart_of_the_charger_an_order_reaches_it_again(forecourt: Forecourt) -> None:
    """What it accepted before, such as a limit, may be lost."""
    socket = await charger(forecourt)
    for call_id in ("1", "2"):
        await ask(socket, "BootNotification", BOOT, call_id)
        sending = send(forecourt, "A")
        await answered(socket)
        assert (await sending).outcome is Outcome.ACCEPTED


async def test_only_the_last_answers_are_remembered(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    for number in (*range(MAX_REMEMBERED + 1), 0):  # the first is forgotten by then
        sending = send(forecourt, f"order {number}")
        await answered(socket)
        await sending


class TestSilence:
    @pytest.fixture
    def settings(self, library: str) -> GatewaySettings:
        return replace(GatewaySettings(port=0, library=library), call_timeout_s=0.2, silence_s=60)

    async def test_an_order_without_an_answer_is_sent_again(self, forecourt: Forecourt) -> None:
        socket = await charger(forecourt)
        assert (await send(forecourt, "A")).outcome is Outcome.UNANSWERED
        assert (await hear(socket))[2] == "UnlockConnector"
        again = send(forecourt, "A")
        await answered(socket)
        assert (await again).outcome is Outcome.ACCEPTED
