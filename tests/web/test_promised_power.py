"""The power promised with a booking, as drivers and apps see it: 24 sockets with at least 6 A each under 150 A leave 12 A for one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.bookings import ReserveRequest, advance_bookings, reserve
from forecourt.flows.chargers import limits_version, set_limits
from forecourt.flows.desk import Staff
from forecourt.kernel import Span, instant_text
from forecourt.stations import ConnectorReported, ConnectorState, LimitEdit
from forecourt.web.queries.bookings import bookings_day

from .conftest import KIND, NOW
from .test_api import ADA
from .test_driver import booking


@pytest.fixture(autouse=True)
def limited(scene) -> None:
    with scene.transactions.begin() as store:
        site = store.stations.site(scene.site_id)
        store.stations.put_site(replace(site, limits=(replace(site.limits[0], limit_a=150.0),)))


def test_a_free_slot_shows_the_power_that_can_be_promised_and_its_booking_the_promised_energy(scene, client):
    """12 A on three phases are 8.28 kW; for 55 minutes 7.59 kWh, of which whole tenths are said."""
    client.sign_in("ada")
    assert "≥ 8.2 kW" in client.get("/sites/market?kind=Type+2+11+kW").text
    client.submit("/bookings", **booking(scene.clock.at))
    assert "We promise at least <strong>7.50 kWh</strong> in this time" in client.get("/bookings").text
    assert "≥ 4.1 kW" in client.get("/sites/market?kind=Type+2+11+kW").text  # only the floor is left beside it


def test_a_quote_and_the_booking_made_for_it_promise_the_same(scene, client):
    start = scene.clock.at + timedelta(hours=3)
    asked = {"site": "market", "kind": "Type 2 11 kW", "start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}
    quote = client.post("/api/v1/quotes", json=asked | {"energy_wh": 6000}, headers=ADA).json()
    made = client.post("/api/v1/bookings", json=asked | {"energy_wh": 6000}, headers=ADA).json()
    assert (quote["promised_energy_wh"], quote["promised_power_w"]) == (6000, 6546)
    assert (made["promised_energy_wh"], made["promised_power_w"]) == (6000, 6546)
    assert client.get("/api/v1/bookings", headers=ADA).json()[0]["promised_energy_wh"] == 6000


def test_no_promised_power_is_shown_where_none_can_be_promised(scene, client):
    with scene.transactions.begin() as store:
        site = store.stations.site(scene.site_id)
        store.stations.put_site(replace(site, limits=(replace(site.limits[0], limit_a=90.0),)))
    client.sign_in("ada")
    assert "≥" not in client.get("/sites/market").text
    client.submit("/bookings", **booking(scene.clock.at))
    assert "We promise" not in client.get("/bookings").text


def test_an_operator_can_promise_a_share_of_the_power_that_other_cars_would_need(scene, client):
    """Half of 90 A can be promised: as much as the socket gives."""
    with scene.transactions.begin() as store:
        site = store.stations.site(scene.site_id)
        store.stations.put_site(replace(site, limits=(replace(site.limits[0], limit_a=90.0),)))
        store.bookings.put_rules(site, replace(store.bookings.rules(site.id), others_power_percent=50))
    client.sign_in("ada")
    assert "≥ 11.0 kW" in client.get("/sites/market").text


def test_a_broken_power_promise_is_shown_to_the_driver_and_on_the_days_bookings(scene, client):
    """7.5 kWh were promised for the hour; 1.2 kWh were delivered, and nothing shows that more was offered."""
    for bay in (1, 2):
        scene.say(f"CP-0{bay}", ConnectorReported(NOW - timedelta(minutes=60), 1, ConnectorState.AVAILABLE))
    window = Span(NOW + timedelta(minutes=60), NOW + timedelta(minutes=120))
    with scene.transactions.begin() as store:
        made = reserve(store, ReserveRequest(scene.site_id, KIND, scene.ada, window), NOW, scene.ids)
        advance_bookings(store, scene.site_id, NOW + timedelta(minutes=52), scene.ids)
        label = store.stations.evse(store.bookings.booking(made.id).state.evse_id).label
        token = store.drivers.tokens_of(scene.ada)[0].uid
    scene.charge(int(label.removeprefix("M-")), token, window.start, 60, 1200, end=True)
    scene.clock.at = NOW + timedelta(minutes=130)
    with scene.transactions.begin() as store:
        view = bookings_day(store, store.stations.site(scene.site_id), None, scene.clock.at)
    assert (view.board.figures.power_kept, view.board.figures.power_promised) == (0, 1)
    client.sign_in("ada")
    assert "You were promised 7.50 kWh and got 1.20 kWh. The place had less power" in client.get("/bookings").text
    client.sign_in("ops")
    board = client.get("/console/bookings?site=market").text
    assert "Power promise broken: 1.20 kWh of 7.50 kWh." in board and "0 of 1" in board


def test_lowering_a_limit_first_shows_the_bookings_whose_promised_power_it_would_break(scene, client):
    client.sign_in("ada").submit("/bookings", **booking(scene.clock.at))
    page = "/console/sites/market/limits"
    client.sign_in("ops")
    seen = client.get(page).text.split('name="seen" value="')[1].split('"')[0]
    looked = client.submit(page, seen=seen, do="look", **{"limit-0": "145"})
    assert "1 booking would not get the power promised." in looked.text


def test_a_driver_who_may_get_less_than_promised_is_warned_and_can_cancel_until_the_start(scene, client):
    """The compensation stated is half of the price, as for a broken promise."""
    client.sign_in("ada").submit("/bookings", **booking(scene.clock.at))
    with scene.transactions.begin() as store:
        site = store.stations.site(scene.site_id)
        by = Staff(scene.operator_id, "ops", scene.clock.at, scene.ids)
        set_limits(store, by, site.id, LimitEdit({site.limits[0].name: 145.0}, site.power_limit_w), limits_version(site), confirmed=False)
    (made,) = [one for one in client.get("/api/v1/bookings").json() if one["promised_unsure_since"]]
    page = client.get("/bookings").text
    assert "We promised at least <strong>7.50 kWh</strong> in this time. The place has had less power since" in page
    half = (round(100 * float(made["quote"]["amount"])) + 1) // 2
    assert f"€{half / 100:.2f}</span> is taken off your next charge" in page and made["free_until"] == made["start"]
