"""A real NATS server for the bus's tests, and buses that are closed afterwards."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from forecourt.bus import Bus
from forecourt.embedded import NatsServer


@pytest.fixture
def server() -> Iterator[NatsServer]:
    with tempfile.TemporaryDirectory(prefix="fc-") as folder:
        Path(folder).chmod(0o711)
        server = NatsServer(Path(folder) / "state")
        server.start()
        yield server
        server.stop()


@pytest.fixture
async def bus(server: NatsServer) -> AsyncIterator[Callable[[], Awaitable[Bus]]]:
    """Makes one connection per call: one for each process of a real deployment."""
    made: list[Bus] = []

    async def make() -> Bus:
        made.append(await Bus.connect(server.url))
        return made[-1]

    yield make
    for each in made:
        await each.close()
