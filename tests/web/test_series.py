"""Repeated bookings, and bookings for the drivers of a fleet, on the pages."""

from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import GroupMember
from forecourt.kernel import DriverId

from .conftest import KIND, NOW, Browser, Scene

FIRST = (NOW + timedelta(days=1, hours=4)).replace(minute=0)


def form(**changes: object) -> dict[str, object]:
    return {"site": "harbour", "kind": KIND, "start": FIRST.isoformat(), "minutes": 60, "energy": 10, "key": "k1", **changes}


def live(scene: Scene, driver_id: DriverId) -> int:
    with scene.transactions.begin() as store:
        return sum(one.live for one in store.bookings.of_driver(driver_id))


@pytest.fixture
def vans(scene: Scene) -> DriverId:
    """Ada pays for a fleet of one."""
    driver_id = DriverId(UUID(int=1007))
    with scene.transactions.begin() as store:
        store.drivers.put_member(GroupMember(scene.operator_id, "vans", driver_id, NOW - timedelta(days=1)))
        store.statements.put_payer(scene.operator_id, "vans", scene.ada)
    return driver_id


def test_a_weekday_series_is_booked_once_even_if_the_form_is_sent_again(client: Browser, scene: Scene) -> None:
    client.sign_in("ada")
    done = client.submit("/bookings", **form(repeat="weekdays", weeks=2))
    assert done.status_code == 200 and "10 of 10 booked" in done.text
    assert client.submit("/bookings", **form(repeat="weekdays", weeks=2)).headers["location"] == "/bookings"
    assert live(scene, scene.ada) == 10
    again = client.submit("/bookings", **form(repeat="daily", weeks=1, key="k2")).text
    assert "2 of 7 booked" in again and "You already have a booking" in again


@pytest.mark.parametrize(
    "changes", [{"repeat": "hourly"}, {"repeat": "daily", "weeks": 9}, {"repeat": "daily", "weeks": 0}, {"driver": "me"}]
)
def test_an_invalid_series_books_nothing_and_gives_the_reason(client: Browser, scene: Scene, changes) -> None:
    refused = client.sign_in("ada").submit("/bookings", **form(**changes))
    assert refused.status_code == 400 and "notice-bad" in refused.text and live(scene, scene.ada) == 0


def test_a_fleet_payer_books_sees_and_cancels_bookings_of_its_drivers(client: Browser, scene: Scene, vans: DriverId) -> None:
    assert "Driver 8" in client.sign_in("ada").get("/sites/harbour").text
    assert client.submit("/bookings", **form(driver=str(vans))).status_code == 303 and live(scene, vans) == 1
    page = client.get("/bookings").text
    assert "Your fleet&#39;s bookings" in page or "Your fleet's bookings" in page
    cancel = page.split("/cancel")[0].rpartition("/")[2]
    assert client.get(f"/bookings/{cancel}/cancel").status_code == 200
    assert client.submit(f"/bookings/{cancel}/cancel").status_code == 303 and live(scene, vans) == 0


def test_booking_or_cancelling_for_a_driver_of_another_payer_answers_404(client: Browser, scene: Scene, vans: DriverId) -> None:
    client.sign_in("ada").submit("/bookings", **form(driver=str(vans)))
    with scene.transactions.begin() as store:
        (booking,) = store.bookings.of_driver(vans)
    client.cookies.clear()
    client.sign_in("bob")
    assert client.submit("/bookings", **form(driver=str(vans), key="k3")).status_code == 404
    assert client.get(f"/bookings/{booking.id}/cancel").status_code == client.submit(f"/bookings/{booking.id}/cancel").status_code == 404
    assert live(scene, vans) == 1
