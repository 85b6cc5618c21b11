"""A driver waits for a fully booked slot and accepts the offer: on pages without scripts."""

import re
from datetime import timedelta

import pytest

from forecourt.flows.bookings import ReserveRequest, advance_waitlist, cancel_own_booking, reserve
from forecourt.kernel import Span, instant_text
from forecourt.reservations import BookingRules

from .conftest import HARBOUR, KIND


@pytest.fixture
def full(scene):
    """At the harbour one bay is promised at a time; Ada has it for an hour tomorrow. Gives it back when called."""
    start = scene.clock.at + timedelta(hours=24)
    with scene.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(HARBOUR), BookingRules(held_back=3))
        ask = ReserveRequest(HARBOUR, KIND, scene.ada, Span(start, start + timedelta(hours=1)))
        hers = reserve(store, ask, scene.clock.at, scene.ids)

    def cancel() -> None:
        with scene.transactions.begin() as store:
            cancel_own_booking(store, scene.ada, hers.id, scene.clock.at, scene.ids)
            advance_waitlist(store, HARBOUR, scene.clock.at, scene.ids)

    return cancel


@pytest.fixture
def bob(client):
    return client.sign_in("bob")


def waits(scene, bob) -> str:
    """Bob asks for Ada's time, is refused and waits for it with the form he is shown."""
    start = instant_text(scene.clock.at + timedelta(hours=24))
    form = {"site": "harbour", "kind": KIND, "start": start, "minutes": 60, "energy": 10}
    page = bob.submit("/bookings", **form, key="k1").text
    assert "Wait for this time" in page
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.split('action="/hopes"')[1].split("</form>")[0]))
    return bob.submit("/hopes", **{name: value for name, value in sent.items() if name != "_csrf"}).headers["location"]


def test_a_driver_joins_the_waitlist_is_offered_the_slot_and_accepts(scene, full, bob):
    where = waits(scene, bob)
    assert "Nothing is free yet" in bob.get(where).text and where in bob.get("/bookings").text
    full()
    assert "It is free now" in bob.get(where).text and "Reserved for you" in bob.get("/bookings").text
    assert bob.get("/api/v1/bookings").json() == [], "nothing is booked yet"
    assert bob.submit(f"{where}/take").headers["location"] == "/bookings"
    assert [one["state"] for one in bob.get("/api/v1/bookings").json()] == ["confirmed"]
    assert where not in bob.get("/bookings").text


def test_the_no_show_fee_shown_before_accepting_is_that_of_the_booking(scene, full, bob):
    where = waits(scene, bob)
    full()
    said = re.search(r"you accept and do not come, it costs at most <span class=.money.>€([0-9.]+)<", bob.get(where).text)
    bob.submit(f"{where}/take")
    (booked,) = bob.get("/api/v1/bookings").json()
    assert said and booked["fee"]["amount"] == said[1]


def test_an_expired_offer_books_nothing_and_says_so(scene, full, bob):
    where = waits(scene, bob)
    full()
    scene.clock.at += timedelta(hours=9)
    refused = bob.submit(f"{where}/take")
    assert refused.status_code == 409 and "went to the next" in refused.text
    assert bob.get("/api/v1/bookings").json() == []


def test_a_driver_leaves_the_waitlist(scene, full, bob):
    where = waits(scene, bob)
    assert bob.submit(f"{where}/leave").headers["location"] == "/bookings"
    full()
    assert "You let it go" in bob.get(where).text and bob.get("/bookings").text.count(where) == 0


def test_an_app_joins_the_waitlist_accepts_an_offer_and_leaves_over_rest(scene, full, client):
    head, start = {"authorization": "Bearer api-bob"}, scene.clock.at + timedelta(hours=24)
    window = {"start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}
    wanted = {"site": "harbour", "kind": KIND, **window}
    made = client.post("/api/v1/waitlist", headers=head, json=wanted).json()
    assert client.post("/api/v1/waitlist", headers=head, json=wanted).json() == made
    assert (made["state"], made["quote"], made["offered_until"]) == ("hoping", None, None)
    where = f"/api/v1/waitlist/{made['id']}"
    assert client.post(f"{where}/take", headers=head).json()["code"] == "not_offered"
    full()
    (offered,) = client.get("/api/v1/waitlist", headers=head).json()
    assert offered["state"] == "offered" and offered["offered_until"] < window["start"]
    booking = client.post(f"{where}/take", headers=head).json()
    assert (booking["state"], booking["quote"]) == ("confirmed", offered["quote"])
    assert client.post(f"{where}/take", headers=head).json()["id"] == booking["id"]
    assert client.get(where, headers=head).json()["state"] == "taken" and client.get("/api/v1/waitlist", headers=head).json() == []
    other = client.post("/api/v1/waitlist", headers=head, json=wanted | {"energy_wh": 9_000}).json()
    assert client.delete(f"/api/v1/waitlist/{other['id']}", headers=head).json()["state"] == "declined"
