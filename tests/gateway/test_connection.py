"""The connection of a charger."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from forecourt.gateway import GatewaySettings, decode_result, encode_order
from forecourt.gateway.server.connection import ChargerConnection
from forecourt.stations import Order, OrderResult, Outcome, ReadSchedule, Restart, SetLimit, TransactionStarted, Unlock
from gateway.conftest import Forecourt
from gateway.fakes import APPROVED

BOOT = {"chargePointModel": "M", "chargePointVendor": "V"}
START = {"connectorId": 1, "idTag": "GOOD1", "meterStart": 100, "timestamp": "2026-11-23T10:00:00Z"}


def call(action: str, payload: object, call_id: str = "1") -> str:
    return json.dumps([2, call_id, action, payload])


async def ask(socket: ClientConnection, action: str, payload: object, call_id: str = "1") -> Any:
    await socket.send(call(action, payload, call_id))
    return await hear(socket)


async def hear(socket: ClientConnection) -> Any:
    async with asyncio.timeout(60):
        return json.loads(await socket.recv())


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


async def order(forecourt: Forecourt, charger_id: str, wanted: Order) -> OrderResult:
    return decode_result(await forecourt.network.handlers[charger_id](encode_order(wanted)))


async def charger(forecourt: Forecourt, charger_id: str = "CP1") -> ClientConnection:
    forecourt.network.add(charger_id)
    socket = await forecourt.plug(charger_id)
    await ask(socket, "Heartbeat", {})
    return socket


async def test_messages_sent_right_after_the_boot_are_handled(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    for number, (action, payload) in enumerate((("BootNotification", BOOT), ("StartTransaction", START), ("Heartbeat", {}))):
        await socket.send(call(action, payload, str(number)))
    answers = {answer[1]: answer for answer in [await hear(socket) for _ in range(3)]}
    assert answers["0"][2]["status"] == "Accepted"
    assert answers["1"][2]["idTagInfo"] == {"status": "Accepted"}
    assert [message.action for message in forecourt.inbox.messages.values()] == ["BootNotification", "StartTransaction"]


async def test_a_meter_reading_takes_few_function_calls_from_frame_to_writer(forecourt: Forecourt) -> None:
    await charger(forecourt)
    connection = forecourt.gateway._registry.of("CP1")
    value = [{"value": "16.0", "measurand": "Current.Import"}, {"value": "100", "context": "Sample.Periodic"}]
    reading = {"connectorId": 1, "transactionId": 7, "meterValue": [{"timestamp": "2026-11-23T10:00:00Z", "sampledValue": value}]}
    first, *frames = [call("MeterValues", reading, str(number)).encode() for number in range(51)]
    assert isinstance(connection, ChargerConnection)
    connection.frame_received(first)  # what is made once only
    counted: list[str] = []
    sys.setprofile(lambda _frame, event, _of: counted.append(event) if event == "call" else None)
    try:
        for frame in frames:
            connection.frame_received(frame)
    finally:
        sys.setprofile(None)
    assert len(counted) <= 23 * len(frames)


async def test_timestamps_without_a_zone_are_local_time_for_makes_that_send_local_time(forecourt: Forecourt) -> None:
    forecourt.network.chargers[forecourt.network.add("CP1")] = replace(APPROVED, zone=ZoneInfo("Europe/Berlin"))
    socket = await forecourt.plug("CP1")
    local = {**START, "timestamp": "2026-11-23T10:00:00"}
    for model in ("Other", "THOR_11AS"):
        await ask(socket, "BootNotification", {"chargePointModel": model, "chargePointVendor": "Growatt"})
        await ask(socket, "StartTransaction", {**local, "idTag": f"GOOD-{model}"})
    assert [fact.at.hour for fact in forecourt.inbox.facts(TransactionStarted)] == [10, 9]


async def test_a_start_sent_twice_gets_one_transaction_number(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    first = await ask(socket, "StartTransaction", START, "a")
    again = await ask(socket, "StartTransaction", START, "b")
    assert first[2] == again[2]
    assert len(forecourt.inbox.facts(TransactionStarted)) == 1
    assert forecourt.gateway.figures().facts_repeated == 1


async def test_nothing_is_acknowledged_while_the_database_is_down(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    forecourt.inbox.down = True
    await socket.send(call("StartTransaction", START))
    assert (await ask(socket, "Heartbeat", {}, "2"))[1] == "2"
    await until(lambda: not forecourt.gateway.figures().healthy)
    forecourt.inbox.down = False
    assert (await hear(socket))[1] == "1"
    assert forecourt.gateway.figures().healthy


async def test_messages_sent_while_the_database_is_down_are_answered_once_after_it_returns(forecourt: Forecourt) -> None:
    """New connections are refused for the time; connected chargers lose no message, and none is stored twice."""
    inside, outside = ([f"{where}{number}" for number in range(30)] for where in ("IN", "OUT"))
    sockets = [await charger(forecourt, name) for name in inside]
    for name in outside:
        forecourt.network.add(name)
    forecourt.inbox.down = forecourt.network.down = True
    refused = await asyncio.gather(*map(forecourt.plug, outside), return_exceptions=True)
    assert [(one.response.status_code, "Retry-After" in one.response.headers) for one in refused] == [(503, True)] * 30
    for _ in range(2):
        await asyncio.gather(*(socket.send(call("StartTransaction", START)) for socket in sockets))
    assert forecourt.inbox.facts(TransactionStarted) == []
    forecourt.inbox.down = forecourt.network.down = False
    frame_received = await asyncio.gather(*map(hear, sockets))
    assert len({answer[2]["transactionId"] for answer in frame_received}) == len(forecourt.inbox.facts(TransactionStarted)) == 30
    await asyncio.gather(*map(forecourt.plug, outside))


async def test_an_unknown_charger_is_listed_and_its_boot_is_answered_pending(forecourt: Forecourt) -> None:
    socket = await forecourt.plug("NEW")
    assert (await ask(socket, "BootNotification", BOOT))[2]["status"] == "Pending"
    assert forecourt.network.listed["NEW"].vendor == "V"
    started = await ask(socket, "StartTransaction", START)
    assert started[2]["idTagInfo"]["status"] == "Invalid"
    assert forecourt.network.aside == [("NEW", "StartTransaction")]
    forecourt.network.chargers["NEW"] = APPROVED
    assert (await ask(socket, "BootNotification", BOOT))[2]["status"] == "Accepted"
    assert "NEW" in forecourt.network.handlers


async def test_a_charger_removed_while_connected_is_pending_at_its_next_boot(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    forecourt.inbox.strangers.add("CP1")
    del forecourt.network.chargers["CP1"]
    assert (await ask(socket, "BootNotification", BOOT))[2]["status"] == "Pending"
    assert "CP1" in forecourt.network.listed
    assert (await ask(socket, "Heartbeat", {}, "live"))[1] == "live"


async def test_an_authorize_request_without_a_database_gets_an_error(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    forecourt.inbox.down = True
    assert (await ask(socket, "Authorize", {"idTag": "GOOD1"}))[:3] == [4, "1", "InternalError"]


async def test_an_unknown_201_charger_gets_a_security_error(forecourt: Forecourt) -> None:
    socket = await forecourt.plug("NEW", "ocpp2.0.1")
    boot = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
    assert (await ask(socket, "BootNotification", boot))[2]["status"] == "Pending"
    assert (await ask(socket, "Heartbeat", {}))[:3] == [4, "1", "SecurityError"]


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ("{", [4, "-1", "FormationViolation"]),
        ('[2,"7","Heartbeat"', [4, "7", "FormationViolation"]),
        (call("FlyToTheMoon", {}), [4, "1", "NotImplemented"]),
        (call("Reset", {}), [4, "1", "NotSupported"]),
        (call("Authorize", {}), [4, "1", "OccurenceConstraintViolation"]),
        (call("Authorize", {"idTag": 5.5, "x": []})[:-1] + "]", [3, "1", {"idTagInfo": {"status": "Invalid"}}]),
        ('[2,"1","Authorize",{"idTag":"A","idTag":"B"}]', [4, "1", "FormationViolation"]),
        ('[2,"1","Authorize",' + "[" * 30_000 + "]" * 30_000 + "]", [4, "1", "FormationViolation"]),
    ],
)
async def test_an_invalid_message_gets_an_error_and_the_connection_stays_open(
    forecourt: Forecourt, frame: str, answer: list[object]
) -> None:
    socket = await charger(forecourt)
    await socket.send(frame)
    assert (await hear(socket))[: len(answer)] == answer
    assert (await ask(socket, "Heartbeat", {}, "live"))[1] == "live"


async def test_fragmented_websocket_messages_are_joined(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    text = call("Heartbeat", {})
    await socket.send([text[:3], text[3:9], text[9:]])
    assert (await hear(socket))[1] == "1"


@pytest.mark.parametrize("pieces", [1, 50])
async def test_an_oversized_message_is_closed_with_1009(forecourt: Forecourt, pieces: int) -> None:
    socket = await charger(forecourt)
    with pytest.raises(ConnectionClosed) as closed:
        await socket.send(["x" * (200_000 // pieces)] * pieces if pieces > 1 else "x" * 200_000)
        await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_the_newest_connection_of_a_charger_replaces_the_older_one(forecourt: Forecourt) -> None:
    old = await charger(forecourt)
    new = await charger(forecourt)
    with pytest.raises(ConnectionClosed):
        await old.recv()
    assert (await ask(new, "Heartbeat", {}))[0] == 3
    asked = asyncio.create_task(order(forecourt, "CP1", Unlock(1)))
    frame = await hear(new)
    await new.send(json.dumps([3, frame[1], {"status": "Unlocked"}]))
    assert (await asked).outcome is Outcome.ACCEPTED
    assert forecourt.gateway.figures().sockets == 1


async def test_a_charger_that_reconnects_again_and_again_is_flagged(forecourt: Forecourt) -> None:
    for _ in range(6):
        socket = await charger(forecourt)
    await ask(socket, "StartTransaction", START)
    assert forecourt.gateway.figures().flapping == ("CP1",)
    assert [message.flags for message in forecourt.inbox.messages.values()] == [("flapping",)]


async def test_orders_to_a_charger_are_sent_one_at_a_time_and_its_messages_are_answered_meanwhile(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    first = asyncio.create_task(order(forecourt, "CP1", SetLimit(1, 16, 5, "7")))
    second = asyncio.create_task(order(forecourt, "CP1", Restart()))
    sent = await hear(socket)
    assert sent[2] == "SetChargingProfile"
    assert (await ask(socket, "Heartbeat", {}, "between"))[1] == "between"
    await socket.send(json.dumps([3, sent[1], {"status": "Accepted"}]))
    assert (await first) == OrderResult(Outcome.ACCEPTED)
    sent = await hear(socket)
    await socket.send(json.dumps([4, sent[1], "NotSupported", "", {}]))
    assert (await second) == OrderResult(Outcome.UNSUPPORTED, "NotSupported")


async def test_optional_queries_are_sent_after_orders_and_time_out_sooner(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    unlock = asyncio.create_task(order(forecourt, "CP1", Unlock(1)))
    sent = await hear(socket)
    question = asyncio.create_task(order(forecourt, "CP1", ReadSchedule(1, 3600, "A")))
    await asyncio.sleep(0)
    restart = asyncio.create_task(order(forecourt, "CP1", Restart()))
    await asyncio.sleep(0)
    await socket.send(json.dumps([3, sent[1], {"status": "Unlocked"}]))
    sent = await hear(socket)
    assert sent[2] == "Reset"
    await socket.send(json.dumps([3, sent[1], {"status": "Accepted"}]))
    assert (await hear(socket))[2] == "GetCompositeSchedule"
    connection = forecourt.gateway._registry.of("CP1")
    assert isinstance(connection, ChargerConnection)
    connection.tick(asyncio.get_running_loop().time() + 5)
    assert [(await one).outcome for one in (unlock, restart, question)] == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.UNANSWERED]


async def test_a_limit_of_an_older_plan_is_not_sent(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    newer = asyncio.create_task(order(forecourt, "CP1", SetLimit(1, 16, 5, "7")))
    await hear(socket)
    assert (await order(forecourt, "CP1", SetLimit(1, 32, 4, "7"))).outcome is Outcome.STALE
    await socket.close()
    assert (await newer).outcome is Outcome.UNANSWERED


async def test_an_order_after_the_connection_closed_is_unreachable(forecourt: Forecourt) -> None:
    socket = await charger(forecourt)
    handler = forecourt.network.handlers["CP1"]
    await socket.close()
    await until(lambda: "CP1" not in forecourt.network.handlers)
    assert decode_result(await handler(encode_order(Restart()))).outcome is Outcome.UNREACHABLE


class TestImpatience:
    @pytest.fixture
    def settings(self, library: str) -> GatewaySettings:
        return replace(GatewaySettings(port=0, library=library), call_timeout_s=0.2, silence_s=60)

    async def test_an_order_without_an_answer_ends_as_unanswered(self, forecourt: Forecourt) -> None:
        socket = await charger(forecourt)
        assert (await order(forecourt, "CP1", Restart())).outcome is Outcome.UNANSWERED
        assert (await hear(socket))[2] == "Reset"
        assert (await ask(socket, "Heartbeat", {}, "2"))[1] == "2"
        assert forecourt.gateway.figures().orders == {"UNANSWERED": 1}


class TestCrowd:
    @pytest.fixture
    def settings(self, library: str) -> GatewaySettings:
        return replace(GatewaySettings(port=0, library=library), unknown_messages=2)

    async def test_few_messages_of_an_unknown_charger_are_stored_and_the_others_are_not_acknowledged(self, forecourt: Forecourt) -> None:
        socket = await forecourt.plug("NEW")
        await ask(socket, "BootNotification", BOOT)
        answers = [(await ask(socket, "StartTransaction", {**START, "meterStart": number}))[0] for number in range(4)]
        assert answers == [3, 3, 4, 4]
        assert len(forecourt.network.aside) == 2


class TestHaste:
    @pytest.fixture
    def settings(self, library: str) -> GatewaySettings:
        return replace(GatewaySettings(port=0, library=library), messages_per_s=200, messages_burst=20, in_flight_per_charger=4)

    async def test_a_charger_that_sends_too_fast_is_slowed_down_and_not_disconnected(self, forecourt: Forecourt) -> None:
        socket = await charger(forecourt)
        for number in range(60):
            await socket.send(call("StartTransaction", {**START, "meterStart": number}, str(number)))
        assert {(await hear(socket))[0] for _ in range(60)} == {3}
        assert len(forecourt.inbox.messages) == 60

    async def test_a_long_message_counts_against_the_rate_limit_as_many_short_ones(self, forecourt: Forecourt) -> None:
        await charger(forecourt)
        connection = forecourt.gateway._registry.of("CP1")  # type: ignore[arg-type]
        assert isinstance(connection, ChargerConnection)
        connection.frame_received(call("DataTransfer", {"vendorId": "x", "data": "y" * 10 * 1024}, "1").encode())
        assert "rate" not in connection._flow.paused_by
        connection.frame_received(call("DataTransfer", {"vendorId": "x", "data": "y" * 10 * 1024}, "2").encode())
        assert "rate" in connection._flow.paused_by

    async def test_the_pause_after_a_burst_grows_with_the_size_of_the_burst(self, forecourt: Forecourt) -> None:
        socket = await charger(forecourt)
        connection = forecourt.gateway._registry.of("CP1")  # type: ignore[arg-type]
        assert isinstance(connection, ChargerConnection)
        for number in range(20 + 10 * 200):
            connection.frame_received(call("Heartbeat", {}, str(number)).encode())
        await asyncio.sleep(0.1)  # the first of them alone would have waited for a twentieth of that
        assert "rate" in connection._flow.paused_by
        socket.transport.abort()  # it has not read the answers, and would look for the end behind them


@pytest.mark.parametrize("library", ["picows"])
async def test_a_flood_of_websocket_control_frames_is_rate_limited(forecourt: Forecourt, library: str) -> None:
    """Pings, unsolicited pongs and tiny fragments count as messages: one charger once blocked all others with them."""
    for name, flood in (("CP1", b"\x89\x80\0\0\0\0"), ("CP2", b"\x8a\x80\0\0\0\0")):
        forecourt.network.add(name)
        socket = await forecourt.plug(name)
        assert await asyncio.wait_for(await socket.ping(), 3) is not None
        connection = forecourt.gateway._registry.of(name)  # type: ignore[arg-type]
        assert isinstance(connection, ChargerConnection)
        socket.transport.write(flood * 1000)
        await until(lambda connection=connection: "rate" in connection._flow.paused_by)
        socket.transport.abort()


@pytest.mark.parametrize("library", ["picows"])
async def test_invalid_frames_never_close_the_connection(forecourt: Forecourt, library: str) -> None:
    """No frame raises an exception."""
    socket = await charger(forecourt)
    connection = forecourt.gateway._registry.of("CP1")  # type: ignore[arg-type]
    assert isinstance(connection, ChargerConnection)
    json_text = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=6).map(json.dumps)
    actions = st.sampled_from(["StartTransaction", "StopTransaction", "MeterValues", "BootNotification", "StatusNotification", "X"])
    frames = st.text(max_size=80) | st.builds(lambda action, body: f'[2,"1","{action}",{body}]', actions, json_text)

    @given(frames)
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    def feed(frame: str) -> None:
        connection.frame_received(frame.encode("utf-8", "replace"))

    feed()
    socket.transport.abort()  # thousands of answers wait there
    assert forecourt.gateway.figures().frames > 100


async def test_a_shutdown_waits_until_every_charger_is_released(forecourt: Forecourt) -> None:
    await charger(forecourt)
    await until(lambda: bool(forecourt.network.handlers))
    forecourt.network.takes_s = 0.3
    await forecourt.gateway.stop()
    assert forecourt.network.handlers == {}
