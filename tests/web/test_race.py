"""A hundred drivers, one socket."""

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
import uvicorn

from forecourt.drivers import SignIn
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.desk import JoinRequest, join
from forecourt.kernel import DriverId, SiteId, Span, instant_text
from forecourt.web.frame.sealing import digest

from .apps import app_of

HARBOUR, KIND, DRIVERS = SiteId(UUID(int=3)), "Type 2 11 kW", 100


@pytest.fixture
def crowd(scene_on_postgres) -> Iterator[str]:
    """A hundred drivers with API tokens; three of the harbour's four sockets are booked."""
    scene, now = scene_on_postgres, datetime.now(UTC)
    start = scene.clock.at + timedelta(hours=3)
    with scene.transactions.begin() as store:
        for number in range(DRIVERS):
            account = join(store, JoinRequest(scene.operator_id, f"D{number}", f"race{number}@example.org", "x"), scene.clock.at, scene.ids)
            store.drivers.put_sign_in(SignIn(digest(f"race-{number}"), account.id, now, now + timedelta(days=1), True, "race"))
    with scene.transactions.begin() as store:
        for number in range(3):
            window = Span(start, start + timedelta(hours=1))
            driver = DriverId(UUID(int=1000 + number))
            reserve(store, ReserveRequest(HARBOUR, KIND, driver, window), scene.clock.at, scene.ids)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(256)
        server = uvicorn.Server(uvicorn.Config(app_of(scene.ports()), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


async def test_of_a_hundred_bookings_for_the_last_socket_one_wins_and_the_rest_hear_why(crowd, scene_on_postgres):
    start = scene_on_postgres.clock.at + timedelta(hours=3)
    wanted = {"site": "harbour", "kind": KIND, "start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}

    async def ask(client: httpx.AsyncClient, number: int) -> httpx.Response:
        return await client.post("/api/v1/bookings", json=wanted, headers={"authorization": f"Bearer race-{number}"})

    limits = httpx.Limits(max_connections=DRIVERS)
    async with httpx.AsyncClient(base_url=crowd, limits=limits, timeout=60) as client:
        began = time.perf_counter()
        answers = await asyncio.gather(*(ask(client, number) for number in range(DRIVERS)))
        print(f"\n{DRIVERS} bookings answered in {time.perf_counter() - began:.2f} s")
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: DRIVERS - 1}
    assert all(answer.json()["remedy"] for answer in answers if answer.status_code == 409)


async def test_of_two_who_add_one_charger_at_once_one_adds_it_and_the_other_sees_it(crowd, scene_on_postgres):
    with scene_on_postgres.transactions.begin() as store:
        store.drivers.put_sign_in(replace(store.drivers.sign_in(digest("ops")), digest=digest("api-ops"), api=True))
    socket = {"standard": "IEC_62196_T2", "phases": ["L1"], "voltage_v": 230, "max_a": 32}
    async with httpx.AsyncClient(base_url=crowd, headers={"authorization": "Bearer api-ops"}) as client:
        for name in ("TWIN-1", "TWIN-2", "TWIN-3"):
            asked = (client.put(f"/api/v1/chargers/{name}", json={"site": "harbour", "sockets": [socket]}) for _ in range(2))
            assert sorted(one.status_code for one in await asyncio.gather(*asked)) == [200, 201]
