"""Bookings of the last socket: one succeeds, it is reserved for the driver, and a no-show is billed."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx

from forecourt.flows.bookings import ReserveRequest, advance_bookings, reserve
from forecourt.flows.desk import DriverAccountRequest, create_driver_account
from forecourt.flows.ports import Store
from forecourt.kernel import BookingId, ChargerId, Span, instant_text
from forecourt.payments import Held, Released
from forecourt.reservations import BookingRules, DepositRule, Kept, Missed
from journey.chargers import Fleet
from journey.network import KIND, Network, api_key, now

CROWD = 100


async def test_of_a_hundred_concurrent_bookings_for_the_last_socket_one_succeeds(network: Network) -> None:
    place = network.forecourt("market", {"MA-1": "1.6", "MA-2": "2.0.1"})
    start = now() + timedelta(hours=3)
    window = {"site": "market", "kind": KIND, "start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}
    first = place.driver("first")
    async with network.app(first) as app:
        assert (await app.post("/api/v1/bookings", json=window)).status_code == 201
    with network.transactions.begin() as store:
        for number in range(CROWD):
            person = DriverAccountRequest(network.operator_id, f"Rider {number}", f"rider{number}@market.example", "")
            account = create_driver_account(store, person, now(), network.ids)
            store.drivers.put_sign_in(api_key(f"rider-{number}", account.id))

    async def ask(client: httpx.AsyncClient, number: int) -> httpx.Response:
        return await client.post("/api/v1/bookings", json=window, headers={"authorization": f"Bearer rider-{number}"})

    async with httpx.AsyncClient(base_url=network.http_url, limits=httpx.Limits(max_connections=CROWD), timeout=60) as client:
        began = time.perf_counter()
        answers = await asyncio.gather(*(ask(client, number) for number in range(CROWD)))
        took_s = time.perf_counter() - began
    print(f"\n{CROWD} bookings answered in {took_s:.2f} s")
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CROWD - 1}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"slot_taken"}


async def test_the_assigned_socket_is_reserved_at_the_charger_and_the_driver_charges_there(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("castle", {"CA-1": "1.6"})
    gina, start = place.driver("gina", "ACCOUNT", with_card=True), now() + timedelta(minutes=5)
    charger = await fleet.plug16(place, "CA-1")
    await charger.boots()
    await charger.is_free(now())
    await place.is_free("CA-1")
    window = {"site": "castle", "kind": KIND, "start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}
    async with network.app(gina) as app:
        booked = (await app.post("/api/v1/bookings", json=window)).json()
        assert booked["state"] == "confirmed"
        place.turn_the_clock()
        wanted = await charger.hears("Reserve")
        assert wanted["connector_id"] == 1
        assert wanted["id_tag"] in network.look(lambda store: [one.uid for one in store.drivers.tokens_of(gina.id)])
        transaction = await charger.starts(gina.card, now() - timedelta(seconds=60), 1000, wanted["reservation_id"])
        await charger.stops(transaction, now(), 1300)
        (invoice,) = await place.invoices(gina)
        assert (await app.get(f"/api/v1/bookings/{booked['id']}")).json()["state"] == "kept"
    kept = network.look(lambda store: store.bookings.booking(BookingId(UUID(booked["id"]))))
    assert kept is not None
    assert kept.state == Kept(invoice.content.session_id, kept.state.arrived_at)
    assert invoice.gross.minor == 74  # (0.50 + 0.3 x 0.40) + 19 %


async def test_a_no_show_frees_the_bay_after_the_grace_period_and_is_billed(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("chapel", {"CH-1": "1.6"})
    hugo, window = place.driver("hugo"), Span(now() - timedelta(minutes=17), now() + timedelta(minutes=43))
    charger = await fleet.plug16(place, "CH-1")
    await charger.boots()
    await charger.is_free(now() - timedelta(minutes=30))
    await place.is_free("CH-1")
    with network.transactions.begin() as store:  # asked for twenty minutes ago, and the socket chosen
        asked = ReserveRequest(place.site_id, KIND, hugo.id, window)
        booking = reserve(store, asked, now() - timedelta(minutes=20), network.ids)
        advance_bookings(store, place.site_id, now() - timedelta(minutes=17), network.ids)
        here = store.stations.charger(ChargerId("CH-1"))  # who has just come has a minute to say what it has kept
        store.stations.put_charger(replace(here, seen_at=now() - timedelta(minutes=2)))
    wanted = await charger.hears("Reserve")
    place.turn_the_clock()
    assert await charger.hears("Cancel") == {"reservation_id": wanted["reservation_id"]}
    (invoice,) = await place.invoices(hugo)
    assert (invoice.content.booking_id, invoice.gross.minor) == (booking.id, 595)  # 5.00 + 19 %
    assert await network.paid(invoice)
    assert network.look(lambda store: isinstance(store.bookings.booking(booking.id).state, Missed))


async def test_a_booking_is_confirmed_once_its_deposit_is_held_and_a_timely_cancellation_releases_it(network: Network) -> None:
    place = network.forecourt("abbey", {"AB-1": "1.6"})
    ivy, start = place.driver("ivy"), now() + timedelta(hours=3)
    with network.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(place.site_id), BookingRules(held_back=0, deposit=DepositRule.FEE))
    window = {"site": "abbey", "kind": KIND, "start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}

    def state(booking_id: str, wanted: type) -> Callable[[Store], bool]:
        def reached(store: Store) -> bool:
            deposit = store.deposits.of_booking(BookingId(UUID(booking_id)))
            payment = store.payments.payment(deposit.payment_id) if deposit and deposit.payment_id else None
            return payment is not None and isinstance(payment.state, wanted)

        return reached

    async with network.app(ivy) as app:
        terms = (await app.post("/api/v1/quotes", json=window | {"energy_wh": 9000})).json()["deposit"]
        booked = (await app.post("/api/v1/bookings", json=window)).json()
        assert booked["state"] == "unpaid" and booked["deposit"]["amount"] == terms["amount"] == {"amount": "5.95", "currency": "EUR"}
        await network.until(state(booked["id"], Held))
        firm = (await app.get(f"/api/v1/bookings/{booked['id']}")).json()
        assert (firm["state"], firm["deposit"]["step"]) == ("confirmed", "held")
        assert (await app.delete(f"/api/v1/bookings/{booked['id']}")).json()["state"] == "cancelled"
        await network.until(state(booked["id"], Released))
        assert (await app.get(f"/api/v1/bookings/{booked['id']}")).json()["deposit"]["step"] == "back"
