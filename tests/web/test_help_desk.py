"""The telephone number of a site's help desk, wherever a driver or guest may need it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.stations import PublicFacts
from forecourt.web.frame.rendering import dialled

from .guests_scene import ASKED, CHARGES, PAID, booked_guests, charging_guest, guests

LINK = '<a class="num" href="tel:+4930123456">+49 (0)30 12-34-56</a>'


@pytest.fixture
def helped(scene):
    with scene.transactions.begin() as store:
        facts = PublicFacts("+49 (0)30 12-34-56", renewable=True, attended=False, disabled_spaces=2)
        store.stations.put_site(replace(store.stations.site(scene.site_id), facts=facts))
    return scene


def test_the_site_page_shows_operator_and_help_phone(helped, client):
    about = client.get("/sites/market").text.split('id="about"')[1]
    assert LINK in about and "Musterstrom" in about and "All renewable" in about and "None on site" in about


def test_public_facts_that_were_not_entered_are_omitted(scene, client):
    about = client.get("/sites/market").text.split('id="about"')[1]
    assert "Operator" in about and not any(words in about for words in ("Help by phone", "Staff", "Electricity", "disabled"))


def test_guest_pages_show_the_help_phone_from_scan_to_receipt(helped, client):
    the, booked = guests(helped), booked_guests(helped)
    charging_guest(helped, 19, CHARGES)
    for page in (f"/e/{the.code}", f"/c/{ASKED}", f"/c/{CHARGES}", f"/c/{PAID}", f"/b/{booked.firm}"):
        assert LINK in client.get(page).text, page
    assert "Operated by Musterstrom" in client.get(f"/e/{the.code}").text


def test_the_drivers_charge_page_shows_the_help_phone(helped, client):
    with helped.transactions.begin() as store:
        app = store.drivers.tokens_of(helped.ada)[0].uid
    helped.charge(6, app, helped.clock.at, 20, 1_200)
    with helped.transactions.begin() as store:
        (running,) = store.sessions.open_of(helped.ada)
    assert LINK in client.sign_in("ada").get(f"/charges/{running.id}").text


def test_the_help_phone_is_available_over_rest(helped, client):
    answer = client.get("/api/v1/sites/market").json()
    assert (answer["operator"], answer["help_phone"]) == ("Musterstrom", "+49 (0)30 12-34-56")


@given(st.from_regex(r"\+[1-9]([ ()/.-]*[0-9]){4,14}", fullmatch=True))
def test_a_phone_link_contains_only_a_plus_and_digits(phone):
    assert dialled(phone)[0] == "+" and dialled(phone)[1:].isdecimal()
