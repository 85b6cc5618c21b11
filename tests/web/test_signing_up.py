"""Signing up by mail: nobody learns from the answer who has an account, and nobody chooses a password for another's address."""

import re
from datetime import UTC, datetime

import pytest

from forecourt.flows.desk import SIGN_UP_FOR, password_key

from .conftest import KEY
from .test_passwords import NEW, account_of, letters


@pytest.fixture
def mailed(client, scene, one_app):
    one_app.state.ports = scene.ports(mails=True)
    return client


def test_a_known_address_and_a_new_one_are_answered_alike(mailed, scene):
    answers = [mailed.submit("/register", name="Somebody", email=f"{who}@example.org") for who in ("ada", "eve")]
    known, unknown = (re.sub(r'value="[^"]+"|ada@|eve@', "", one.text) for one in answers)
    assert known == unknown and [one.status_code for one in answers] == [200, 200]
    told = [("sign_up_known", str(account_of(scene).id)), ("sign_up", str(account_of(scene, "eve").id))]
    assert sorted(letters(scene)) == sorted(told) and account_of(scene).driver_id == scene.ada


def test_the_link_chooses_the_first_password_and_leads_on_to_the_booking(mailed, scene):
    way = "/sites/market?kind=Type+2+11+kW&start=2026-06-03T14%3A30%3A00%2B00%3A00#book"
    mailed.submit("/register", name="Eve", email="eve@example.org", back=way)
    assert mailed.submit("/login", email="eve@example.org", password="").status_code == 401
    key = password_key(KEY, account_of(scene, "eve"), datetime.now(UTC) + SIGN_UP_FOR)
    assert mailed.submit(f"/password/{key}", password=NEW).headers["location"] == way
    assert "Eve" in mailed.get("/account").text


def test_a_new_password_of_an_old_account_does_not_follow_the_way_of_a_sign_up(mailed, scene):
    mailed.submit("/register", name="Ada", email="ada@example.org", back="/sites/market")
    key = password_key(KEY, account_of(scene), datetime.now(UTC) + SIGN_UP_FOR)
    assert mailed.submit(f"/password/{key}", password=NEW).headers["location"] == "/"


def test_after_three_letters_an_address_must_wait(mailed):
    asked = [mailed.submit("/register", name="Eve", email="eve@example.org").status_code for _ in range(4)]
    assert asked == [200, 200, 200, 429]
