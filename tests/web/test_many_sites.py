"""The console's overview for a network too large for a site plan of each site."""

import re

import pytest

from forecourt.web.frame.lists import requested_page
from forecourt.web.frame.rendering import render
from forecourt.web.queries.overview import overview

from .conftest import NOW, Browser, Scene
from .many_sites import with_sites


@pytest.fixture
def large(scene: Scene) -> Scene:
    with_sites(scene, 18, 54)
    return scene


def test_the_overview_of_a_large_network_has_a_row_for_each_site_with_alarms_first(large: Scene, client: Browser) -> None:
    page = client.sign_in("ops").get("/console").text
    rows = re.findall(r'<tr id="site-([a-z0-9-]+)">', page)
    assert len(rows) == 20 and rows.index("site-7") < rows.index("site-8") < rows.index("site-1")
    assert page.count("Site 07: 1 bay out of order.") == page.count("Site 08: 1 charger offline.") == 1
    assert "53 of 54" in page and "150.0 kW" in page and len(page) < 60_000 and 'class="lots' not in page


def test_the_overview_of_a_small_network_draws_the_plan_of_each_site(scene: Scene, client: Browser) -> None:
    with_sites(scene, 2, 3)
    page = client.sign_in("ops").get("/console").text
    assert page.count('aria-labelledby="site-') == 4 and "<tr id=" not in page


def test_the_overview_states_how_many_sites_without_alarms_it_omits(scene: Scene, client: Browser) -> None:
    with_sites(scene, 60, 1)
    with scene.transactions.begin() as store:
        view = overview(store, scene.operator_id, NOW)
    assert (len(view.sites), view.left_out) == (50, 12) and not view.sites[-1].alarms
    assert "12 more sites are on the" in client.sign_in("ops").get("/console").text


def test_live_updates_of_a_large_networks_overview_contain_no_bays(large: Scene) -> None:
    with large.transactions.begin() as store:
        told = render("console/now_live.html", {"now": overview(store, large.operator_id, NOW), "csrf": ""})
    assert "Site 07" in told and "7-01" not in told and len(told) < 20_000


def test_the_list_of_sites_has_pages_and_the_map_shows_all_sites(scene: Scene, client: Browser) -> None:
    with_sites(scene, 60, 1)
    first, second = (client.sign_in("ops").get(f"/console/network?page={page}").text for page in (1, 2))
    assert (first.count("<tr id="), second.count("<tr id=")) == (50, 12) and "62 sites" in second and len(first) < 60_000
    with scene.transactions.begin() as store:
        placed = {one.slug for one in store.stations.sites() if one.position}
    assert {one["properties"]["id"] for one in client.get("/console/network/places.json").json()["features"]} == placed


def test_lists_of_two_hundred_sites_are_paged_and_each_page_stays_small(scene: Scene, client: Browser) -> None:
    with_sites(scene, 200, 2)
    ops = client.sign_in("ops")
    for address in ("/console/chargers", "/console/chargers?page=8", "/console/revenue", "/console/revenue?page=4"):
        assert 20_000 < len(ops.get(address).content) < 48_000, address  # what every page loads comes on top
    first, last = (ops.get(f"/console/revenue?site=site-7&days=28&page={number}").text for number in (1, 5))
    (onward,) = re.findall(r'rel="next" href="/console/revenue\?([^"]*)"', first)
    assert sorted(onward.split("&amp;")) == ["days=28", "page=2", "site=site-7"]  # as it was asked, but further on
    assert (first.count("<progress"), last.count("<progress")) == (50, 2)


def test_running_charges_are_listed_before_ended_ones_across_pages(scene: Scene, client: Browser, monkeypatch) -> None:
    scene.live_a_day()
    shown, address = [], "/console/sessions"
    monkeypatch.setattr("forecourt.web.charging.charges.requested_page", lambda request: requested_page(request, limit=4))
    while address:
        page = client.sign_in("ops").get(address).text
        shown.append(re.findall(r'<td class="num" data-label="Duration">([^<]+)</td>', page))
        older = re.search(r'href="([^"]+older=[^"]+)"', page)
        address = older.group(1).replace("&amp;", "&") if older else ""
    assert [len(one) for one in shown] == [4, 4, 5, 4]  # 9 go on: the last of them stands before the first that have ended
    flat = [took == "running" for one in shown for took in one]
    assert flat == [True] * 9 + [False] * 8
    exported = client.get("/console/sessions?form=csv").text.splitlines()
    assert len(exported) == 1 + len(flat)
