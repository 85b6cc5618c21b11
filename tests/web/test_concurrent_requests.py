"""A hundred drivers compete for one socket."""

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
from forecourt.flows.bookings import ReserveRequest, advance_waitlist, reserve
from forecourt.flows.desk import DriverAccountRequest, create_driver_account
from forecourt.kernel import DriverId, SiteId, Span, instant_text
from forecourt.notices import NoticeKind
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
            account = create_driver_account(
                store, DriverAccountRequest(scene.operator_id, f"D{number}", f"race{number}@example.org", "x"), scene.clock.at, scene.ids
            )
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


async def test_of_a_hundred_bookings_for_the_last_socket_one_wins_and_the_others_get_the_reason(crowd, scene_on_postgres):
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


async def test_a_freed_slot_goes_to_one_driver_only_and_every_notice_agrees_with_that(crowd, scene_on_postgres):
    scene, start = scene_on_postgres, scene_on_postgres.clock.at + timedelta(hours=3)
    wanted = {"site": "harbour", "kind": KIND, "start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}

    def tick() -> None:
        with scene.transactions.begin() as store:
            advance_waitlist(store, HARBOUR, scene.clock.at, scene.ids)

    def told(wait_id: str) -> list[NoticeKind]:
        with scene.transactions.begin() as store:
            return [one.kind for one in store.notices.all_of(store.waitlist.wait(UUID(wait_id)).driver_id)]

    async with httpx.AsyncClient(base_url=crowd, timeout=60) as client:

        async def ask(method: str, path: str, number: int, **sent: object) -> httpx.Response:
            return await client.request(method, f"/api/v1/{path}", headers={"authorization": f"Bearer race-{number}"}, **sent)

        holder, booked = 99, (await ask("POST", "bookings", 99, json=wanted)).json()["id"]
        for first in (0, 10, 20):
            waits = {number: (await ask("POST", "waitlist", number, json=wanted)).json()["id"] for number in (first, first + 1)}
            outsiders = [ask("POST", "bookings", first + 2 + one, json=wanted) for one in range(3)]
            freed, *answers = await asyncio.gather(
                ask("DELETE", f"bookings/{booked}", holder), *outsiders, *(asyncio.to_thread(tick) for _ in range(2))
            )
            tick()
            won = {first + 2 + place: one.json()["id"] for place, one in enumerate(answers[:3]) if one.status_code == 201}
            said = {number: (await ask("GET", f"waitlist/{wait}", number)).json()["state"] for number, wait in waits.items()}
            assert freed.status_code == 200 and sorted(said.values())[0] == "hoping", "the later one waits on"
            assert len(won) + list(said.values()).count("offered") == 1
            for number, wait in waits.items():
                assert (NoticeKind.SLOT_OFFERED in told(wait)) == (said[number] == "offered")
                taken = await ask("POST", f"waitlist/{wait}/take", number)
                if taken.status_code == 200:
                    won[number] = taken.json()["id"]
                await ask("DELETE", f"waitlist/{wait}", number)
            ((holder, booked),) = won.items()
        with scene.transactions.begin() as store:
            assert len(store.bookings.live_at(HARBOUR)) == 4


async def test_of_two_concurrent_requests_that_add_a_charger_one_creates_it_and_the_other_finds_it(crowd, scene_on_postgres):
    with scene_on_postgres.transactions.begin() as store:
        store.drivers.put_sign_in(replace(store.drivers.sign_in(digest("ops")), digest=digest("api-ops"), api=True))
    socket = {"standard": "IEC_62196_T2", "phases": ["L1"], "voltage_v": 230, "max_a": 32}
    async with httpx.AsyncClient(base_url=crowd, headers={"authorization": "Bearer api-ops"}) as client:
        for name in ("TWIN-1", "TWIN-2", "TWIN-3"):
            asked = (client.put(f"/api/v1/chargers/{name}", json={"site": "harbour", "sockets": [socket]}) for _ in range(2))
            assert sorted(one.status_code for one in await asyncio.gather(*asked)) == [200, 201]
