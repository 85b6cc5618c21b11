"""One running network for all stories, and chargers nobody here wrote."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from journey.chargers import Fleet
from journey.installed import Installation
from journey.network import Network, running_network


@pytest.fixture(scope="package")
def network() -> Iterator[Network]:
    with tempfile.TemporaryDirectory(prefix="forecourt-journey-") as folder, running_network(Path(folder)) as running:
        yield running


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    """Plugs chargers in; all are unplugged at the end of the story."""
    chargers = Fleet()
    yield chargers
    await chargers.unplug()


@pytest.fixture
def installation() -> Iterator[Installation]:
    """Nothing runs yet."""
    with tempfile.TemporaryDirectory(prefix="forecourt-own-") as folder:
        yield Installation(Path(folder))
