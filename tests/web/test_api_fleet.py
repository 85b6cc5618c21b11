"""REST: booking series, bookings for a fleet's drivers, and a driver's message choices, by the same rules as the pages."""

from uuid import UUID

import pytest

from .conftest import Browser, Scene
from .test_api import ADA, BOB, WINDOW
from .test_series import live, vans  # noqa: F401 - a fixture

SERIES = WINDOW | {"repeat": "weekdays", "weeks": 2}


def test_a_booking_series_is_made_once_per_key_and_lists_the_dates_that_cannot_be_booked(client: Browser, scene: Scene) -> None:
    key = {"Idempotency-Key": "abc"}
    first, again = (client.post("/api/v1/bookings/series", json=SERIES, headers=ADA | key) for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert [one["booking"]["state"] for one in first.json()] == ["confirmed"] * 10 and live(scene, scene.ada) == 10
    daily = client.post("/api/v1/bookings/series", json=WINDOW | {"repeat": "daily"}, headers=ADA).json()
    assert sum(one["booking"] is not None for one in daily) == 2 and "already have a booking" in daily[0]["why"]


@pytest.mark.parametrize("wrong", [{"repeat": "hourly"}, {"weeks": 9}, {"weeks": 0}, {"extra": 1}, {"driver": "me"}])
def test_an_invalid_booking_series_gets_a_problem_document_and_books_nothing(client: Browser, scene: Scene, wrong) -> None:
    answer = client.post("/api/v1/bookings/series", json=SERIES | wrong, headers=ADA)
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json" and live(scene, scene.ada) == 0


def test_a_fleet_payer_makes_reads_and_cancels_bookings_for_the_fleets_drivers(client: Browser, scene: Scene, vans) -> None:  # noqa: F811
    (driver,) = client.get("/api/v1/fleet", headers=ADA).json()["drivers"]
    assert driver == {"id": str(vans), "name": "Driver 8"}
    made = client.post("/api/v1/bookings", json=WINDOW | {"driver": str(vans)}, headers=ADA).json()
    assert live(scene, vans) == 1 and client.get("/api/v1/fleet", headers=ADA).json()["bookings"] == [made]
    assert client.get("/api/v1/fleet", headers=BOB).json() == {"drivers": [], "bookings": []}
    for method in ("GET", "DELETE"):
        assert client.request(method, f"/api/v1/bookings/{made['id']}", headers=BOB).status_code == 404
        assert client.request(method, f"/api/v1/bookings/{made['id']}", headers=ADA).status_code == 200
    assert live(scene, vans) == 0


@pytest.mark.parametrize("call", ["bookings", "bookings/series"])
def test_a_booking_for_a_driver_of_another_fleet_is_not_found(client: Browser, scene: Scene, vans, call) -> None:  # noqa: F811
    body = (SERIES if "series" in call else WINDOW) | {"driver": str(vans)}
    assert client.post(f"/api/v1/{call}", json=body, headers=BOB).status_code == 404
    assert client.post(f"/api/v1/{call}", json=body | {"driver": str(UUID(int=9))}, headers=ADA).status_code == 404
    assert live(scene, vans) == 0


def test_a_driver_sets_message_choices_but_cannot_turn_off_messages_about_money(client: Browser, scene: Scene) -> None:
    assert client.get("/api/v1/message-choices", headers=ADA).json() == {"language": "en", "off": [], "push_off": []}
    wanted = {"language": "de", "off": ["charging"], "push_off": ["money"]}
    assert client.put("/api/v1/message-choices", json=wanted, headers=ADA).json() == wanted
    assert client.put("/api/v1/message-choices", json={"language": "de", "off": ["charging"]}, headers=ADA).json() == wanted
    for wrong in ({"language": "tlh", "off": []}, {"language": "de", "off": ["money"]}, {"language": "de", "off": ["weather"]}):
        assert client.put("/api/v1/message-choices", json=wrong, headers=ADA).status_code == 400
    assert client.get("/api/v1/message-choices", headers=ADA).json() == wanted


def test_booking_series_fleet_and_message_choices_are_in_the_openapi_document(client: Browser) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {"/api/v1/bookings/series", "/api/v1/fleet", "/api/v1/message-choices"} <= paths.keys()
