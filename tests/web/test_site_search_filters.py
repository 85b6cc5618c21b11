"""What narrows the list of places: free now, open now, a price; and places near a town that no place is named after."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from forecourt.kernel import Span
from forecourt.stations import Maintenance
from forecourt.web.queries.place_search import (
    MAX_COMPARED,
    NO_FILTERS,
    BayRequirements,
    Order,
    PlaceFilters,
    PlaceSearch,
    search_map,
    search_places,
)
from forecourt.web.queries.towns import town_called

from .apps import app_of
from .conftest import HARBOUR, NOW
from .test_site_search import add_site

CENT = Decimal("0.01")


@pytest.fixture
def varied(scene):
    """One place is closed, one has no price and a free bay, one no position."""
    with scene.transactions.begin() as store:
        shut = Maintenance(Span(NOW - timedelta(hours=1), NOW + timedelta(hours=2)), reason="New cables")
        store.stations.put_site(replace(store.stations.site(HARBOUR), maintenance=(shut,)))
    add_site(scene, 1, "Near Yard", ("52.51", "13.31"))
    add_site(scene, 2, "Nowhere Hall", ("0", "0"))
    return scene


def keeps(cards) -> list[PlaceFilters]:
    """All filters, with prices at and beside those of the places."""
    prices = {one.typical.amount for one in cards if one.typical}
    assert len(prices) > 1
    bounds = [None, Decimal(0), *(price + off for price in prices for off in (-CENT, Decimal(0), CENT))]
    return [PlaceFilters(*one) for one in product((False, True), (False, True), bounds)]


def kept_of(card, keep) -> bool:
    """The rule in plain words, apart from the code that applies it."""
    if keep.free and card.free == 0:
        return False
    if keep.open and not card.opening.open:
        return False
    return keep.price is None or (card.typical is not None and Decimal(card.typical.minor) / 100 <= keep.price)


@pytest.mark.parametrize("order", Order)
def test_filters_keep_matching_sites_in_the_order_of_the_whole_list(varied, order):
    search = PlaceSearch(BayRequirements(20_000), order=order)
    with varied.transactions.begin() as store:
        whole = search_places(store, search, None, NOW).cards
        for keep in keeps(whole):
            found = search_places(store, replace(search, keep=keep), None, NOW)
            assert found.cards == tuple(one for one in whole if kept_of(one, keep)), keep
            assert found.total == len(found.cards)


def test_the_map_shows_the_filtered_sites_that_have_a_position(varied):
    with varied.transactions.begin() as store:
        for keep in keeps(search_places(store, PlaceSearch(BayRequirements(20_000)), None, NOW).cards):
            search = PlaceSearch(BayRequirements(20_000), keep=keep)
            listed = [one for one in search_places(store, search, None, NOW).cards if one.position]
            assert list(search_map(store, search, None, NOW)) == listed


@pytest.mark.parametrize("filters", ["", "free=1", "open=1", "price=8", "price=8,50&open=1", "free=1&open=1&price=100"])
def test_rest_and_page_return_the_same_filtered_sites(varied, make_client, filters):
    with make_client(app_of(varied.ports())) as client:
        found, shown = client.get(f"/api/v1/sites?{filters}"), client.get(f"/?{filters}").text
    assert found.status_code == 200, found.text
    slugs = [part.split("?")[0] for part in shown.split('class="card" href="/sites/')[1:]]
    assert slugs == [one["slug"] for one in found.json()]


def test_an_empty_result_links_to_the_search_without_one_filter(varied, make_client):
    with make_client(app_of(varied.ports())) as client:
        one = client.get("/?words=harbour&open=1").text
        both = client.get("/?words=harbour&open=1&price=0").text
        none = client.get("/?words=atlantis&open=1").text
    assert "1 place without the filter: Open now" in one and 'href="/?energy=20&amp;words=harbour&amp;power=0&amp;order=near"' in one
    assert "1 place without the filter: Open now, Maximum price" in both
    assert "without the filter:" not in none and "No matches" in none


@pytest.mark.parametrize("price", ["cheap", "-1", "NaN", "Infinity", "1e99"])
def test_an_invalid_price_filter_is_refused(scene, make_client, price):
    with make_client(app_of(scene.ports())) as client:
        assert [client.get(f"{path}?price={price}").status_code for path in ("/", "/map", "/api/v1/sites")] == [400] * 3


def test_filters_apply_to_the_nearest_sites_only_and_the_page_says_so(scene, make_client):
    for number in range(MAX_COMPARED + 5):
        add_site(scene, 10 + number, f"Place {number:02}", ("52.5", f"13.{10 + number}"))
    with scene.transactions.begin() as store:
        found = search_places(store, PlaceSearch(BayRequirements(20_000), keep=PlaceFilters(free=True)), None, NOW)
        assert (found.ranked, search_places(store, PlaceSearch(BayRequirements(20_000), keep=NO_FILTERS), None, NOW).ranked) == (
            MAX_COMPARED,
            None,
        )
    with make_client(app_of(scene.ports())) as client:
        some, none = client.get("/?free=1").text, client.get("/?price=0").text
    assert f"{MAX_COMPARED + 7} places without the filter: Maximum price" in none  # with the two of the scene, as that link finds
    assert "Only the first 60 by name were searched" in some and "Only the first 60 by name were searched" in none


def test_searching_a_town_without_matching_sites_measures_distances_from_it(varied, make_client):
    with make_client(app_of(varied.ports())) as client:
        page, found = client.get("/?words=LYON").text, client.get("/api/v1/sites?words=lyon").json()
        from_there = client.get("/api/v1/sites?latitude=45.77&longitude=4.83").json()
    assert "Near Lyon" in page and "in a straight line from there" in page
    assert found == from_there and found[0]["distance_m"] > 500_000


def test_site_names_win_over_towns_and_the_largest_town_over_its_namesakes(varied):
    add_site(varied, 3, "Lyon Bar", ("52.5", "13.3"))
    with varied.transactions.begin() as store:
        found = search_places(store, PlaceSearch(BayRequirements(20_000), "lyon"), None, NOW)
    assert ([one.name for one in found.cards], found.town) == (["Lyon Bar"], "")
    assert round(town_called(" birmingham ").position.latitude) == 52 and town_called("") is None
