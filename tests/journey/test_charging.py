"""From plug to paid invoice, with an independent charger implementation."""

from datetime import timedelta
from decimal import Decimal

from cryptography.x509.ocsp import OCSPCertStatus

from forecourt.flows.paying import collect
from forecourt.kernel import Money
from journey.chargers import Fleet
from journey.network import Network, now
from mobility_operator import CONTRACT, pem


def eur(text: str) -> Money:
    return Money.of(Decimal(text), "EUR")


async def test_an_account_driver_charges_at_a_1_6_charger_and_pays_at_the_monthly_collection(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("station", {"ST-1": "1.6"})
    ada, begun = place.driver("ada", "ACCOUNT", with_card=True), now() - timedelta(hours=1)
    charger = await fleet.plug16(place, "ST-1")
    assert await charger.boots() == "Accepted"
    assert await charger.shows(ada.card) == "Accepted"
    transaction = await charger.starts(ada.card, begun, 1000)
    await charger.meters(transaction, begun + timedelta(minutes=30), 6500)
    await charger.stops(transaction, begun + timedelta(minutes=50), 12_000)
    (invoice,) = await place.invoices(ada)
    assert invoice.content.delivery is not None
    assert invoice.content.delivery.energy_wh == 11_000
    assert invoice.gross == eur("5.83")  # (0.50 + 11 x 0.40) + 19 %
    with network.transactions.begin() as store:
        collect(store, network.operator_id, now(), network.ids)
    assert await network.paid(invoice)
    assert network.look(lambda store: store.ledger.sum_minor("EUR")) == 0


async def test_an_app_driver_charges_at_a_2_0_1_charger_and_the_hold_is_captured(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("museum", {"MU-1": "2.0.1"})
    ben, begun = place.driver("ben"), now() - timedelta(hours=1)
    charger = await fleet.plug201(place, "MU-1")
    assert await charger.boots() == "Accepted"
    async with network.app(ben) as app:
        asked = await app.post("/api/v1/charges", json={"evse": str(place.evse_id("MU-1"))})
        assert (asked.status_code, asked.json()["state"]) == (202, "holding")
        order = await charger.hears("Start")
        transaction = await charger.starts(order["id_token"]["id_token"], begun, 1000, order["remote_start_id"])
        await charger.pauses(transaction, begun + timedelta(minutes=40), 12_000)
        await charger.stops(transaction, begun + timedelta(minutes=50), 12_000)
        (invoice,) = await place.invoices(ben)
        assert await network.paid(invoice)
        receipt = (await app.get(f"/api/v1/receipts/{invoice.number}")).json()
        assert receipt["total"] == {"amount": "7.02", "currency": "EUR"}  # (0.50 + 11 x 0.40 + 10 min parked) + 19 %
        await network.until(lambda store: store.documents.files(invoice.id))
        pdf = await app.get(receipt["pdf"])
    assert (pdf.status_code, pdf.headers["content-type"], pdf.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert network.look(lambda store: (store.ledger.sum_minor("EUR"), store.payments.of_driver(ben.id)[0].holding)) == (0, False)


async def test_a_car_charges_by_plug_and_charge_and_its_driver_pays_at_the_monthly_collection(network: Network, fleet: Fleet) -> None:
    """Without card or app; a contract revoked meanwhile starts nothing."""
    place, mobility = network.forecourt("plugged", {"PC-1": "2.0.1"}), network.mobility
    eve, begun = place.driver("eve", "ACCOUNT"), now() - timedelta(hours=1)
    network.admin.add("token", {"driver": eve.email, "uid": f"EMAID:{CONTRACT}-X", "label": "Kona"})
    leaf, charger = mobility.contract(), await fleet.plug201(place, "PC-1")
    assert await charger.boots() == "Accepted"
    assert await charger.shows_contract(CONTRACT, pem(leaf, mobility.sub)) == ("Accepted", "Accepted")
    transaction = await charger.starts(CONTRACT, begun, 1000)
    await charger.stops(transaction, begun + timedelta(minutes=50), 12_000)
    (invoice,) = await place.invoices(eve)
    assert invoice.gross == eur("5.83")  # (0.50 + 11 x 0.40) + 19 %
    with network.transactions.begin() as store:
        collect(store, network.operator_id, now(), network.ids)
    assert await network.paid(invoice)
    lost = mobility.contract()
    mobility.statuses[lost.serial_number] = OCSPCertStatus.REVOKED
    assert await charger.shows_contract(CONTRACT, pem(lost, mobility.sub)) == ("Invalid", "CertificateRevoked")


async def test_a_stop_from_the_app_reaches_the_charger_through_another_process(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("harbour", {"HA-1": "1.6"})
    cleo, begun = place.driver("cleo", "ACCOUNT"), now() - timedelta(minutes=10)
    charger = await fleet.plug16(place, "HA-1")
    await charger.boots()
    async with network.app(cleo) as app:
        await app.post("/api/v1/charges", json={"evse": str(place.evse_id("HA-1"))})
        order = await charger.hears("Start")
        transaction = await charger.starts(order["id_tag"], begun)
        (session,) = await network.until(lambda store: store.sessions.open_of(cleo.id))
        for _ in range(2):
            assert (await app.post(f"/api/v1/charges/{session.id}/stop")).status_code == 202
        assert await charger.hears("Stop") == {"transaction_id": transaction}
        await charger.stops(transaction, now(), 2000)
        await place.invoices(cleo)
        assert (await app.get("/api/v1/charges")).json() == []


async def test_a_message_resent_after_a_broken_connection_has_one_effect(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("tunnel", {"TU-1": "1.6"})
    dora, begun = place.driver("dora", "ACCOUNT", with_card=True), now() - timedelta(hours=1)
    transactions = []
    for _ in range(3):
        charger = await fleet.plug16(place, "TU-1")
        await charger.boots()
        transactions.append(await charger.starts(dora.card, begun))
        await fleet.unplug()
    for _ in range(2):
        charger = await fleet.plug16(place, "TU-1")
        await charger.stops(transactions[0], begun + timedelta(minutes=30), 6000)
        await fleet.unplug()
    (invoice,) = await place.invoices(dora)
    assert len(set(transactions)) == 1
    await network.until(lambda store: not store.inbox.sites_waiting())
    (record,) = network.look(lambda store: store.sessions.records_of(dora.id))
    assert (record.energy_wh, record.session_id) == (5000, invoice.content.session_id)
