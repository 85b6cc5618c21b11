"""Links of a site's page: directions on every device, memberships for drivers."""

from dataclasses import replace
from decimal import Decimal

import pytest

from .conftest import HARBOUR
from .offers_scene import with_offers

ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (ANDROID, "geo:52.5,13.4?q=52.5,13.4(Harbour%20%26%20Sons)"),
        (IPHONE, "https://maps.apple.com/?daddr=52.5,13.4"),
        (WINDOWS, "https://www.openstreetmap.org/directions?to=52.5%2C13.4"),
    ],
)
def test_directions_open_in_the_map_app_of_the_device(scene, client, device, expected):
    put(scene, latitude=Decimal("52.5"), longitude=Decimal("13.4"), name="Harbour & Sons")
    page = client.get("/sites/harbour", headers={"user-agent": device}).text
    assert f'<a href="{expected}" rel="noreferrer">Directions</a>' in page


def test_a_site_without_a_position_has_no_directions(scene, client):
    put(scene, latitude=Decimal(0), longitude=Decimal(0))
    assert "Directions" not in client.get("/sites/harbour").text


def put(scene, **changes) -> None:
    with scene.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(HARBOUR), **changes))


@pytest.mark.parametrize(("reader", "shown"), [("ada", True), ("", True), ("ops", False), ("till", False)])
def test_only_drivers_and_signed_out_visitors_see_the_link_to_memberships(scene, client, reader, shown):
    with_offers(scene)
    page = (client.sign_in(reader) if reader else client).get("/sites/market")
    assert page.status_code == 200 and "Coffee from 5 kWh" in page.text and ('href="/membership"' in page.text) is shown
