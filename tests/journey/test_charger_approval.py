"""An unknown charger is listed, approved in the console, and then charges. Its earlier messages are quarantined."""

from datetime import timedelta

import pytest
from ocpp.exceptions import SecurityError

from journey.chargers import Fleet
from journey.network import Network, now, submit

SOCKETS = {"sockets": 1, "plug-1": "IEC_62196_T2", "supply-1": "three", "voltage_v-1": 230, "max_a-1": 32}


async def test_an_unknown_1_6_charger_is_pending_until_approved_and_then_charges(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("meadow", {"ME-1": "1.6"})
    emil, begun = place.driver("emil", "ACCOUNT", with_card=True), now() - timedelta(hours=1)
    stranger = await fleet.plug16(place, "STRANGER-16")
    assert await stranger.boots() == "Pending"
    assert await stranger.starts(emil.card, begun - timedelta(hours=1), 100) == 0  # told that the card is not accepted
    async with network.desk() as desk:
        assert "STRANGER-16" in (await desk.get("/console/chargers")).text
        set_aside = (await desk.get("/console/quarantine")).text
        assert "STRANGER-16 is not approved and sent StartTransaction." in set_aside
        form = {"id": "STRANGER-16", "site": "meadow", **SOCKETS}
        approved = await submit(desk, "/console/new-charger?name=STRANGER-16", "/console/new-charger", form)
        assert approved.status_code == 303
        assert "STRANGER-16" in (await desk.get("/console/audit")).text
    assert await stranger.boots() == "Accepted"
    transaction = await stranger.starts(emil.card, begun, 1000)
    await stranger.stops(transaction, begun + timedelta(minutes=30), 3000)
    (invoice,) = await place.invoices(emil)
    assert invoice.content.delivery is not None
    assert invoice.content.delivery.energy_wh == 2000


async def test_an_unknown_2_0_1_charger_may_not_report_transactions(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("heath", {"HE-1": "2.0.1"})
    fay, begun = place.driver("fay", "ACCOUNT", with_card=True), now() - timedelta(hours=1)
    stranger = await fleet.plug201(place, "STRANGER-201")
    assert await stranger.boots() == "Pending"
    with pytest.raises(SecurityError):
        await stranger.starts(fay.card, begun)
    async with network.desk() as desk:
        form = {"id": "STRANGER-201", "site": "heath", **SOCKETS}
        await submit(desk, "/console/new-charger?name=STRANGER-201", "/console/new-charger", form)
    assert await stranger.boots() == "Accepted"
    transaction = await stranger.starts(fay.card, begun, 1000)
    await stranger.stops(transaction, begun + timedelta(minutes=30), 3000)
    (invoice,) = await place.invoices(fay)
    assert invoice.gross.minor == 155  # (0.50 + 2 x 0.40) + 19 %


async def test_the_boot_of_a_refused_charger_is_rejected(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("bridge", {"BR-1": "1.6"})
    unwanted = await fleet.plug16(place, "UNWANTED")
    await unwanted.boots()
    async with network.desk() as desk:
        await submit(desk, "/console/chargers", "/console/chargers/UNWANTED/refuse", {})
    assert await unwanted.boots() == "Rejected"
