"""Searching for a site: by words, plug and power, sorted by distance, price or free bays; on pages and over REST."""

from ast import literal_eval
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.flows.prices import Publication, find_price, publish_tariff
from forecourt.kernel import ChargerId, EvseId, SiteId, Span, TariffVersionId
from forecourt.stations import Approval, Charger, ConnectorState, Evse, Maintenance, Site, Socket
from forecourt.web.queries.place_search import PAGE, BayRequirements, PlaceSearch, search_map
from forecourt.web.queries.prices import typical_window

from .apps import app_of
from .conftest import HARBOUR, NOW, OPERATOR, TARIFF, Scene

CCS, TYPE_2 = "IEC_62196_T2_COMBO", "IEC_62196_T2"
HERE = "lat=52.50&lon=13.30"


def add_site(scene: Scene, number: int, name: str, place: tuple[str, str], plug: str = TYPE_2, max_a: int = 16) -> None:
    """A place with one free bay and no price."""
    slug, site_id, charger = f"more-{number}", SiteId(UUID(int=7000 + number)), ChargerId(f"MORE-{number}")
    evse_id = EvseId(UUID(int=8000 + number))
    with scene.transactions.begin() as store:
        degrees = Decimal(place[0]), Decimal(place[1])
        store.stations.put_site(Site(site_id, OPERATOR, slug, name, f"Straße {number}, Köln", "DE", "Europe/Berlin", "EUR", *degrees))
        store.stations.put_charger(Charger(charger, Approval.APPROVED, OPERATOR, site_id, connected=True))
        phases = ("L1", "L2", "L3")
        store.stations.put_evse(Evse(evse_id, OPERATOR, site_id, charger, 1, f"X-{number}", plug, plug, phases, 230, max_a))
        store.stations.put_socket(Socket(evse_id, ConnectorState.AVAILABLE, at=NOW))


@pytest.fixture
def ask(scene, make_client):
    add_site(scene, 1, "Near Yard", ("52.51", "13.31"), CCS, 250)
    add_site(scene, 2, "Far Depot", ("50.94", "6.96"), CCS, 32)
    add_site(scene, 3, "Nowhere Hall", ("0", "0"))
    with make_client(app_of(scene.ports())) as client:
        yield lambda query="": client.get(f"/api/v1/sites?{query}")


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()]


@pytest.mark.parametrize("words", ["koln far", "KÖLN Depot", "depot strasse 2"])
def test_a_site_must_match_every_search_word_regardless_of_case_accents_and_order(ask, words):
    assert names(ask(f"words={words}")) == ["Far Depot"]


def test_sites_are_sorted_by_distance_with_unlocated_ones_last(ask):
    found = ask("latitude=52.50&longitude=13.30")
    assert names(found) == ["Near Yard", "Harbour Car Park", "Market Square", "Far Depot", "Nowhere Hall"]
    assert [one["distance_m"] and round(one["distance_m"], -3) for one in found.json()] == [1000, 6000, 6000, 470_000, None]


def test_the_plug_and_power_filter_counts_only_matching_bays(ask):
    (found,) = ask(f"plug={CCS}&least_power_w=50000").json()
    assert (found["name"], found["plugs"], found["max_power_w"], found["free"]) == ("Near Yard", ["CCS"], 172_500, 1)


def test_sites_sorted_by_price_have_those_without_a_price_last(ask):
    found = ask("order=cheap").json()
    prices = [one["typical_price"] for one in found]
    assert [price is None for price in prices] == [False, False, True, True, True]


def test_a_closed_site_states_until_when_and_has_no_free_bay(scene, client):
    with scene.transactions.begin() as store:
        shut = Maintenance(Span(NOW - timedelta(hours=1), NOW + timedelta(hours=2)), reason="New cables")
        store.stations.put_site(replace(store.stations.site(HARBOUR), maintenance=(shut,)))
    assert [one["free"] for one in client.get("/api/v1/sites?words=harbour").json()] == [0]
    page = client.get("/?words=harbour").text
    assert "Closed now" in page and "until Mon 1 Jun 2026" in page


def test_sites_can_be_sorted_by_free_bays(ask):
    free = [one["free"] for one in ask("order=free").json()]
    assert free == sorted(free, reverse=True)


def test_paging_through_sites_lists_each_once(scene, make_client):
    for number in range(10, 55):
        add_site(scene, number, f"Place {number}", ("52.5", f"13.{number}"))
    with make_client(app_of(scene.ports())) as client:
        pages = [names(client.get(f"/api/v1/sites?latitude=52.5&longitude=13.1&page={page}")) for page in (1, 2, 3, 4)]
        shown = client.get(f"/?{HERE}&page=2").text
    assert [len(page) for page in pages] == [PAGE, PAGE, 7, 0]
    assert len({name for page in pages for name in page}) == 47
    assert "Page 2 of 3" in shown and "lat=52.50&amp;lon=13.30&amp;page=3" in shown


@pytest.mark.parametrize(
    "query",
    ["lat=north&lon=1", "lat=91&lon=0", "lat=nan&lon=nan", "lat=1", "order=best", "energy=0", "power=-1", "power=much"],
)
def test_an_invalid_search_is_refused_with_a_reason(scene, make_client, query):
    with make_client(app_of(scene.ports())) as client:
        answer = client.get(f"/?{query}")
    assert answer.status_code == 400 and "Traceback" not in answer.text


def test_an_incomplete_or_out_of_range_position_is_refused_over_rest(ask):
    assert [ask(query).status_code for query in ("latitude=1", "latitude=91&longitude=0", "order=best", "page=0")] == [400] * 4


def test_a_page_past_the_end_shows_the_last_and_an_empty_result_says_so(scene, make_client):
    with make_client(app_of(scene.ports())) as client:
        assert "Market Square" in client.get("/?page=99").text
        assert "No matches" in client.get("/?words=atlantis").text


@pytest.mark.parametrize("driver", ["", "ada"])
def test_the_price_in_the_list_equals_the_quote_at_every_site(scene_on_postgres, driver):
    scene = scene_on_postgres
    for number in range(3):
        add_site(scene, number, f"Place {number}", ("52.5", f"13.{number}"))
        with scene.transactions.begin() as store:
            version_id, price = TariffVersionId(UUID(int=9000 + number)), str(TARIFF).replace("0.41", f"0.{30 + number}")
            publish_tariff(store, Publication(version_id, SiteId(UUID(int=7000 + number)), literal_eval(price), NOW - timedelta(days=1)))
    search, driver_id = PlaceSearch(BayRequirements(20_000)), scene.ada if driver else None
    with scene.transactions.begin() as store:
        cards = search_map(store, search, driver_id, NOW)
    for card in cards:
        with scene.transactions.begin() as store:
            site = store.stations.site_by_slug(card.slug)
            window = typical_window(store, site, card.kinds[0], NOW, 20_000)
            assert card.typical == find_price(store, site.id, card.kinds[0], window, 20_000, driver_id).due
    assert len({card.typical for card in cards}) == len(cards) == 5
