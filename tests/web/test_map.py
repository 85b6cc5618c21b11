"""The map of sites: its data, where its tiles come from, and the page without scripts."""

import json
import re
from dataclasses import replace

import pytest

from forecourt.web import MapTiles
from forecourt.web.charging.place_map import bays_json
from forecourt.web.frame.rendering import STATIC
from forecourt.web.queries import place_search

from .apps import app_of
from .conftest import HARBOUR, NOW, Scene, as_shown
from .test_site_search import CCS, add_site

TILES = MapTiles("https://tiles.example/{z}/{x}/{y}.png", '© <a href="https://tiles.example/">Tiles</a>')


def places(client, query: str = "") -> list[dict[str, object]]:
    answer = client.get(f"/map/places.json?{query}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/geo+json"
    return [one["properties"] for one in answer.json()["features"]]


def test_a_site_on_the_map_shows_the_same_facts_as_in_the_list(lived, client):
    found = client.get("/map/places.json?words=market").json()["features"]
    assert [one["geometry"] for one in found] == [{"type": "Point", "coordinates": [13.3777, 52.5163]}]
    said = found[0]["properties"]
    assert (said["id"], said["marked"]) == ("market", True)
    assert "13 free" in said["pin"] and "€10.35" in said["pin"] and "Market Square: " in said["pin"]
    assert as_shown(said["card"]) in client.get("/map?words=market").text


def test_the_map_shows_only_sites_that_match_the_filters_and_have_a_position(scene: Scene, client):
    add_site(scene, 1, "Near Yard", ("52.51", "13.31"), CCS, 250)
    add_site(scene, 2, "Nowhere Hall", ("0", "0"), CCS, 250)
    (found,) = places(client, f"plug={CCS}")
    assert 'href="/sites/more-1?energy=20&amp;kind=IEC_62196_T2_COMBO"' in str(found["card"])


def test_the_map_shows_the_nearest_sites_up_to_its_maximum(scene: Scene, client, monkeypatch):
    monkeypatch.setattr(place_search, "MAX_MAPPED", 2)
    for number in range(4):
        add_site(scene, number, f"Place {number}", ("52.5", f"13.{number}"))
    assert [one["id"] for one in places(client, "lat=52.5&lon=13.31")] == ["more-3", "harbour"]


def test_a_site_name_with_markup_is_escaped_on_the_map(scene: Scene, client):
    with scene.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(HARBOUR), name="<img src=x>"))
    (found,) = places(client, "words=img")
    assert "&lt;img src=x&gt;" in str(found["pin"]) and "<img" not in str(found)


def test_the_map_is_in_the_readers_language(scene: Scene, client):
    german = {"accept-language": "de"}
    assert "4 frei" in client.get("/map/places.json?words=harbour", headers=german).json()["features"][0]["properties"]["pin"]
    assert "Karte der Orte" in client.get("/map", headers=german).text


def test_map_data_is_cached_by_the_browser_for_a_minute_and_by_no_proxy(client):
    headers = client.get("/map/places.json").headers
    assert headers["cache-control"] == "private, max-age=60" and "cookie" in headers["vary"]


def test_switching_between_list_and_map_keeps_the_filters(client):
    asked = "energy=40&words=market&plug=IEC_62196_T2&power=11&order=cheap&free=1&open=1&price=12.50&lat=52.5&lon=13.3"
    for here, there in (("/", "/map"), ("/map", "/")):
        assert f'href="{there}?{asked.replace("&", "&amp;")}"' in client.get(f"{here}?{asked}").text


def test_without_scripts_the_map_is_hidden_and_the_list_is_shown(client):
    page = client.get("/map").text
    assert re.search(r'<div class="map" id="map" hidden', page) and "Market Square" in page


def test_the_default_base_map_makes_no_request_to_other_servers(client):
    assert client.get("/map").headers["content-security-policy"] == client.get("/login").headers["content-security-policy"]


def test_the_content_policy_allows_a_tile_server_on_map_pages_only(scene: Scene, make_client):
    with make_client(app_of(scene.ports(map_tiles=TILES))) as client:
        policy = client.get("/map").headers["content-security-policy"]
        assert "img-src 'self' https://tiles.example;" in policy and "connect-src 'self' https://tiles.example;" in policy
        assert "tiles.example" not in policy.replace("img-src 'self' https://tiles.example; connect-src 'self' https://tiles.example;", "")
        assert all("tiles.example" not in client.get(path).headers["content-security-policy"] for path in ("/", "/map/places.json"))


@pytest.mark.parametrize("kind", ["land", "lake", "border", "town"])
def test_the_base_map_contains_every_kind_of_feature(kind):
    features = json.loads((STATIC / "map/outline.json").read_text("utf-8"))["features"]
    assert kind in {one["properties"]["kind"] for one in features}


def test_the_network_map_shows_each_sites_power_against_its_limit_and_its_alarms(lived: Scene, client):
    add_site(lived, 2, "Nowhere Hall", ("0", "0"))
    client.sign_in("ops")
    page = client.get("/console/network").text
    rows = {one["properties"]["id"]: one["properties"] for one in client.get("/console/network/places.json").json()["features"]}
    assert set(rows) == {"market", "harbour"} and [rows[one]["marked"] for one in ("market", "harbour")] == [True, False]
    assert "2 alarms" in rows["market"]["pin"] and "of 62.0 kW" in rows["market"]["pin"]
    assert "13 of 24 bays free, 7 charging" in as_shown(rows["market"]["card"]) and "1 bay out of order." in rows["market"]["card"]
    assert 'their position is missing: <a href="/console/sites/more-2/details">Nowhere Hall</a>' in page and "62.0 kW" in page


def test_live_updates_of_free_bays_use_the_texts_of_pins_and_cards(lived: Scene, client):
    add_site(lived, 1, "Near Yard", ("52.51", "13.31"), CCS, 250)
    with lived.transactions.begin() as store:
        said = json.loads(bays_json(place_search.bays_now(store, place_search.BayRequirements(20_000), NOW), "en"))
        strong = place_search.bays_now(store, place_search.BayRequirements(20_000, CCS), NOW)
    (market,) = places(client, "words=market")
    words = said["words"][said["places"]["market"]]
    assert said["places"] == {"market": "13/24", "harbour": "4/4", "more-1": "1/1"} and words["free"] and set(strong) == {"more-1"}
    assert words["pin"] in str(market["pin"]) and words["card"] in str(market["card"])
