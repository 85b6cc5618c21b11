"""A card at the terminal of an independent 2.1 charger: from the tap to the invoice behind the code on its display."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from forecourt.kernel import ChargerId
from forecourt.payments import Payment, terminal_payment_id
from journey.chargers import Charger21, Fleet
from journey.network import Forecourt, Network, now, submit
from journey.test_paying_at_a_display import settled

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def ties(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.syspath_prepend(str(FOLDER))
    from _accountant import ties

    return ties


async def let_in(network: Network, fleet: Fleet, place: Forecourt, identity: str) -> Charger21:
    charger = await fleet.plug21(place, identity)
    await charger.boots()
    await charger.is_free(now())
    await network.until(lambda store: store.stations.charger(ChargerId(identity)).connected)
    await place.is_free(identity)
    async with network.desk() as desk:
        told = await submit(desk, f"/console/chargers/{identity}", f"/console/chargers/{identity}/terminal", {})
    assert "can start charges now" in told.text, told.text
    assert (charger.shown["AuthorizeDirectPayment"], charger.shown["SettlementByCSMS"]) == ("true", "true")
    return charger


def payments(network: Network, reference: str) -> Sequence[Payment]:
    def found(store):
        one = store.payments.payment(terminal_payment_id(network.operator_id, reference))
        return [] if one is None else [one]

    return network.look(found)


async def test_a_card_tapped_at_the_terminal_charges_and_its_hold_is_captured_by_one_invoice(network: Network, fleet: Fleet, ties) -> None:
    place = network.forecourt("terminal", {"TE-1": "2.0.1"})
    charger = await let_in(network, fleet, place, "TE-1")
    reference = network.taps(3000)
    answer = await charger.taps(reference)
    assert answer["status"] == "Accepted" and answer["personal_message"]["format"] == "QRCODE"
    begun = now() - timedelta(minutes=20)
    transaction = await charger.starts(reference, begun, 1000)
    await charger.stops(transaction, now(), 3000)
    link = httpx.URL(answer["personal_message"]["content"])
    async with httpx.AsyncClient(base_url=network.http_url, timeout=30, follow_redirects=True) as phone:
        receipt = await settled(phone, link.path)
    assert "1.55" in receipt  # (0.50 + 2 x 0.40) + 19 %
    (paid,) = payments(network, reference)
    (invoice,) = network.look(lambda store: store.documents.of_driver(paid.driver_id))
    assert await network.paid(invoice)  # a bill is there a moment before its capture
    held = network.provider.bank.get(reference)
    assert (held.status, held.captured, held.held) == ("captured", 155, 0)
    with network.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0 and ties(store, network.operator_id, now()) > 0


async def test_an_unapproved_terminal_starts_no_charge_and_its_hold_is_not_adopted(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("refused", {"TE-2": "2.0.1"})
    charger = await fleet.plug21(place, "TE-2")
    await charger.boots()
    await charger.is_free(now())
    reference = network.taps(3000)
    assert (await charger.taps(reference))["status"] == "Invalid"
    await charger.starts(reference, now(), 1000)
    await charger.hears("Stop")
    assert payments(network, reference) == [] and network.provider.bank.get(reference).reference == ""


async def test_the_same_terminal_payment_at_another_charger_or_twice_starts_one_charge(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("twice", {"TE-3": "2.0.1", "TE-4": "2.0.1"})
    first, other = await let_in(network, fleet, place, "TE-3"), await let_in(network, fleet, place, "TE-4")
    reference = network.taps(3000)
    answers = [await first.taps(reference), await first.taps(reference)]
    assert answers[0] == answers[1] and answers[0]["status"] == "Accepted"
    transaction = await first.starts(reference, now() - timedelta(minutes=10), 1000)
    await other.starts(reference, now() - timedelta(minutes=9), 1000)
    await other.hears("Stop")
    await first.stops(transaction, now(), 1500)
    (paid,) = payments(network, reference)
    await network.until(lambda store: store.documents.of_driver(paid.driver_id))
    assert (await first.taps(reference))["status"] == "Blocked"


async def test_a_terminal_that_settles_by_itself_is_counted_once_and_shown_to_staff(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("own-way", {"TE-5": "2.0.1"})
    charger = await let_in(network, fleet, place, "TE-5")
    reference = network.taps(3000)
    assert (await charger.taps(reference))["status"] == "Accepted"
    transaction = await charger.starts(reference, now() - timedelta(minutes=20), 1000)
    network.serving.calls(network.provider.bank.capture, reference, 200)
    await charger.says_settled(reference, "Settled", 2.0, now())
    await charger.stops(transaction, now(), 3000)
    (paid,) = payments(network, reference)
    (invoice,) = await network.until(lambda store: store.documents.of_driver(paid.driver_id))

    def counted(store):
        return [one for one in store.payments.of_document(invoice.id) if one.taken.minor == 200]

    await network.until(counted)
    assert "0.45 EUR more than invoice" in " ".join(await told(network, "TE-5"))
    assert network.provider.bank.get(reference).captured == 200


async def told(network: Network, charger: str) -> list[str]:
    """What waits for a person about its terminal, once both are there: what it said, and what does not fit."""

    def found(store):
        texts = [one.text for one in store.inbox.quarantined(1000) if one.code == "terminal_payment" and one.charger_id == charger]
        return texts if len(texts) > 1 else []

    return await network.until(found)
