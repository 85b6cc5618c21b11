"""Bookings over REST in the form of OCPI: they fit its schemas and have the state of the booking."""

from datetime import timedelta
from uuid import UUID

from forecourt.flows.bookings import advance_bookings, cancel_own_booking
from forecourt.kernel import BookingId
from forecourt.stations import ConnectorState, Socket
from ocpi.tables import faults

from .conftest import KIND, NOW

ADA, BOB, OPS = ({"authorization": f"Bearer api-{name}"} for name in ("ada", "bob", "ops"))
WINDOW = {"site": "market", "kind": KIND, "start": "2026-06-01T16:00:00Z", "end": "2026-06-01T17:00:00Z", "energy_wh": 10_000}


def ops(scene, client):
    """A staff member signs in, in place of a program with the operator's token."""
    client.sign_in("ops")
    return client


def booked(client, **more):
    made = client.post("/api/v1/bookings", json=WINDOW | more, headers=ADA).json()["id"]
    return made, lambda: client.get(f"/api/v1/bookings/{made}/ocpi", headers=ADA).json()


def test_an_ocpi_booking_goes_from_reserved_to_a_socket_to_cancelled(scene, client):
    made, told = booked(client)
    first = told()
    assert faults("Booking", first) == [] and first["reservation_status"] == "RESERVED"
    assert first["booking_option"]["evse_uid"] == "#NA" and first["tariff_ids"] and first["booking_terms"]["noshow_fee"]
    assert first["booking_tokens"][0]["type"] == "APP_USER" and first["country_code"] == "DE" and first["party_id"] == "#NA"
    scene.clock.at = NOW.replace(hour=15, minute=55)
    with scene.transactions.begin() as store:
        store.stations.put_socket(Socket(scene.evse(7), ConnectorState.AVAILABLE, at=NOW))
        advance_bookings(store, scene.site_id, scene.clock.at, scene.ids)
    assert told()["booking_option"]["evse_uid"] == str(scene.evse(7))
    with scene.transactions.begin() as store:
        cancel_own_booking(store, scene.ada, BookingId(UUID(made)), scene.clock.at, scene.ids)
    over = told()
    assert faults("Booking", over) == [] and over["reservation_status"] == "CANCELED"
    assert over["canceled"] == {"cancellation_reason": "NO_CANCELED", "who_canceled": "EMSP"} and len(over["booking_requests"]) == 2


def test_a_flexible_ocpi_booking_gives_the_whole_promised_period(scene, client):
    _, told = booked(client, flexible_minutes=30)
    assert told()["promised_period"] == {"start_date_time": "2026-06-01T15:30:00Z", "end_date_time": "2026-06-01T17:30:00Z"}


def test_another_driver_cannot_read_an_ocpi_booking_and_no_driver_lists_them(scene, client):
    made, _ = booked(client)
    assert client.get(f"/api/v1/bookings/{made}/ocpi", headers=BOB).status_code == 404
    assert client.get("/api/v1/ocpi/bookings", headers=ADA).status_code == 403


def test_the_operator_exports_bookings_and_booking_locations_in_ocpi_form(lived, client):
    exported = ops(lived, client).get("/api/v1/ocpi/bookings?site=market").json()
    assert len(exported) == 4 and not [fault for one in exported for fault in faults("Booking", one)]
    (market,) = client.get("/api/v1/ocpi/booking-locations?site=market&days=2").json()
    assert faults("BookingLocation", market) == [] and market["calendars"][0]["available_timeslots"]
    assert {one["booking_requests"][0]["booking_request"]["booking_location_id"] for one in exported} == {market["id"]}
    assert len(client.get("/api/v1/ocpi/booking-locations").json()) == 2
    assert client.get("/api/v1/ocpi/bookings?start=yesterday").status_code == 400


def test_checking_a_partners_ocpi_booking_request_books_nothing(lived, client):
    (market,) = ops(lived, client).get("/api/v1/ocpi/booking-locations?site=market").json()
    start = (NOW + timedelta(days=1)).replace(minute=0)
    asked = {
        "country_code": "NL",
        "party_id": "EMO",
        "request_id": "R-1",
        "location_id": market["location_id"],
        "booking_location_id": market["id"],
        "period": {"start_date_time": start.isoformat()[:19], "end_date_time": (start + timedelta(hours=1)).isoformat()[:19]},
        "authorization_reference": "A-1",
    }

    def ask(**change):
        path = "/api/v1/ocpi/booking-requests/check?site=market"
        return client.post(path, json=asked | change, headers={"x-csrf-token": client.token()})

    answer = ask()
    assert answer.status_code == 200 and answer.json()["promised"] and answer.json()["kind"] == KIND
    past = {"start_date_time": "2026-05-01T10:00:00Z", "end_date_time": "2026-05-01T11:00:00Z"}
    assert not ask(period=past).json()["promised"] and ask(period=past).json()["why"]
    wrong = ask(period={"start_date_time": "soon", "end_date_time": "later"})
    assert wrong.status_code == 400 and "booking_request.period" in wrong.text
    assert len(client.get("/api/v1/ocpi/bookings?site=market").json()) == 4
