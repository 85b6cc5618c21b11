"""Public data on charging points: without sign-in, as DATEX II, and cheap to serve."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from xml.etree.ElementTree import fromstring

import pytest
from litestar.exceptions import ServiceUnavailableException

from datex.grammar import faults
from forecourt.flows.roaming import Publication
from forecourt.kernel import PriceEntryId
from forecourt.tariffs import Channel
from forecourt.web.offers.open_data import PublicationCache

from .conftest import HARBOUR, MARKET, NOW, OPERATOR, Browser, Scene

HOME = f"/open/{OPERATOR}/datex2"


def named(document: bytes, attribute: str, tag: str) -> list[str]:
    return [one.get(attribute, "") for one in fromstring(document).iter() if one.tag.endswith(f"}}{tag}")]


def texts(document: bytes, tag: str) -> list[str | None]:
    return [one.text for one in fromstring(document).iter() if one.tag.endswith(f"}}{tag}")]


def test_sites_status_and_prices_are_public_in_datex(lived: Scene, client: Browser) -> None:
    table, status = (client.get(f"{HOME}/{name}.xml") for name in ("static", "status"))
    for answer in (table, status):
        assert not faults(answer.content)
        assert answer.headers["access-control-allow-origin"] == "*" and "set-cookie" not in answer.headers
    points = named(table.content, "id", "refillPoint")
    assert len(points) == 28 and named(table.content, "id", "energyInfrastructureSite") == [str(HARBOUR), str(MARKET)]
    assert set(named(status.content, "id", "reference")) == {
        *points, str(HARBOUR), str(MARKET), *named(table.content, "id", "energyInfrastructureStation")
    }  # fmt: skip
    assert named(status.content, "id", "energyRateReference") == named(table.content, "id", "energyRate")
    states = texts(status.content, "status")
    assert (states.count("charging"), states.count("outOfOrder")) == (9, 1)
    assert texts(status.content, "priceType")[:3] == ["pricePerKWh", "pricePerMinute", "flatRate"]
    assert [one for one in texts(status.content, "value") if one and one[0].isdigit()][:3] == ["0.49", "0.05", "0.60"]


def test_an_unchanged_publication_is_answered_304(scene: Scene, client: Browser) -> None:
    first = client.get(f"{HOME}/status.xml")
    has = {"if-none-match": first.headers["etag"]}
    scene.charge(1, "04CARD05", scene.clock.at, 5, 9_000)
    same = client.get(f"{HOME}/status.xml", headers=has)
    assert (same.status_code, same.content) == (304, b"")
    scene.clock.at += timedelta(seconds=20)
    other = client.get(f"{HOME}/status.xml", headers=has)
    assert other.status_code == 200 and other.headers["last-modified"] == "Mon, 01 Jun 2026 12:20:20 GMT"
    assert [one for one in texts(other.content, "lastUpdated") if one and one > "2026-06-01T12:20:01Z"]
    plain = client.get(f"{HOME}/status.xml", headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers and plain.content == other.content


def test_a_head_request_gets_the_headers_of_the_document(scene: Scene, client: Browser) -> None:
    for name in ("static", "status"):
        whole, looked = client.get(f"{HOME}/{name}.xml"), client.head(f"{HOME}/{name}.xml")
        assert (looked.status_code, looked.content) == (200, b"")
        for header in ("etag", "last-modified", "cache-control", "content-type", "content-encoding", "content-length"):
            assert looked.headers[header] == whole.headers[header]
        assert client.head(f"{HOME}/{name}.xml", headers={"if-none-match": whole.headers["etag"]}).status_code == 304
    assert client.head(f"/open/{UUID(int=99)}/datex2/static.xml").status_code == 404


def test_sites_without_public_prices_are_not_published_and_listed_for_the_operator(scene: Scene, client: Browser) -> None:
    with scene.transactions.begin() as store:
        for entry in store.prices.entries(OPERATOR, HARBOUR):
            store.prices.put_entry(replace(entry, valid_to=NOW))
            store.prices.put_entry(replace(entry, id=PriceEntryId(UUID(int=901)), valid_from=NOW, channel=Channel.CONTRACT))
    assert named(client.get(f"{HOME}/static.xml").content, "id", "energyInfrastructureSite") == [str(MARKET)]
    page = client.sign_in("ops").get("/console/roaming").text
    assert f"{HOME}/static.xml" in page and f"{HOME}/status.xml" in page
    assert "no price without a contract applies there" in page and "your company has no roaming ID" in page
    with scene.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(MARKET), last_day=NOW.date() - timedelta(days=1)))
    scene.clock.at += timedelta(minutes=2)
    assert client.get(f"{HOME}/static.xml").status_code == client.get(f"{HOME}/status.xml").status_code == 404
    assert client.get(f"/open/{UUID(int=99)}/datex2/static.xml").status_code == 404


def test_a_publication_is_generated_once_while_others_get_the_previous_one() -> None:
    shelf, key, keep = PublicationCache(), ("status", OPERATOR), timedelta(seconds=20)
    old, new = (Publication(name, name) for name in (b"old", b"new"))

    def busy() -> Publication:
        with pytest.raises(ServiceUnavailableException):
            shelf.take(key, keep, NOW, lambda: new)
        return old

    assert shelf.take(key, keep, NOW, busy).publication == old
    later = NOW + keep

    def while_made() -> Publication:
        assert shelf.take(key, keep, later, lambda: old).publication == old
        return new

    assert shelf.take(key, keep, later, while_made).publication == new
    with pytest.raises(ZeroDivisionError):
        shelf.take(key, keep, later + keep, lambda: Publication(b"", bytes(1 // 0)))
    assert shelf.take(key, keep, later + keep, lambda: old).publication == old
