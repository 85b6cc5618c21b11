"""Serves an ASGI application at an address, as one of the tasks of a process: it starts and ends with the others."""

import asyncio
from typing import Any

import uvicorn

from forecourt.assembly.settings import Address

_GOODBYE_S = 3


async def serve_http(app: Any, address: Address, setting: str) -> None:
    """Serve until cancelled. setting: the variable that holds the address, for the error message if it is taken. Raises OSError."""
    config = uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GOODBYE_S,
        server_header=False,
    )
    server = _Quiet(config)
    serving = asyncio.create_task(_serve(server, address, setting), name=setting)
    try:
        await asyncio.shield(serving)
    finally:  # also if it is still starting: it finishes its start-up, and then shuts down
        while not (server.started or serving.done()):
            await asyncio.sleep(0.05)
        server.should_exit = True
        await serving


async def _serve(server: uvicorn.Server, address: Address, setting: str) -> None:
    try:
        await server.serve()
    except SystemExit as error:
        raise OSError(f"The web server cannot listen on {address}. Is another program using it? Change {setting}.") from error


class _Quiet(uvicorn.Server):
    """Leaves signals to the process, which has other tasks to end as well."""

    def capture_signals(self) -> "_NoSignals":  # type: ignore[override]
        return _NoSignals()


class _NoSignals:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None
