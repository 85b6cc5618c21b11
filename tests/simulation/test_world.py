"""A small site, simulated from the first arrival to the last departure, with its drivers."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise

import pytest

from forecourt.simulation import (
    NO_TAPER,
    Clock,
    DriverCredential,
    FaultPlan,
    FleetSettings,
    Inputs,
    RecordedSession,
    WorldError,
    WorldSettings,
    compressed,
    load_site,
    play,
    play_endlessly,
    run_chargers,
    sessions_on,
)

START = datetime(2019, 9, 5, 15, tzinfo=UTC)
SITE = load_site("caltech")
SMALL = replace(SITE, stations=SITE.stations[:4], rows=())


def stay(n, station, arrival_min, stay_min, energy_wh):
    arrival = START + timedelta(minutes=arrival_min)
    departure = arrival + timedelta(minutes=stay_min)
    return RecordedSession(
        f"s{n}", SMALL.stations[station].id, arrival, departure, energy_wh, 2 * energy_wh, departure + timedelta(hours=1)
    )


STAYS = (stay(1, 0, 5, 120, 5000), stay(2, 1, 10, 200, 8000), stay(3, 2, 30, 30, 9000), stay(4, 0, 125, 60, 2000))


def world(central, **changes):
    settings = {
        "ocpp_url": central.url,
        "site": SMALL,
        "sessions": STAYS,
        "clock": Clock.starting(START, 3000),
        "passwords": {},
        "drivers": {s.ref: DriverCredential(card=f"CARD{s.ref}") for s in STAYS},
        "taper": NO_TAPER,
        "meter_interval_s": 300,
    }
    return WorldSettings(**{**settings, **changes})


async def test_every_car_gets_the_energy_its_stay_allows_and_every_message_is_acknowledged(central):
    seen = []
    unhurried = Clock.starting(START, 1000)  # the shortest stay takes two seconds, also where the machine is busy
    result = await play(world(central, clock=unhurried), seen.append)
    delivered = {s.ref: s.delivered_wh for s in result.sessions}
    assert (delivered["s1"], delivered["s2"], delivered["s4"]) == (5000, 8000, 2000)
    (short,) = next(s.transactions for s in result.sessions if s.ref == "s3")
    assert delivered["s3"] == pytest.approx((short.ended_at - short.started_at) / 3600 * 32 * 208, abs=1)
    assert result.needed_wh == 24_000 and all(s.first_current_at >= s.plugged_at for s in result.sessions)
    facts = ("StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent")
    assert result.facts_acknowledged == sum(len(central.of(a)) for a in facts) and result.backlog == 0
    assert seen[-1].left == 4 and seen[-1].facts_acknowledged == result.facts_acknowledged
    assert all(len(s.transactions) == 1 and s.refused == "" for s in result.sessions)


async def test_communication_faults_do_not_change_the_delivered_energy(central):
    trouble = FaultPlan(lose_answer=0.1, duplicate=0.1, cut=0.05, cut_s=300)
    faults = {s.id: trouble for s in SMALL.stations}
    result = await play(world(central, faults=faults))
    assert {s.ref: s.delivered_wh for s in result.sessions if s.ref != "s3"} == {"s1": 5000, "s2": 8000, "s4": 2000}
    assert result.backlog == 0 and result.messages_resent > 0


async def test_the_audit_detects_power_above_a_limit(central):
    pod = replace(
        SMALL, rows=tuple(replace(SITE.rows[0], name="pod", limit_a=40.0, weights=tuple((s.id, 1.0) for s in SMALL.stations)) for _ in "x")
    )
    result = await play(world(central, site=pod))
    assert result.limit_violation_a_max == pytest.approx(24) or result.limit_violation_a_max == pytest.approx(56)
    assert result.power_w_max >= 2 * 32 * 208 and result.violation_seconds > 0


async def test_an_unreachable_server_is_named(central):
    with pytest.raises(WorldError, match=r"4 chargers are not in at ws://127\.0\.0\.1:1/ocpp"):
        await play(world(central, ocpp_url="ws://127.0.0.1:1/ocpp", boot_s=0.3))


class DriverServer:
    """Answers the drivers' REST calls on a real socket; the first call of each kind is answered "not yet"."""

    def __init__(self, central, identity):
        self.central, self.identity = central, identity
        self.calls = []
        self.keys = set()
        self._seen = Counter()

    async def serve(self, reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode().split("\r\n")
            method, path, _ = lines[0].split()
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.calls.append((method, path, headers["authorization"], json.loads(body) if body else None))
            self._seen[path] += 1
            if self._seen[path] == 1:
                writer.write(b"HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n")
                continue
            answer = "[]" if method == "GET" else "{}"
            if path == "/api/v1/sites/caltech":
                answer = json.dumps({"sockets": [{"label": self.identity, "evse": "id-of-the-socket"}]})
            if method == "POST" and path.endswith("/charges"):
                self.keys.add(headers["idempotency-key"])
                await self.central.order(self.identity, "RemoteStartTransaction", {"idTag": "APP1", "connectorId": 1})
            writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(answer)}\r\n\r\n{answer}".encode())


@pytest.mark.parametrize("inputs", list(Inputs))
async def test_an_app_driver_states_needs_starts_by_rest_and_retries_while_the_server_is_not_ready(central, inputs):
    station = SMALL.stations[0]
    drivers = DriverServer(central, station.id)
    server = await asyncio.start_server(drivers.serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = world(
            central,
            http_url=url,
            sessions=STAYS[:1],
            drivers={"s1": DriverCredential(api_token="T1")},
            clock=Clock.starting(START, 600),
            inputs=inputs,
        )
        result = await play(replace(settings, sessions=(replace(STAYS[0], departure=START + timedelta(minutes=60)),)))
        server.close()
    (needs,) = {json.dumps(body, sort_keys=True) for _, path, _, body in drivers.calls if path == "/api/v1/needs"}
    said = json.loads(needs)
    assert said["evse"] == "id-of-the-socket" and said["energy_wh"] == (5000 if inputs is Inputs.TRUE else 10_000)
    assert said["departure"] == ("2019-09-05T16:00:00Z" if inputs is Inputs.TRUE else "2019-09-05T18:05:00Z")
    assert len(drivers.keys) == 1
    assert {token for _, _, token, _ in drivers.calls} == {"Bearer T1"}
    assert result.sessions[0].delivered_wh == 5000 and result.sessions[0].transactions[0].token == "APP1"


def test_a_compressed_day_keeps_the_power_and_repeats_endlessly():
    day = sessions_on("caltech", date(2019, 9, 5))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    first = list(islice(compressed(day, start, 8), 200))
    assert first[0].arrival == start and first[10].arrival == start
    recorded = {s.ref: s.energy_wh for s in day}
    assert all(abs(s.energy_wh - recorded[s.ref] / 8) <= 0.5 for s in first)
    by_station = {}
    for session in first:
        by_station.setdefault(session.station, []).append(session)
    assert all(a.departure <= b.departure for stays in by_station.values() for a, b in pairwise(stays))


async def test_the_demo_runs_until_it_is_cancelled(central):
    task = asyncio.create_task(play_endlessly(world(central), squeeze=8))
    await central.until(lambda: len(central.of("StopTransaction")) > 4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_simulated_chargers_for_integrators_charge_without_drivers(central):
    reports = []
    settings = FleetSettings(central.url, "CP", count=3, clock=Clock.starting(START, 3000))
    task = asyncio.create_task(run_chargers(settings, reports.append))
    await central.until(lambda: len(central.of("StopTransaction")) > 4 and reports)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert {identity for identity, *_ in central.frames} == {"CP1", "CP2", "CP3"} and reports[-1].online == 3


@pytest.mark.parametrize("wrong", [{"url": "http://x"}, {"count": 0}, {"protocol": "ocpp3"}])
def test_invalid_fleet_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=r".+"):
        FleetSettings(**{"url": "ws://x", "identity": "CP", **wrong})
