"""A driver's app that waits for its answer says so, so that a replay's clock can wait too."""

import asyncio

import httpx

from forecourt.simulation.driver_api import WAITING_S, DriverApi, Service

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"


async def test_an_app_tells_again_and_again_that_it_waits() -> None:
    waits: list[None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        while len(waits) < 3:
            await asyncio.sleep(WAITING_S)
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with asyncio.timeout(20):
            assert await DriverApi(Service(url, "depot", client, lambda: waits.append(None)), "key").charges() == []
    assert len(waits) >= 3
