"""The page of a guest's booked charge: what a longer stay costs, asked for once, and refused with the reason."""

from datetime import timedelta

import pytest

from forecourt.drivers import guest_token
from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff
from forecourt.flows.guests import start_booked
from forecourt.flows.paying import payments_of
from forecourt.stations import MeterSample, TransactionStarted
from forecourt.web.frame.sealing import digest

from .apps import app_of
from .conftest import NOW, Browser, Scene
from .guests_scene import _answered, booked_guests
from .test_guest_visits import Cards


@pytest.fixture
def charging(scene: Scene):
    """A guest's booking of an hour that charges."""
    the = booked_guests(scene)
    scene.clock.at = NOW + timedelta(hours=5, minutes=1)
    with scene.transactions.begin() as store:
        guest = store.guests.booking_by_digest(digest(the.firm))
        give_codes(store, Staff(scene.operator_id, "ops", NOW, scene.ids), scene.site_id)
        start_booked(store, guest, store.guests.code_of(scene.evse(22)).code, scene.clock.at, scene.ids)
        token = guest_token(guest.payment_id)
    scene.say("CP-22", TransactionStarted(scene.clock.at, 1, "", token, (MeterSample(scene.clock.at, 10_000),)))
    with Browser(app=app_of(scene.ports(payment_events=Cards(), card_key="pk_test_1"))) as client:
        yield scene, client, the.firm, guest


def window(scene: Scene, guest) -> object:
    with scene.transactions.begin() as store:
        return store.bookings.booking(guest.booking_id).window


def test_each_extension_shows_its_price_and_a_form_sent_twice_extends_once(charging) -> None:
    scene, client, key, guest = charging
    before = window(scene, guest)
    text = client.get(f"/c/{key}").text
    assert "Your bay is reserved until" in text and "more held" in text and "in total" in text
    form = {"minutes": 120, "end": int(before.end.timestamp())}
    for _ in range(2):
        assert client.submit(f"/b/{key}/longer", **form).headers["location"] == f"/c/{key}"
    asked = client.get(f"/c/{key}").text
    assert "more must be held" in asked and "We are opening the payment page" in asked and window(scene, guest) == before
    _answered(scene, opened=True)
    assert "Hold it and stay longer" in client.get(f"/c/{key}").text
    with scene.transactions.begin() as store:
        assert len(payments_of(store, guest)) == 2
    client.submit(f"/c/{key}/leave")
    assert "Stay 30 min longer" in client.get(f"/c/{key}").text


@pytest.mark.parametrize("form", [{"minutes": 45, "end": "1780340400"}, {"minutes": 30, "end": "soon"}, {"minutes": 30, "end": "0"}])
def test_an_invalid_extension_is_refused_and_changes_nothing(charging, form) -> None:
    scene, client, key, guest = charging
    before = window(scene, guest)
    got = client.submit(f"/b/{key}/longer", **form)
    assert got.status_code == 400 and "notice-bad" in got.text and window(scene, guest) == before
