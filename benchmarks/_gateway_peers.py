"""The servers that the gateway is compared with, each in a process of its own.

python benchmarks/_gateway_peers.py echo PORT
python benchmarks/_gateway_peers.py minimal PORT DATABASE_URL
"""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import uvloop
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.datatypes import IdTagInfo
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server
from psycopg.types.json import Json
from psycopg_pool import AsyncConnectionPool
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

TABLE = """CREATE TABLE IF NOT EXISTS minimal_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, charger_id text NOT NULL, action text NOT NULL, payload jsonb NOT NULL)"""
INSERT = "INSERT INTO minimal_messages (charger_id, action, payload) VALUES (%s, %s, %s) RETURNING id"
CONNECTIONS = 16
Handler = TypeVar("Handler", bound=Callable[..., Any])
ACCEPTED = IdTagInfo(status="Accepted")


def hears(action: str) -> Callable[[Handler], Handler]:
    marked: Callable[[Handler], Handler] = on(action)
    return marked


class Echo(WSListener):
    """The same server library with nothing behind it."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            transport.send(WSMsgType.TEXT, frame.get_payload_as_bytes())


class Minimal(ChargePoint):  # type: ignore[misc] # it has no types
    """A central system as one would write it first: each message is one row, committed, then answered. It decides nothing."""

    pool: AsyncConnectionPool

    async def _keep(self, action: str, payload: dict[str, Any]) -> int:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(INSERT, (self.id, action, Json(payload)))
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    @hears("BootNotification")
    async def booted(self, **payload: Any) -> call_result.BootNotification:
        await self._keep("BootNotification", payload)
        return call_result.BootNotification(current_time="2026-01-01T00:00:00Z", interval=300, status="Accepted")

    @hears("StatusNotification")
    async def reported(self, **payload: Any) -> call_result.StatusNotification:
        await self._keep("StatusNotification", payload)
        return call_result.StatusNotification()

    @hears("Authorize")
    async def asked(self, **_payload: Any) -> call_result.Authorize:
        return call_result.Authorize(id_tag_info=ACCEPTED)

    @hears("StartTransaction")
    async def started(self, **payload: Any) -> call_result.StartTransaction:
        number = await self._keep("StartTransaction", payload)
        return call_result.StartTransaction(transaction_id=number, id_tag_info=ACCEPTED)

    @hears("MeterValues")
    async def metered(self, **payload: Any) -> call_result.MeterValues:
        await self._keep("MeterValues", payload)
        return call_result.MeterValues()

    @hears("StopTransaction")
    async def stopped(self, **payload: Any) -> call_result.StopTransaction:
        await self._keep("StopTransaction", payload)
        return call_result.StopTransaction()


async def echo(port: int) -> None:
    server = await ws_create_server(lambda _request: Echo(), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


async def minimal(port: int, url: str) -> None:
    async with AsyncConnectionPool(url, min_size=CONNECTIONS, max_size=CONNECTIONS, timeout=60, kwargs={"autocommit": True}) as pool:
        async with pool.connection() as connection:
            await connection.execute(TABLE)
        Minimal.pool = pool

        async def attend(connection: ServerConnection) -> None:
            assert connection.request is not None
            charger = Minimal(connection.request.path.rpartition("/")[2], connection)
            async for message in connection:
                await charger.route_message(message)

        async with serve(attend, "127.0.0.1", port, subprotocols=[Subprotocol("ocpp1.6")], compression=None, ping_interval=None) as server:
            await server.serve_forever()


def main() -> None:
    kind, port, *rest = sys.argv[1:]
    uvloop.run(echo(int(port)) if kind == "echo" else minimal(int(port), rest[0]))


if __name__ == "__main__":
    main()
