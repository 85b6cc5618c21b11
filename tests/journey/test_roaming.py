"""We register with a roaming partner: it has our sites and prices, we its tokens. Its customer charges at a charger nobody here wrote:
the partner caps it and lets it go, gets the CDR, and its month, to the cent."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import httpx
import pytest

from forecourt.flows.billing import issue_account_statements
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import DriverId, SiteId, Span, TariffVersionId, TokenUid
from forecourt.ledger import receivable
from forecourt.tariffs import parse_tariff, rate_cdr
from journey.chargers import Charger16, Fleet
from journey.network import TARIFF, Network, now, submit
from roaming.conftest import Provider

CARD = "04FACADE"
PUSHED = {
    "country_code": "NL", "party_id": "TNM", "uid": CARD, "type": "RFID", "contract_id": "NL8ACC12E46L89", "issuer": "The New Motion",
    "valid": True, "whitelist": "ALLOWED", "last_updated": "2026-06-01T00:00:00Z",
}  # fmt: skip
TAKEN = b'{"status_code": 1000, "timestamp": "2026-06-01T12:00:00Z"}'


class Open(dict[str, Any]):
    """Whatever a partner is told it takes."""

    def get(self, path: str, usual: Any = None) -> Any:
        return super().get(path, (200, TAKEN))


@pytest.fixture
def emsp() -> Iterator[Provider]:
    with Provider() as server:
        server.pages = Open(server.pages)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asks(network: Network, token: str, method: str, path: str, body: Any = None) -> Any:
    """The partner's system speaks to ours."""
    heads = {"authorization": f"Token {b64encode(token.encode()).decode()}", "content-type": "application/json"}
    content = None if body is None else json.dumps(body)
    answer = httpx.request(method, f"{network.http_url}/ocpi/2.3.0/{path}", headers=heads, content=content, timeout=60).json()
    assert answer["status_code"] == 1000, answer
    return answer.get("data")


async def told(network: Network, emsp: Provider, path: str, status: str = "") -> dict[str, Any]:
    """What the partner has been told under an address, as soon as it has."""

    def found(_: object) -> list[dict[str, Any]]:
        bodies = [body for _, where, _, body in emsp.asked if where.startswith(f"/ocpi/2.3.0/{path}") and body]
        return [one for one in (json.loads(body, parse_float=Decimal) for body in bodies) if not status or one.get("status") == status]

    return (await network.until(found))[-1]


async def new_tariff(network: Network, emsp: Provider, site_id: SiteId, old: str) -> str:
    """Which the site's Location names instead, as soon as the partner has it."""

    def named(_: object) -> list[str]:
        puts = [json.loads(body) for how, where, _, body in emsp.asked if how == "PUT" and where.endswith(f"/locations/DE/JCH/{site_id}")]
        return [one for put in puts for one in put["evses"][0]["connectors"][0]["tariff_ids"] if one != old]

    return (await network.until(named))[-1]


async def capped_and_let_go(network: Network, emsp: Provider, token: str, charger: Charger16, session_id: str) -> None:
    """8 A for as long as the partner wants; its charger is told, and told again when the partner lets go."""
    eight = {"charging_rate_unit": "A", "charging_profile_period": [{"start_period": 0, "limit": 8}]}
    await limited_to(charger, lambda amps: amps > 8)
    wanted = {"charging_profile": eight, "response_url": f"{emsp.base}/2.3.0/results/set"}
    answer = await asyncio.to_thread(asks, network, token, "PUT", f"chargingprofiles/{session_id}", wanted)
    assert answer["result"] == "ACCEPTED"
    await limited_to(charger, lambda amps: amps == 8)
    assert (await told(network, emsp, "results/set"))["result"] == "ACCEPTED"
    path = f"chargingprofiles/{session_id}?response_url={emsp.base}/2.3.0/results/cleared"
    assert (await asyncio.to_thread(asks, network, token, "DELETE", path))["result"] == "ACCEPTED"
    await limited_to(charger, lambda amps: amps > 8)
    assert (await told(network, emsp, "results/cleared"))["result"] == "ACCEPTED"


async def limited_to(charger: Charger16, right: Callable[[float], bool]) -> None:
    """Orders that still say otherwise come before."""
    while True:
        profile = (await charger.hears("Profile"))["cs_charging_profiles"]
        told_a = profile["charging_schedule"]["charging_schedule_period"][0]["limit"]
        if profile["charging_profile_purpose"] == "TxProfile" and right(told_a):
            return


async def registered(network: Network, emsp: Provider) -> str:
    """The operator pastes what the partner has handed over. The token by which the partner gets in here."""
    given: list[str] = []

    def exchanged(body: bytes) -> Any:
        given.append(json.loads(body)["token"])
        asks(network, given[0], "GET", "")
        return {**emsp.credentials, "token": "token-c"}

    emsp.pages["/ocpi/2.3.0/credentials"] = (200, exchanged)
    emsp.pages["/ocpi/2.3.0/tokens"] = (200, [PUSHED])
    handed = {"name": "The New Motion", "country": "NL", "party": "TNM", "versions": f"{emsp.base}/versions", "token": "token-a"}
    async with network.desk() as browser:
        answer = await submit(browser, "/console/roaming", "/console/roaming/join", handed)
    assert answer.status_code == 303, answer.text
    return given[0]


async def test_a_roaming_customer_charges_and_the_partner_pays_to_the_cent(network: Network, fleet: Fleet, emsp: Provider) -> None:
    place = network.forecourt("border", {"BO-1": "1.6"})
    with network.transactions.begin() as store:
        site = store.stations.site(place.site_id)
        store.stations.put_site(replace(site, address="Kade 7, 10115 Berlin", latitude=Decimal("52.5"), longitude=Decimal("13.4")))
    token = await registered(network, emsp)
    await network.until(lambda store: store.roaming.shown(network.operator_id, TokenUid(CARD)))
    charger, begun = await fleet.plug16(place, "BO-1"), now() - timedelta(hours=1)
    await charger.boots()
    site_told = await told(network, emsp, f"locations/DE/JCH/{place.site_id}")
    (old,) = site_told["evses"][0]["connectors"][0]["tariff_ids"]
    assert (await told(network, emsp, f"tariffs/DE/JCH/{old}"))["elements"][-1]["price_components"][1]["price"] == Decimal("0.4")
    assert await charger.shows(CARD) == "Accepted"
    transaction = await charger.starts(CARD, begun, 1000)
    session = await told(network, emsp, "sessions/DE/JCH", "ACTIVE")
    await capped_and_let_go(network, emsp, token, charger, session["id"])
    patched = await told(network, emsp, f"locations/DE/JCH/{place.site_id}/{place.evse_id('BO-1')}", "CHARGING")
    assert set(patched) == {"status", "last_updated"}
    dearer = json.loads(json.dumps(TARIFF).replace("0.4", "0.9"))
    with network.transactions.begin() as store:
        publish_tariff(store, Publication(TariffVersionId(network.ids.new(at := now())), place.site_id, dearer, at, at=at))
    await charger.meters(transaction, begun + timedelta(minutes=30), 6500)
    changed = await told(network, emsp, f"tariffs/DE/JCH/{(await new_tariff(network, emsp, place.site_id, old))}")
    assert changed["elements"][-1]["price_components"][1]["price"] == Decimal("0.9")  # for whoever comes next
    await charger.stops(transaction, begun + timedelta(minutes=50), 12_000)
    session, cdr = await told(network, emsp, "sessions/DE/JCH", "COMPLETED"), await told(network, emsp, "cdrs")
    assert cdr["total_cost"] == session["total_cost"] and cdr["session_id"] == session["id"]
    assert cdr["total_cost"]["before_taxes"] + cdr["total_cost"]["taxes"][0]["amount"] == Decimal("5.83")  # (0.50 + 11 x 0.40) + 19 %
    assert str(rate_cdr(parse_tariff(cdr["tariffs"][0]), cdr, "Europe/Berlin").gross) == "5.83 EUR"

    (partner,) = network.look(lambda store: store.roaming.partners(network.operator_id))
    month = Span(now() - timedelta(days=1), now() + timedelta(minutes=1))
    with network.transactions.begin() as store:
        invoice = store.documents.by_number(network.operator_id, cdr["invoice_reference_id"])
        assert invoice is not None
        (statement,) = issue_account_statements(store, DriverId(partner.id), month, month.end, network.ids)
        assert (statement.driver_id, statement.parties.buyer.name) == (DriverId(partner.id), "The New Motion")
        assert (str(statement.due), [line.number for line in statement.lines]) == ("5.83 EUR", [invoice.number])
        assert store.ledger.balance(network.operator_id, receivable(DriverId(partner.id)), "EUR") == 583
    listed = await asyncio.to_thread(asks, network, token, "GET", "cdrs")
    assert [one["id"] for one in listed] == [cdr["id"]] and len([one for one in emsp.asked if one[1].endswith("/cdrs")]) == 1
