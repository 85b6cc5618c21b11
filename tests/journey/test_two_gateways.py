"""Two gateway processes, one charger: its newest authenticated connection counts, wherever it is."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from forecourt.drivers import GroupMember, Limits
from forecourt.kernel import ChargerId, Money, instant_text
from forecourt.stations import Charger
from journey.network import Forecourt, Network, now, submit

Doors = tuple[str, str, str]


@pytest.fixture(scope="module")
def doors(network: Network) -> AsyncIterator[Doors]:
    with network.second_gateway() as second:
        yield network.ocpp_url, *second


async def plug(stack: AsyncExitStack, door: str, place: Forecourt, identity: str) -> ClientConnection:
    word = b64encode(f"{identity}:{place.passwords[identity]}".encode()).decode()
    headers = {"Authorization": f"Basic {word}"}
    return await stack.enter_async_context(connect(f"{door}/{identity}", subprotocols=["ocpp1.6"], additional_headers=headers))


async def tell(socket: ClientConnection, action: str, payload: dict[str, object], call_id: str = "1") -> list[object]:
    """A call of ours; orders that come between are left alone."""
    await socket.send(json.dumps([2, call_id, action, payload]))
    while True:
        answer = json.loads(await asyncio.wait_for(socket.recv(), 20))
        if answer[0] != 2:
            return answer


def charger_of(network: Network, identity: str) -> Charger:
    charger = network.look(lambda store: store.stations.charger(ChargerId(identity)))
    assert charger is not None
    return charger


async def test_a_connection_at_another_gateway_takes_the_charger_over(network: Network, doors: Doors) -> None:
    place = network.forecourt("twin", {"TW-1": "1.6"})
    start = {
        "connectorId": 1,
        "idTag": place.driver("zoe", "ACCOUNT", with_card=True).card,
        "meterStart": 1,
        "timestamp": instant_text(now()),
    }
    async with AsyncExitStack() as stack:
        old = await plug(stack, doors[0], place, "TW-1")
        await tell(old, "Heartbeat", {})
        await network.until(lambda store: store.stations.charger(ChargerId("TW-1")).connected)
        held_by = charger_of(network, "TW-1").holder
        new = await plug(stack, doors[1], place, "TW-1")
        assert (await tell(new, "StartTransaction", start))[0] == 3
        with pytest.raises(ConnectionClosed):  # fenced: what it says now is not heard
            await tell(old, "StartTransaction", {**start, "meterStart": 2})
        assert old.close_code == 1008
        await network.until(lambda store: store.stations.charger(ChargerId("TW-1")).holder != held_by)
        await asyncio.sleep(0.5)  # the old one's end has been dealt with
        assert charger_of(network, "TW-1").connected
    sessions = network.look(lambda store: store.sessions.open_at(place.site_id))
    assert [session.meter.first_register_wh for session in sessions] == [1]
    await network.until(lambda store: not store.stations.charger(ChargerId("TW-1")).connected)


async def test_a_charger_alternating_between_gateways_is_held_for_review(network: Network, doors: Doors) -> None:
    place = network.forecourt("clone", {"CL-1": "1.6"})
    start = {
        "connectorId": 1,
        "idTag": place.driver("yan", "ACCOUNT", with_card=True).card,
        "meterStart": 1,
        "timestamp": instant_text(now()),
    }
    async with AsyncExitStack() as stack:
        for turn in range(6):
            socket = await plug(stack, doors[turn % 2], place, "CL-1")
            await tell(socket, "Heartbeat", {})
        await tell(socket, "StartTransaction", start)
        (session,) = await network.until(lambda store: list(store.sessions.open_at(place.site_id)))
    assert (session.held, session.notes) == (True, ("flapping",))
    assert "flapping" in [one.code for one in network.look(lambda store: store.inbox.quarantined()) if one.charger_id == "CL-1"]


async def test_a_connection_made_with_a_replaced_password_is_closed_in_any_gateway(network: Network, doors: Doors) -> None:
    """After the password of a charger was stolen: it gets another, and the open connection is closed in the process that has it."""
    place = network.forecourt("stolen", {"SL-1": "1.6"})
    async with AsyncExitStack() as stack:
        thief = await plug(stack, doors[1], place, "SL-1")
        await tell(thief, "Heartbeat", {})
        await network.until(lambda store: store.stations.charger(ChargerId("SL-1")).connected)
        async with network.desk() as desk:
            page = (await submit(desk, "/console/chargers/SL-1", "/console/chargers/SL-1/password", {})).text
            assert (await tell(thief, "Heartbeat", {}))[0] == 3, "until it is ended"
            ended = await submit(desk, "/console/chargers/SL-1", "/console/chargers/SL-1/command", {"do": "come_again"})
        assert "Done." in ended.text
        await asyncio.wait_for(thief.wait_closed(), 20)
        with pytest.raises(InvalidStatus):
            await plug(stack, doors[0], place, "SL-1")
        renewed = replace(place, passwords={"SL-1": page.split('id="password">')[1].split("<")[0]})
        assert (await tell(await plug(stack, doors[0], renewed, "SL-1"), "Heartbeat", {}))[0] == 3


async def test_a_card_started_at_many_sockets_at_once_stays_within_its_fleets_limit(network: Network, doors: Doors) -> None:
    """Six sockets at two gateways receive starts of one driver at once; the limit allows one."""
    names = [f"FL-{number}" for number in range(6)]
    place = network.forecourt("vans", dict.fromkeys(names, "1.6"))
    driver, payer = place.driver("vic", "ACCOUNT", with_card=True), place.driver("vans", "ACCOUNT")
    with network.transactions.begin() as store:
        store.statements.put_payer(network.operator_id, "vans", payer.id)
        limits = Limits(day=Money(150, "EUR"))
        store.drivers.put_member(GroupMember(network.operator_id, "vans", driver.id, now() - timedelta(hours=1), limits=limits))
    async with AsyncExitStack() as stack:
        sockets = [await plug(stack, doors[number % 2], place, name) for number, name in enumerate(names)]
        start = {"connectorId": 1, "idTag": driver.card, "meterStart": 1, "timestamp": instant_text(now())}
        answers = await asyncio.gather(*(tell(one, "StartTransaction", start) for one in sockets))
    statuses = sorted(answer[2]["idTagInfo"]["status"] for answer in answers)
    assert statuses == ["Accepted"] + ["Blocked"] * 5, statuses


def test_a_gateway_without_pages_serves_health_and_metrics(doors: Doors) -> None:
    health = doors[2]
    ready = httpx.get(f"{health}/health/ready", timeout=10)
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": True, "bus": True})
    assert "forecourt_inbox_healthy 1.0" in httpx.get(f"{health}/metrics", timeout=10).text
    assert httpx.get(f"{health}/login", timeout=10).status_code == 404
