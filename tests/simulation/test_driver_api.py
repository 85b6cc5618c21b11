"""A driver's app reports that it waits for an answer, so that the replay clock waits too; and its requests are valid."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

from forecourt.simulation.driver_api import WAITING_S, DriverApi, Service

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"


Asked = Callable[[bytes], Awaitable[None]]


@asynccontextmanager
async def app(asked: Asked, on_wait: Callable[[], None] = lambda: None) -> AsyncIterator[DriverApi]:
    """At a server that hands over what it is asked, and then answers with an empty list."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0)
        await asked(await reader.readexactly(length))
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with asyncio.timeout(20):
            yield DriverApi(Service(url, "depot", client, on_wait, {"A": "the id of A"}), "key")


async def test_an_app_waiting_for_its_answer_reports_that_repeatedly() -> None:
    waits: list[None] = []

    async def patience(_body: bytes) -> None:
        while len(waits) < 3:
            await asyncio.sleep(WAITING_S)

    async with app(patience, lambda: waits.append(None)) as driver:
        assert await driver.charges() == []
    assert len(waits) >= 3


async def test_a_truck_requests_no_more_energy_than_the_api_allows() -> None:
    bodies: list[bytes] = []

    async def heard(body: bytes) -> None:
        bodies.append(body)

    async with app(heard) as driver:
        await driver.state_needs("A", 350_000, None)
    assert [json.loads(body) for body in bodies] == [{"evse": "the id of A", "energy_wh": 200_000}]
