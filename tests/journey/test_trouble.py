"""Common faults of a day, and that they cost nobody money."""

import asyncio
import os
import signal
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from forecourt.flows.chargers import set_offline_cards
from forecourt.flows.desk import Staff
from forecourt.kernel import ChargerId, instant_text
from forecourt.stations import OfflineCards
from journey.chargers import Fleet
from journey.network import KIND, Network, now


async def test_a_declined_card_starts_nothing(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("court", {"CO-1": "1.6"})
    tom = place.driver("declined")
    await fleet.plug16(place, "CO-1")
    async with network.app(tom) as app:
        assert (await app.post("/api/v1/charges", json={"evse": str(place.evse_id("CO-1"))})).status_code == 202
    (payment,) = await network.until(lambda store: [one for one in store.payments.of_driver(tom.id) if one.state_name == "Declined"])
    assert payment.document_id is None
    assert "StartCharge" not in repr(network.look(lambda store: store.outbox.history("CO-1")))


async def test_a_provider_that_times_out_and_is_then_down_takes_the_money_once(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("tower", {"TO-1": "1.6"})
    gus, begun, faults = place.driver("gus"), now() - timedelta(hours=1), network.provider.faults
    charger = await fleet.plug16(place, "TO-1")
    faults.timeouts_after_effect = 1
    async with network.app(gus) as app:
        await app.post("/api/v1/charges", json={"evse": str(place.evse_id("TO-1"))})
    transaction = await charger.starts((await charger.hears("Start"))["id_tag"], begun, 1000)
    faults.down = True
    await charger.stops(transaction, begun + timedelta(minutes=30), 3000)
    (invoice,) = await place.invoices(gus)
    await network.until(lambda store: [one for one in store.outbox.open_items("payment") if one.attempts])
    faults.down = False
    assert await network.paid(invoice)
    (payment,) = network.look(lambda store: store.payments.of_driver(gus.id))
    assert (payment.state_name, payment.captured) == ("Captured", invoice.gross)
    assert network.look(lambda store: store.ledger.sum_minor("EUR")) == 0


@pytest.mark.parametrize("reachable", [True, False], ids=["refuses", "is away"])
async def test_a_charger_that_does_not_start_releases_the_hold(network: Network, fleet: Fleet, reachable: bool) -> None:
    slug = "quay" if reachable else "pier"
    place = network.forecourt(slug, {f"{slug}-1": "2.0.1"})
    una = place.driver("una")
    if reachable:
        charger = await fleet.plug201(place, f"{slug}-1")
        charger.answer_to_start = "Rejected"
        await charger.boots()
    async with network.app(una) as app:
        await app.post("/api/v1/charges", json={"evse": str(place.evse_id(f"{slug}-1"))})
    (payment,) = await network.until(lambda store: [one for one in store.payments.of_driver(una.id) if one.state_name == "Released"])
    assert network.look(lambda store: list(store.documents.of_driver(una.id))) == []
    assert network.look(lambda store: store.ledger.sum_minor("EUR")) == 0
    assert not payment.holding


async def test_the_same_request_sent_twice_has_one_effect(network: Network) -> None:
    place = network.forecourt("square", {"SQ-1": "1.6", "SQ-2": "1.6"})
    vera, start = place.driver("vera"), now() + timedelta(hours=2)
    window = {"site": "square", "kind": KIND, "start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}
    async with network.app(vera) as app:
        twice = [await app.post("/api/v1/bookings", json=window, headers={"idempotency-key": "one"}) for _ in range(2)]
        assert [answer.status_code for answer in twice] == [201, 201]
        assert twice[0].json() == twice[1].json()
        assert len((await app.get("/api/v1/bookings")).json()) == 1


async def test_a_cancelled_booking_cancels_the_reservation_at_the_charger(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("priory", {"PR-1": "1.6"})
    walt, start = place.driver("walt"), now() + timedelta(minutes=8)
    charger = await fleet.plug16(place, "PR-1")
    await charger.boots()
    await charger.is_free(now())
    await place.is_free("PR-1")
    window = {"site": "priory", "kind": KIND, "start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}
    async with network.app(walt) as app:
        booked = (await app.post("/api/v1/bookings", json=window)).json()
        place.turn_the_clock()
        number = (await charger.hears("Reserve"))["reservation_id"]
        for _ in range(2):
            assert (await app.delete(f"/api/v1/bookings/{booked['id']}")).json()["state"] == "cancelled"
    assert await charger.hears("Cancel") == {"reservation_id": number}
    assert network.look(lambda store: list(store.documents.of_driver(walt.id))) == []


async def test_a_charge_of_another_driver_is_not_found(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("grove", {"GR-1": "1.6"})
    xena, other, begun = place.driver("xena", "ACCOUNT", with_card=True), place.driver("yuri"), now() - timedelta(hours=1)
    charger = await fleet.plug16(place, "GR-1")
    transaction = await charger.starts(xena.card, begun)
    (session,) = await network.until(lambda store: store.sessions.open_of(xena.id))
    async with network.app(other) as app:
        assert (await app.post(f"/api/v1/charges/{session.id}/stop")).status_code == 404
        assert (await app.get(f"/api/v1/charges/{session.id}")).status_code == 404
        await charger.stops(transaction, begun + timedelta(minutes=20), 3000)
        (invoice,) = await place.invoices(xena)
        for name in (invoice.number, f"{invoice.number}.pdf"):
            assert (await app.get(f"/api/v1/receipts/{name}")).status_code == 404
        assert (await app.get("/console/documents")).status_code == 403
    assert "StopCharge" not in repr(network.look(lambda store: store.outbox.history("GR-1")))


async def test_a_charge_stopped_offline_is_matched_and_billed_by_its_own_times(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("island", {"IS-1": "1.6"})
    zoe, begun = place.driver("zoe", "ACCOUNT", with_card=True), now() - timedelta(days=3)
    charger = await fleet.plug16(place, "IS-1")
    transaction = await charger.starts(zoe.card, begun, 1000)
    await charger.stops(-1, begun + timedelta(minutes=30), 9000)  # it never learned the number it was given
    (invoice,) = await place.invoices(zoe)
    await charger.meters(transaction, begun + timedelta(minutes=40), 9900)
    assert (await place.quarantined("meter_after_end")).subject == str(invoice.content.session_id)
    delivery = invoice.content.delivery
    assert delivery is not None
    assert (delivery.energy_wh, delivery.ended_at - delivery.started_at) == (8000, timedelta(minutes=30))


async def test_a_card_of_the_local_list_charges_offline_and_is_billed(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("hut", {"HU-1": "1.6"})
    nele, day = place.driver("nele", "ACCOUNT", with_card=True), now() - timedelta(days=1)
    charger = await fleet.plug16(place, "HU-1")
    await charger.boots()
    await charger.stops(await charger.starts(nele.card, day, 1000), day + timedelta(minutes=30), 2000)
    await place.invoices(nele)
    with network.transactions.begin() as store:
        set_offline_cards(store, Staff(network.operator_id, "system", now(), network.ids), place.site_id, OfflineCards.REGULARS)
    place.turn_the_clock()
    told = await charger.hears("Cards")
    assert [one["id_tag"] for one in told["local_authorization_list"]] == [nele.card]
    await network.until(lambda store: [one for one in store.stations.chargers() if one.id == "HU-1" and one.cards.taken])
    await fleet.unplug()
    charger, begun = await fleet.plug16(place, "HU-1"), now() - timedelta(minutes=40)
    await charger.stops(await charger.starts(nele.card, begun, 2000), begun + timedelta(minutes=30), 9000)
    assert {one.content.delivery.energy_wh for one in await place.invoices(nele, 2) if one.content.delivery} == {1000, 7000}


@pytest.mark.parametrize("days", [1, 20_000])
async def test_a_charge_at_a_charger_whose_clock_is_ahead_is_billed_by_server_time(network: Network, fleet: Fleet, days: int) -> None:
    place = network.forecourt(f"dawn-{days}", {f"DA-{days}": "1.6"})
    bea, ahead = place.driver("bea", "ACCOUNT", with_card=True), now() + timedelta(days=days)
    charger = await fleet.plug16(place, f"DA-{days}")
    transaction = await charger.starts(bea.card, ahead, 1000)
    await charger.stops(transaction, ahead + timedelta(minutes=30), 1040)
    (invoice,) = await place.invoices(bea)
    assert invoice.content.delivery is not None
    assert invoice.content.delivery.energy_wh == 40
    assert abs(invoice.content.delivery.ended_at - now()) < timedelta(minutes=1)


async def test_an_end_that_arrives_after_the_next_start_is_shown_to_staff(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("alley", {"AL-1": "1.6"})
    cora, dirk, begun = place.driver("cora", with_card=True), place.driver("dirk", "ACCOUNT", with_card=True), now() - timedelta(hours=1)
    charger = await fleet.plug16(place, "AL-1")
    hers = await charger.starts(cora.card, begun, 1000)
    his = await charger.starts(dirk.card, begun + timedelta(minutes=20), 3000)
    await charger.stops(hers, begun + timedelta(minutes=19), 2900)
    await charger.stops(his, begun + timedelta(minutes=40), 5000)
    entry = await place.quarantined("late_end")
    assert entry.text == "AL-1 reports the end at 2900 Wh of a charge that was sealed at 1000 Wh."
    (invoice,) = await place.invoices(dirk)
    assert invoice.gross.minor == 155  # his 2 kWh, none of hers


async def test_a_charger_that_reuses_transaction_numbers_is_shown_to_staff(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("depot", {"DE-1": "2.0.1"})
    drivers = [place.driver(name, "ACCOUNT", with_card=True) for name in ("elsa", "finn")]
    for driver, hours, wh in zip(drivers, (3, 2), (1000, 2000), strict=True):
        begun = now() - timedelta(hours=hours)
        charger = await fleet.plug201(place, "DE-1")  # a new one: its first transaction is DE-1-1 again
        transaction = await charger.starts(driver.card, begun, wh)
        await charger.stops(transaction, begun + timedelta(minutes=30), wh + 1000)
        await fleet.unplug()
    assert (await place.quarantined("transaction_reused")).subject
    assert "3000 Wh" in (await place.quarantined("late_end")).text
    (invoice,) = await place.invoices(drivers[0])
    assert invoice.gross.minor == 107  # (0.50 + 1 x 0.40) + 19 %


async def test_a_newer_connection_of_a_charger_replaces_the_older_one(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("mill", {"MI-1": "1.6"})
    adam, begun = place.driver("adam", "ACCOUNT", with_card=True), now() - timedelta(hours=1)
    await fleet.plug16(place, "MI-1")
    newer = await fleet.plug16(place, "MI-1")
    await newer.boots()
    transaction = await newer.starts(adam.card, begun)
    (session,) = await network.until(lambda store: store.sessions.open_of(adam.id))
    async with network.app(adam) as app:
        await app.post(f"/api/v1/charges/{session.id}/stop")
    assert await newer.hears("Stop") == {"transaction_id": transaction}


async def test_two_cars_share_the_power_of_the_supply(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("barn", {"BA-1": "1.6", "BA-2": "1.6"}, limit_a=40)
    told: dict[str, float] = {}

    async def obey(identity: str) -> None:
        """Start, then draw what it is told, and show it again and again."""
        charger = await fleet.plug16(place, identity)
        await charger.boots()
        await network.until(
            lambda store: not store.plans.lacks_fallback(ChargerId(identity))
        )  # before it has its fallback, it would wait for room
        driver = place.driver(identity.lower(), "ACCOUNT", with_card=True)
        transaction = await charger.starts(driver.card, now() - timedelta(seconds=30))
        while len(told) < 2 or sum(told.values()) < 39:
            try:
                profile = (await asyncio.wait_for(charger.hears("Profile"), 0.5))["cs_charging_profiles"]
            except TimeoutError:  # a reading, but only once both charge: an order after one that is not proved yet takes minutes
                if len(told) == 2:
                    await charger.meters(transaction, now(), 1000, told[identity])
                continue
            if profile["charging_profile_purpose"] == "TxProfile":
                told[identity] = profile["charging_schedule"]["charging_schedule_period"][0]["limit"]
                assert sum(told.values()) <= 40

    first = asyncio.create_task(obey("BA-1"))
    await network.until(lambda _: told)
    assert told == {"BA-1": 32}
    second = asyncio.create_task(obey("BA-2"))
    await network.until(lambda _: len(told) == 2 and sum(told.values()) >= 39)
    for task in (first, second):
        task.cancel()
    failed = [error for error in await asyncio.gather(first, second, return_exceptions=True) if isinstance(error, Exception)]
    assert failed == []
    assert min(told.values()) >= 6


async def test_without_the_message_bus_charges_are_billed_and_commands_work_once_it_returns(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("valley", {"VL-1": "1.6"})
    hana, begun = place.driver("hana", "ACCOUNT", with_card=True), now() - timedelta(hours=1)
    charger = await fleet.plug16(place, "VL-1")
    transaction = await charger.starts(hana.card, begun, 1000)
    assert network.servers.nats is not None
    assert network.servers.nats.pid is not None
    os.kill(network.servers.nats.pid, signal.SIGKILL)
    await charger.stops(transaction, begun + timedelta(minutes=30), 3000)
    (invoice,) = await place.invoices(hana)
    assert invoice.gross.minor == 155  # (0.50 + 2 x 0.40) + 19 %
    asked: dict[str, Any] = {}
    async with network.app(hana) as app, asyncio.timeout(60):
        while not asked:  # a command that nobody can take is over at once: the driver asks again
            assert (await app.post("/api/v1/charges", json={"evse": str(place.evse_id("VL-1"))})).status_code == 202
            with suppress(TimeoutError):
                asked = await asyncio.wait_for(charger.hears("Start"), 2)
    assert asked["connector_id"] == 1


async def test_a_car_follows_the_grid_operators_limit_and_gets_full_power_afterwards(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("weir", {"WE-1": "2.0.1"})
    uwe = place.driver("uwe", "ACCOUNT", with_card=True)
    charger = await fleet.plug201(place, "WE-1")
    await charger.boots()

    async def told(amps: float) -> None:
        while True:
            profile = (await charger.hears("Profile"))["charging_profile"]
            limit = profile["charging_schedule"][0]["charging_schedule_period"][0]["limit"]
            if (profile["charging_profile_purpose"], limit) == ("TxProfile", amps):
                return

    await charger.starts(uwe.card, now() - timedelta(seconds=30))
    await told(32)
    await charger.is_limited("SO", 10)
    await told(10)
    await charger.is_limited_no_more("SO")
    await told(32)
