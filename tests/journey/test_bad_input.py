"""Invalid input is never billed, nothing is lost, and the next charge works."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from forecourt.simulation.provider import HEADER, signature
from journey.chargers import Fleet
from journey.network import KIND, PROVIDER_SECRET, Forecourt, Network, Person, now, submit

GARBAGE = {
    "no JSON": "hello",
    "not a frame": '{"a":1}',
    "an unknown message type": '[9,"1","Heartbeat",{}]',
    "an action that is no text": '[2,"1",{},{}]',
    "deep JSON": f'[2,"1","Heartbeat",{"[" * 50_000}{"]" * 50_000}]',
    "the same key twice": '[2,"1","Authorize",{"idTag":"A","idTag":"B"}]',
    "a NUL": '[2,"1","Authorize",{"idTag":"A\\u0000B"}]',
    "half a surrogate": '[2,"1","Authorize",{"idTag":"\\ud800"}]',
    "a number of 5,000 digits": f'[2,"1","MeterValues",{{"connectorId":{"9" * 5000},"meterValue":[]}}]',
    "a message id of 10,000 characters": f'[2,"{"x" * 10_000}","Heartbeat",{{}}]',
    "an unknown action": '[2,"1","DropTables",{}]',
    "a field too few": '[2,"1","StartTransaction",{"connectorId":1}]',
}


async def error_for(connection: ClientConnection, frame: str) -> list[Any]:
    """The CALLERROR a frame is answered with."""
    await connection.send(frame)
    answer = json.loads(await connection.recv())
    assert answer[0] == 4, answer
    return list(answer)


async def charge(place: Forecourt, fleet: Fleet, person: Person) -> None:
    """A plain charge of 2 kWh at the place's first charger ends in its invoice."""
    charger, begun = await fleet.plug16(place, next(iter(place.passwords))), now() - timedelta(minutes=30)
    assert await charger.boots() == "Accepted"
    transaction = await charger.starts(person.card, begun, 1000)
    await charger.stops(transaction, begun + timedelta(minutes=20), 3000)
    (invoice,) = await place.invoices(person)
    assert invoice.gross.minor == 155  # (0.50 + 2 x 0.40) + 19 %
    await place.network.until(lambda store: not store.inbox.sites_waiting())


async def test_an_invalid_frame_gets_an_error_and_the_connection_stays_open(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("orchard", {"OR-1": "1.6"})
    connection = await fleet.open(place, "OR-1", "ocpp1.6")
    for name, frame in GARBAGE.items():
        error = await error_for(connection, frame)
        assert error[1] in ("1", "-1"), name
        assert "Traceback" not in error[3], name
    await connection.send('[2,"2","Heartbeat",{}]')
    assert json.loads(await connection.recv())[:2] == [3, "2"]
    await charge(place, fleet, place.driver("ines", "ACCOUNT", with_card=True))
    assert network.look(lambda store: [one for one in store.inbox.quarantined(1000) if one.charger_id == "OR-1"]) == []


@pytest.mark.parametrize(
    ("payload", "text", "codes"),
    [(b"x" * 300_000, True, (1009, 1002)), (b'"\xff"', True, (1007,)), (b"[]", False, (1003,))],
    ids=["too big", "not UTF-8", "binary"],
)
async def test_binary_or_oversized_frames_close_only_their_own_connection(
    network: Network, fleet: Fleet, payload: bytes, text: bool, codes: tuple[int, ...]
) -> None:
    slug = f"field-{codes[0]}"
    place = network.forecourt(slug, {f"{slug}-1": "1.6", f"{slug}-2": "1.6"})
    neighbour = await fleet.plug16(place, f"{slug}-2")
    connection = await fleet.open(place, f"{slug}-1", "ocpp1.6")
    with pytest.raises(ConnectionClosed) as closed:
        await connection.send(payload, text=text)
        while True:
            await connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in codes
    assert await neighbour.boots() == "Accepted"
    await charge(place, fleet, place.driver("jan", "ACCOUNT", with_card=True))


async def test_a_wrong_password_gets_the_same_answer_as_an_unwanted_charger(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("gate", {"GA-1": "1.6", "GA-2": "1.6"})
    await (await fleet.plug16(place, "GA-UNWANTED")).boots()
    async with network.desk() as desk:
        await submit(desk, "/console/chargers", "/console/chargers/GA-UNWANTED/refuse", {})
    answers = []
    for identity, password in (("GA-1", "wrong"), ("GA-1", ""), ("GA-1", place.passwords["GA-2"]), ("GA-UNWANTED", "wrong")):
        with pytest.raises(InvalidStatus) as refused:
            await fleet.open(place, identity, "ocpp1.6", password)
        response = refused.value.response
        answers.append((response.status_code, sorted(response.headers.items()), response.body))
    assert answers[0][0] == 401
    assert all(answer == answers[0] for answer in answers)
    await charge(place, fleet, place.driver("kim", "ACCOUNT", with_card=True))


async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(network: Network) -> None:
    place = network.forecourt("kiosk", {"KI-1": "1.6"})
    known = place.driver("lea").email
    async with httpx.AsyncClient(base_url=network.http_url) as browser:
        answers = [
            await submit(browser, "/login", "/login", {"email": email, "password": "guess"}) for email in (known, "nobody@kiosk.example")
        ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert all("The email address or password is wrong." in answer.text for answer in answers)


async def test_an_unknown_card_is_refused_stopped_and_never_billed(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("arcade", {"AR-1": "1.6"})
    charger, begun = await fleet.plug16(place, "AR-1"), now() - timedelta(minutes=30)
    await charger.boots()
    assert await charger.shows("04DEADBEEF") == "Invalid"
    transaction = await charger.starts("04DEADBEEF", begun, 1000)
    assert await charger.hears("Stop") == {"transaction_id": transaction}
    await charger.stops(transaction, begun + timedelta(minutes=20), 3000)
    assert "2000 Wh" in (await place.quarantined("nobody_to_bill")).text
    await charge(place, fleet, place.driver("mio", "ACCOUNT", with_card=True))


@pytest.mark.parametrize(("name", "readings"), [("negative", (5000, -500, 6000)), ("backward", (5_000_000, 4_000_000, 5_001_000))])
async def test_implausible_readings_are_shown_to_staff_and_not_billed(
    network: Network, fleet: Fleet, name: str, readings: tuple[int, int, int]
) -> None:
    place = network.forecourt(name, {f"{name}-1": "1.6"})
    nina, begun = place.driver("nina", "ACCOUNT", with_card=True), now() - timedelta(hours=2)
    charger = await fleet.plug16(place, f"{name}-1")
    await charger.boots()
    transaction = await charger.starts(nina.card, begun, readings[0])
    await charger.meters(transaction, begun + timedelta(minutes=10), readings[1])
    await charger.stops(transaction, begun + timedelta(minutes=20), readings[2])
    doubt = await place.quarantined("doubtful_charge")
    async with network.desk() as desk:
        page = (await desk.get("/console/quarantine")).text
        assert doubt.text in page
        assert f"{name}-1" in page
    await charge(place, fleet, nina)  # whose only invoice is this one


async def test_a_stop_for_another_chargers_transaction_has_no_effect(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("garden", {"GN-1": "1.6", "GN-2": "1.6"})
    olga, begun = place.driver("olga", "ACCOUNT", with_card=True), now() - timedelta(minutes=30)
    hers, other = await fleet.plug16(place, "GN-1"), await fleet.plug16(place, "GN-2")
    transaction = await hers.starts(olga.card, begun, 1000)
    await other.stops(transaction, begun + timedelta(minutes=5), 500_000)
    assert (await place.quarantined("unknown_transaction")).charger_id == "GN-2"
    assert len(network.look(lambda store: store.sessions.open_of(olga.id))) == 1
    await hers.stops(transaction, begun + timedelta(minutes=20), 3000)
    (invoice,) = await place.invoices(olga)
    assert invoice.gross.minor == 155


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"start": "tomorrow"}, "start"),
        ({"energy_wh": -1}, "energy_wh"),
        ({"surprise": 1}, "surprise"),
        ({"end": "2020-01-01T00:00:00Z"}, "end"),
        ({"kind": None}, "kind"),
    ],
)
async def test_an_invalid_booking_is_refused_with_the_reason(network: Network, change: dict[str, Any], word: str) -> None:
    slug = f"plaza-{word}"
    place = network.forecourt(slug, {f"{slug}-1": "1.6"})
    body = {"site": slug, "kind": KIND, "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z", **change}
    async with network.app(place.driver("pia")) as app:
        answer = await app.post("/api/v1/bookings", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert word in (answer.json()["detail"] + answer.json()["remedy"])
    assert network.look(lambda store: store.bookings.live_at(place.site_id)) == []


async def test_a_forged_or_stale_payment_webhook_is_refused(network: Network) -> None:
    body, at = b'{"id":"evt_forged","name":"captured"}', now().timestamp()
    forged = {
        "none": "",
        "another secret": signature("guess", body, at),
        "another body": signature(PROVIDER_SECRET, body + b" ", at),
        "an hour old": signature(PROVIDER_SECRET, body, at - 3600),
        "nonsense": "t=x,v1=é".encode("latin-1"),
    }
    async with httpx.AsyncClient(base_url=network.http_url) as anybody:
        for name, signed in forged.items():
            answer = await anybody.post("/webhooks/payments", content=body, headers={HEADER: signed})
            assert answer.status_code == 403, name
