"""Features of bays: set by operators, searched for and booked by drivers."""

from datetime import timedelta

import pytest

from forecourt.kernel import instant_text

from .conftest import KIND

BAY = "/api/v1/chargers/CP-01/sockets/1/bay"
ONE = {"features": ["accessible"], "max_height_cm": 210}
EVSE = "/console/sockets/00000000-0000-0000-0000-000000000065/bay"


@pytest.fixture
def asked(scene):
    start = scene.clock.at + timedelta(hours=3)
    window = {"start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}
    return {"site": "market", "kind": KIND, "energy_wh": 10_000, "features": ["accessible"], **window}


def as_program(client, name: str):
    client.headers["authorization"] = f"Bearer api-{name}"
    return client


def test_the_operator_sets_the_features_of_a_bay_and_drivers_search_sites_by_them(ops):
    assert ops.put(BAY, json=ONE).json() == ONE
    assert ops.get("/api/v1/chargers/CP-01").json()["sockets"][0]["bay"] == ONE
    assert [one["name"] for one in ops.get("/api/v1/sites?features=accessible").json()] == ["Market Square"]
    assert ops.get("/api/v1/sites?features=accessible&vehicle_height_cm=220").json() == []
    assert "Wheelchair accessible, vehicles up to 210 cm" in ops.get("/sites/market").text
    assert ops.put(BAY, json={"features": ["pool"]}).status_code == 400


def test_the_only_accessible_bay_is_booked_once_and_keeps_the_feature_while_booked(ops, asked, scene):
    ops.put(BAY, json=ONE)
    first, second = (ops.post("/api/v1/bookings", json=asked, headers={"authorization": f"Bearer api-{who}"}) for who in ("ada", "bob"))
    assert (first.status_code, first.json()["features"], second.status_code) == (201, ["accessible"], 409)
    refused = ops.put(BAY, json={"features": []})
    assert refused.status_code == 409 and "1 booking could no longer get a bay" in refused.text
    assert ops.put(BAY, json={"features": ["accessible", "lit"]}).status_code == 200


def test_a_driver_books_an_accessible_bay_without_a_script(scene, client):
    client.sign_in("ops")
    assert client.submit(EVSE, accessible="1", height="").status_code == 303
    client.sign_in("bob")
    where = client.submit("/bookings/times", site="market", kind=KIND, accessible="1").headers["location"]
    page = client.get(where).text
    assert 'name="accessible" value="1" checked' in page and 'name="roof"' not in page
    start = instant_text(scene.clock.at + timedelta(hours=3))
    form = {"site": "market", "kind": KIND, "start": start, "minutes": 60, "energy": 10, "key": "k1", "accessible": "1"}
    assert client.submit("/bookings", **form).headers["location"] == "/bookings"
    assert "Wheelchair accessible" in client.get("/bookings").text
    client.sign_in("ada")
    refused = client.submit("/bookings", **form)
    assert refused.status_code == 409 and "Every bay that meets your needs is taken" in refused.text
    assert '<input type="hidden" name="accessible" value="1">' in refused.text.split("Other free times")[1]


def test_the_saved_bay_needs_of_a_driver_are_preselected_at_every_site_unless_changed_there(scene, client):
    client.sign_in("ops").submit(EVSE, accessible="1", height="")
    client.sign_in("bob")
    assert client.submit("/account/bay", accessible="1", roof="1", height="1x").status_code == 400
    assert client.submit("/account/bay", accessible="1", roof="1", height="190").status_code == 303
    bob = {"authorization": "Bearer api-bob"}
    said = client.get("/api/v1/bay-need", headers=bob).json()
    assert said == {"features": ["accessible", "roof"], "vehicle_height_cm": 190}
    assert client.put("/api/v1/bay-need", json=said, headers=bob).json() == said
    ticked = 'name="accessible" value="1" checked'
    assert ticked in (mine := client.get("/account/bay").text) and 'value="190"' in mine
    here = client.get("/sites/market").text
    assert ticked in here and "No bay here is listed with what you always need." in here and "Under a roof" in here
    assert "Wheelchair accessible" in client.get("/sites/harbour").text.split("what you always need.")[1].split("</div>")[0]
    for_once = client.submit("/bookings/times", site="market", kind=KIND, said="1").headers["location"]
    assert ticked not in client.get(for_once).text, "the saved need was deselected for this search"
    assert ticked not in client.sign_in("ada").get("/sites/market").text
    client.cookies.clear()
    assert 'name="said"' not in client.get("/sites/market").text, "without a sign-in no choice has been made yet"
