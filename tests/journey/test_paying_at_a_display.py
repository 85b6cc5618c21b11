"""OCPP 2.1 with an independent charger implementation: a driver's charge, and a guest's from display code to receipt."""

import asyncio
import re
from datetime import timedelta

import httpx

from forecourt.kernel import ChargerId
from journey.chargers import Fleet
from journey.network import Network, now, submit
from stations.test_pay_codes import shown


async def test_a_driver_charges_at_a_2_1_charger_and_is_billed(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("lighthouse", {"LH-1": "2.0.1"})
    ida, begun = place.driver("ida", "ACCOUNT", with_card=True), now() - timedelta(hours=1)
    charger = await fleet.plug21(place, "LH-1")
    assert await charger.boots() == "Accepted"
    await charger.is_free(begun)
    assert await charger.shows(ida.card) == "Accepted"
    transaction = await charger.starts(ida.card, begun, 1000)
    await charger.meters(transaction, begun + timedelta(minutes=30), 6500)
    await charger.stops(transaction, begun + timedelta(minutes=50), 12_000)
    (invoice,) = await place.invoices(ida)
    assert invoice.content.delivery is not None and invoice.content.delivery.energy_wh == 11_000
    assert str(invoice.gross) == "5.83 EUR"  # (0.50 + 11 x 0.40) + 19 %


async def test_a_guest_pays_with_the_code_on_the_charger_display(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("lido", {"LI-1": "2.0.1"})
    charger = await fleet.plug21(place, "LI-1")
    await charger.boots()
    await charger.is_free(now())
    await network.until(lambda store: store.stations.charger(ChargerId("LI-1")).connected)
    async with network.desk() as desk:
        told = await submit(desk, "/console/chargers/LI-1", "/console/chargers/LI-1/pay-codes", {})
    assert "The charger shows payment codes." in told.text
    path = charger.shown["URLTemplate"].removeprefix(network.http_url)
    values = {"chargingstationid": "LI-1", "evse": "1", "totp": shown(charger.shown["SharedSecret"], now()), "version": "v1"}
    async with httpx.AsyncClient(base_url=network.http_url, timeout=30, follow_redirects=True) as phone:
        page = (await phone.get(path.format(**values))).text
        assert '<h2 id="price">Price</h2>' in page
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        visit = await phone.post(re.search(r'action="(/e/\w+)"', page)[1], data=form)
        assert await charger.hears("Paying") == {"evse_id": 1, "timeout": 300}
        await pays(phone, str(visit.url.path))
        start = await charger.hears("Start")
        assert start["id_token"]["type"] == "DirectPayment"
        begun = now() - timedelta(minutes=20)
        transaction = await charger.starts(start["id_token"]["id_token"], begun, 1000, start["remote_start_id"])
        await charger.stops(transaction, now(), 3000)
        receipt = await settled(phone, str(visit.url.path))
    assert "1.55" in receipt  # (0.50 + 2 x 0.40) + 19 %
    assert network.look(lambda store: store.ledger.sum_minor("EUR")) == 0


async def pays(phone: httpx.AsyncClient, visit: str) -> None:
    """At the provider's page, as soon as it is open."""
    async with asyncio.timeout(60):
        while (link := re.search(r'href="([^"]+/pay/[^"]+)"', (await phone.get(visit)).text)) is None:
            await asyncio.sleep(0.1)
    address = httpx.URL(link[1].replace("&amp;", "&"))
    card = {"card": "4242424242424242", "key": address.params["key"], "back": address.params["back"]}
    assert (await phone.post(address.copy_with(query=None), data=card)).status_code == 200


async def settled(phone: httpx.AsyncClient, visit: str) -> str:
    async with asyncio.timeout(60):
        while (link := re.search(rf'href="({visit}/receipts/[^"]+)"', (await phone.get(visit)).text)) is None:
            await asyncio.sleep(0.1)
    return (await phone.get(link[1])).text
