"""Slow, silent or dead connections are closed."""

import asyncio
import json
from dataclasses import replace

import pytest

from forecourt.gateway import GatewaySettings
from forecourt.gateway.server.connection import ChargerConnection
from forecourt.stations import OrderResult, Outcome, Restart, Unlock
from gateway.conftest import Forecourt
from gateway.test_connection import BOOT, ask, call, charger, hear, order, until


@pytest.fixture(params=["picows"])
def library(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def settings(library: str) -> GatewaySettings:
    return replace(GatewaySettings(port=0, library=library), handshake_s=0.2, messages_per_s=1e6, messages_burst=1_000_000)


def visit_of(forecourt: Forecourt) -> ChargerConnection:
    connection = forecourt.gateway._registry.of("CP1")  # type: ignore[arg-type]
    assert isinstance(connection, ChargerConnection)
    return connection


@pytest.mark.parametrize("said", [b"", b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n"])
async def test_an_incomplete_handshake_is_cut_off_after_a_timeout(forecourt: Forecourt, said: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", forecourt.gateway.port)
    writer.write(said)
    assert await asyncio.wait_for(reader.read(), 3) == b""
    writer.close()


@pytest.mark.parametrize(("ticks_s", "why"), [((961,), "silence"), ((31, 42), "no_pong")])
async def test_a_dead_connection_is_closed(forecourt: Forecourt, ticks_s: tuple[int, ...], why: str) -> None:
    """ticks_s: seconds since the last frame, at which the gateway checks the connection."""
    socket = await charger(forecourt)
    connection = visit_of(forecourt)
    begun = connection._liveness.last_frame_at
    if why == "no_pong":  # only who has answered a ping once is expected to answer them
        connection.pong_received()
    for after_s in ticks_s:
        connection.tick(begun + after_s)
    await asyncio.wait_for(socket.wait_closed(), 3)
    assert forecourt.gateway.figures().notes[why] == 1


@pytest.mark.parametrize(("answers", "dropped"), [(True, True), (False, False)])
async def test_a_charger_that_stops_answering_is_disconnected_but_not_one_that_never_answered(
    forecourt: Forecourt, answers: bool, dropped: bool
) -> None:
    """Chargers made with a common library do not answer messages that they do not support."""
    socket, asked = await charger(forecourt), []
    for number in range(4):
        asked.append(asyncio.create_task(order(forecourt, "CP1", Unlock(1))))
        _, call_id, *_ = await hear(socket)
        if answers and number == 0:
            await socket.send(json.dumps([3, call_id, {"status": "Unlocked"}]))
            await asked[0]
        else:
            visit_of(forecourt).tick(asyncio.get_running_loop().time() + 31)
            assert (await asked[-1]).outcome is Outcome.UNANSWERED
    visit_of(forecourt).tick(asyncio.get_running_loop().time())
    if dropped:
        await asyncio.wait_for(socket.wait_closed(), 3)
    assert bool(forecourt.gateway.figures().notes.get("no_answers")) is dropped


async def test_a_charger_that_does_not_read_is_disconnected(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    socket.transport.pause_reading()
    nonsense = call("StartTransaction", {"connectorId": []}, "1" * 36)
    while not visit_of(forecourt)._socket.unsent_bytes:
        socket.transport.write(_masked(nonsense.encode()) * 200)
        await asyncio.sleep(0)
    for after_s in (0, 31):
        visit_of(forecourt).tick(visit_of(forecourt)._liveness.last_frame_at + after_s)
    await until(lambda: not len(forecourt.gateway._registry))
    socket.transport.abort()


def _masked(text: bytes) -> bytes:
    """A short text frame as a client sends it, under a mask of zeros."""
    return bytes([0x81, 0x80 | len(text)]) + b"\0\0\0\0" + text


async def silent_to_unlock(forecourt: Forecourt, **known: object) -> OrderResult:
    """The charger says nothing to an unlock, and answers what comes after: the result of that. known: of it, from before this process."""
    forecourt.network.add("CP1")
    forecourt.network.chargers["CP1"] = replace(forecourt.network.chargers["CP1"], **known)
    socket = await forecourt.plug("CP1")
    await ask(socket, "BootNotification", {**BOOT, "firmwareVersion": "1.1"})
    ignored = asyncio.create_task(order(forecourt, "CP1", Unlock(1)))
    await hear(socket)
    visit_of(forecourt).tick(asyncio.get_running_loop().time() + 6)
    if not ignored.done():
        await asyncio.sleep(0.05)
    held_up = not ignored.done()
    visit_of(forecourt).tick(asyncio.get_running_loop().time() + 31)
    assert (await ignored).outcome is Outcome.UNANSWERED
    later = asyncio.create_task(order(forecourt, "CP1", Restart()))
    _, call_id, *_ = await hear(socket)
    await socket.send(json.dumps([3, call_id, {"status": "Accepted"}]))
    result = await later
    assert result.mute == ("UnlockConnector",)
    return replace(result, detail="held up" if held_up else "")


@pytest.mark.parametrize(("firmware", "held_up"), [("1.1", ""), ("1.0", "held up")])
async def test_a_request_type_unanswered_before_times_out_early_until_the_firmware_changes(
    forecourt: Forecourt, firmware: str, held_up: str
) -> None:
    assert (await silent_to_unlock(forecourt, firmware=firmware, mute=("UnlockConnector",))).detail == held_up
