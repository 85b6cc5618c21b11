"""Pages of a booking without an account: the form at a place, the secret link, its letters, the code at the socket."""

import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from forecourt.drivers import GuestStep
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff
from forecourt.kernel import DriverId, Span
from forecourt.stations import StartCharge
from forecourt.web.frame.languages import preferred_language
from forecourt.web.frame.sealing import digest

from .apps import app_of
from .conftest import KIND, NOW, Browser, Scene
from .guests_scene import _answered, booked_guests
from .messages_scene import mailed
from .test_bay_needs import EVSE
from .test_guest_visits import Cards

START = (NOW + timedelta(hours=4)).replace(minute=0)


@pytest.fixture
def booked(scene: Scene):
    with Browser(app=app_of(scene.ports(payment_events=Cards(), card_key="pk_test_1"))) as client:
        yield scene, client


def form(client: Browser, **changes: object) -> dict[str, object]:
    text = client.get("/sites/harbour").text
    drawn = {name: text.split(f'name="{name}" value="')[1].split('"')[0] for name in ("_csrf", "key")}
    asked = {"site": "harbour", "kind": KIND, "start": START.isoformat(), "minutes": 60, "energy": 10, "email": "anna@example.org"}
    return {**drawn, **asked, **changes}


def test_a_guest_booking_sent_twice_is_made_once_under_a_link_stored_only_as_a_digest(booked) -> None:
    scene, client = booked
    fields = form(client)
    links = {client.post("/bookings/guest", data=fields, follow_redirects=False).headers["location"] for _ in range(2)}
    (link,) = links
    key = link.removeprefix("/b/")
    text = client.get(link).text
    assert len(key) == 43 and "One moment" in text and "released to others" not in text
    with scene.transactions.begin() as store:
        (guest,) = store.guests.unpaid(scene.operator_id)
        assert guest.digest == digest(key) and key not in repr(guest) and guest.step is GuestStep.PAYING
    assert client.get(f"/b/{guest.booking_id}").status_code == client.get(f"/b/{'k' * 43}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"email": "nobody"}, "is not an email address"),
        ({"language": "tlh"}, "is not a language we offer"),
        ({"start": "soon"}, "notice-bad"),
        ({"minutes": 2}, "is not between"),
        ({"start": (START + timedelta(days=9)).isoformat()}, "5 days ahead"),
        ({"key": "k1"}, "did not load completely"),
    ],
)
def test_a_refused_guest_booking_shows_the_reason_on_the_site_page(booked, changes, why) -> None:
    scene, client = booked
    got = client.post("/bookings/guest", data=form(client, **changes))
    assert got.status_code == 400 and why in got.text and "Book without an account" in got.text
    with scene.transactions.begin() as store:
        assert not store.guests.unpaid(scene.operator_id) and not store.bookings.live_at(store.stations.site_by_slug("harbour").id)


def test_pressing_enter_submits_the_booking_even_where_bays_differ(booked) -> None:
    _, client = booked
    client.sign_in("ops").submit(EVSE, accessible="1", height="")
    client.cookies.clear()
    drawn = client.get("/sites/market").text.split('action="/bookings/guest"')[1].split("</form>")[0]
    pressed, *others = re.findall(r"<button[^>]*>", drawn)
    assert "formaction" not in pressed and any("/bookings/times" in one for one in others) and 'name="accessible"' in drawn


def test_a_guest_whose_slot_was_taken_is_offered_free_slots_and_the_email_stays(booked) -> None:
    scene, client = booked
    with scene.transactions.begin() as store:
        site = store.stations.site_by_slug("harbour").id
        for number in range(4):
            window = Span(START, START + timedelta(hours=1))
            reserve(store, ReserveRequest(site, KIND, DriverId(UUID(int=1000 + number)), window), NOW, scene.ids)
    got = client.post("/bookings/guest", data=form(client, email="late@example.org"))
    assert got.status_code == 409 and got.text.count('action="/bookings/guest"') >= 1 and 'value="late@example.org"' in got.text


def test_the_site_page_links_a_guest_to_the_booking_being_paid(booked) -> None:
    _, client = booked
    link = client.post("/bookings/guest", data=form(client), follow_redirects=False).headers["location"]
    page = client.get("/sites/harbour").text
    assert "You are paying for a booking here" in page and link in page
    assert "Cancel this booking?" in client.get(f"{link}/cancel").text
    client.submit(f"{link}/cancel")
    assert link not in client.get("/sites/harbour").text
    assert client.get(f"{link}/cancel", follow_redirects=False).headers["location"] == link


def test_after_returning_from_the_bank_a_waiting_message_is_shown(booked) -> None:
    scene, client = booked
    link = client.post("/bookings/guest", data=form(client), follow_redirects=False).headers["location"]
    _answered(scene, opened=True)
    assert "Deposit:" in client.get(link).text
    page = client.get(f"{link}?back=1").text
    assert "We are waiting for your bank." in page and f'content="3; url={link}"' in page and "Deposit:" not in page


def test_the_booking_link_is_emailed_in_the_guests_language_and_not_stored(booked) -> None:
    scene, client = booked
    the = booked_guests(scene)
    letter = next(one for one in mailed(scene) if one.to == "guest5@example.org")
    link = f"/b/{the.firm}"
    assert f"https://c.example{link}" in letter.text and letter.subject.startswith("Gebucht") and "Guest" not in letter.text
    assert not letter.settings_url and client.get(link).status_code == 200
    with scene.transactions.begin() as store:
        kept = store.notices.page(scene.operator_id).rows
        assert kept and not [one for one in kept if the.firm in one.text + one.path + one.error]


@pytest.fixture
def firm(booked) -> tuple[Scene, Browser, SimpleNamespace]:
    scene, client = booked
    with scene.transactions.begin() as store:
        give_codes(store, Staff(scene.operator_id, "ops", NOW, scene.ids), scene.site_id)
    return scene, client, booked_guests(scene)


def test_a_guest_booking_is_viewed_exported_changed_and_cancelled_by_its_link(firm) -> None:
    scene, client, the = firm
    link = f"/b/{the.firm}"
    assert "Held on your card" in client.get(link).text and "BEGIN:VEVENT" in client.get(f"{link}/calendar.ics").text
    asked = {"day": "2026-06-01", "time": "21:00", "minutes": "60"}
    seen = client.submit(f"{link}/change", **asked, see="price").text.split('id="chosen"')[1]
    with scene.transactions.begin() as store:
        assert "21:00 to 22:00" in seen and store.bookings.booking(the.booking).window.start != NOW.replace(hour=19, minute=0)
    assert client.submit(f"{link}/change", **asked).status_code == 303
    with scene.transactions.begin() as store:
        assert store.bookings.booking(the.booking).window.start == NOW.replace(hour=19, minute=0)
    refused = client.submit(f"{link}/change", day="2026-06-02", time="02:00", minutes=720)
    assert refused.status_code == 409 and "needs a deposit of" in refused.text
    assert "Make a new booking for that time, then cancel this one" in refused.text and "day=2026-06-02#book" in refused.text
    assert all(f'value="{typed}"' in refused.text for typed in ("2026-06-02", "02:00", "720")), "nothing typed is lost"
    assert "You pay nothing" in client.get(f"{link}/cancel").text
    assert client.submit(f"{link}/cancel").status_code == 303 and "cancelled" in client.get(link).text
    assert client.get(f"{link}/receipts/{the.bill}").status_code == 404
    assert client.get(f"/b/{the.missed}/receipts/{the.bill}.pdf").content == b"%PDF-1.7 test"


def test_scanning_the_sockets_code_on_the_booking_phone_starts_the_booked_charge(firm) -> None:
    scene, client, the = firm
    scene.clock.at = NOW + timedelta(hours=5, minutes=1)
    with scene.transactions.begin() as store:
        code = store.guests.code_of(scene.evse(22)).code
    assert "You have a booking here" not in client.get(f"/e/{code}").text
    assert client.get(f"/b/{the.firm}").status_code == 200  # its letter was opened on this phone
    mine = client.get(f"/e/{code}").text
    assert "You have a booking here" in mine and "for someone else" not in mine and "Held on your card" not in mine
    wrong = client.submit(f"/b/{the.firm}/start", code="NOCODE")
    assert wrong.status_code in (400, 404) and "notice-bad" in wrong.text
    begun = client.submit(f"/b/{the.firm}/start", code=code)
    assert begun.status_code == 303 and begun.headers["location"] == f"/c/{the.firm}"
    with scene.transactions.begin() as store:
        asked = [item.work.order for item in store.outbox.claim("charger", scene.clock.at, 100, 60.0)]
        assert [one for one in asked if isinstance(one, StartCharge)]
    assert "go back to your booking" in client.get(f"/c/{the.firm}").text


def test_only_the_card_page_of_a_booking_allows_the_processors_scripts(firm) -> None:
    _, client, the = firm
    card, other = client.get(f"/b/{the.asked}/pay"), client.get(f"/b/{the.asked}")
    assert "pi_1_secret_2" in card.text and "https://js.stripe.com" in card.headers["content-security-policy"]
    assert "stripe" not in other.headers["content-security-policy"] and "pi_1_secret_2" not in other.text
    assert client.get(f"/b/{the.firm}/pay").status_code == 404


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("", "en"),
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("pl, fr;q=0.5, nl;q=0.7", "nl"),
        ("de;q=0, es", "es"),
        ("*;q=x", "en"),
        ("fr;q=²", "en"),
    ],
)
def test_a_guests_emails_use_the_browsers_preferred_language(accepts, language) -> None:
    assert preferred_language(accepts) == language
