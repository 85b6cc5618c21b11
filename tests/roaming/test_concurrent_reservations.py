"""A partner that requests the same reservation concurrently gets one socket, on a database with concurrent units of work."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from forecourt.flows.ports import ChangedSince, PassResult, Transactions
from forecourt.kernel import Span
from forecourt.ocpi import CommandResult
from forecourt.stations import ConnectorState
from roaming_world import PARTNER, vouch
from web.conftest import Scene

from .conftest import Provider, desk_of, join
from .pushing import LANE


def test_the_same_reservation_requested_concurrently_is_made_once(transactions: Transactions, provider: Provider) -> None:
    scene = Scene(transactions)
    with desk_of(scene) as desk:
        partner = join(desk, provider).partner()
        with scene.transactions.begin() as store:
            vouch(store, partner)
            for bay in range(10, 16):
                store.stations.put_socket(replace(store.stations.socket(scene.evse(bay)), state=ConnectorState.AVAILABLE))
        card = {"country_code": "NL", "party_id": "TNM", "uid": "04FACADE", "type": "RFID", "contract_id": "NL8ACC12E46L89"}
        wanted = {"response_url": f"{provider.base}/r", "token": card, "expiry_date": "2026-06-01T13:20:00Z", "reservation_id": "R1",
                  "location_id": str(scene.site_id)}  # fmt: skip
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: desk.ask("POST", "/ocpi/2.2.1/commands/RESERVE_NOW", wanted).json(), range(6)))
        assert [one["data"]["result"] for one in answers] == ["ACCEPTED"] * 6
        with scene.transactions.begin() as store:
            live = store.bookings.of_site(scene.site_id, Span(scene.clock.at, scene.clock.at + timedelta(hours=1)))
            results = [one.work.result for one in store.outbox.open_items(LANE) if isinstance(one.work, PassResult)]
            charges, count = store.roaming_charges.charges_of(PARTNER, ChangedSince())
        assert len([one for one in live if one.live]) == count == 1 and charges[0].waits
        assert results == [CommandResult.ACCEPTED] * 6
