"""Signing up by email: the answer does not reveal who has an account, and only the owner of an address sets its password."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import psycopg
import pytest

from forecourt.drivers import GroupMember
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.desk import (
    SIGN_UP_LIFETIME,
    DriverAccountRequest,
    choose_password,
    create_driver_account,
    password_key,
    register_card,
    sign_up,
)
from forecourt.flows.ports import ForgetUnused
from forecourt.flows.privacy import erase_unused_account
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.tasks import Tasks
from forecourt.kernel import Conflict, Span

from .apps import app_of
from .conftest import KEY, KIND, NOW, OPERATOR
from .test_passwords import NEW, account_of, letters
from .test_privacy import tables_naming


@pytest.fixture
def mailed(client, scene, one_app):
    one_app.state.ports = scene.ports(sends_email=True)
    return client


def test_registering_a_known_email_address_is_answered_like_a_new_one(mailed, scene):
    answers = [mailed.submit("/register", name="Somebody", email=f"{who}@example.org") for who in ("ada", "eve")]
    known, unknown = (re.sub(r'value="[^"]+"|ada@|eve@', "", one.text) for one in answers)
    assert known == unknown and [one.status_code for one in answers] == [200, 200]
    told = [("sign_up_known", str(account_of(scene).id)), ("sign_up", str(account_of(scene, "eve").id))]
    assert sorted(letters(scene)) == sorted(told) and account_of(scene).driver_id == scene.ada


def test_concurrent_registrations_of_one_address_are_answered_like_a_single_one(scene_on_postgres, make_client, database_url):
    scene, request = scene_on_postgres, DriverAccountRequest(OPERATOR, "Eve", "eve@example.org", "")
    waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
    with (
        make_client(app_of(scene.ports(sends_email=True))) as client,
        ThreadPoolExecutor() as pool,
        psycopg.connect(database_url) as watched,
    ):
        with scene.transactions.begin() as store:
            sign_up(store, request, NOW, datetime.now(UTC) + SIGN_UP_LIFETIME, scene.ids)
            store.drivers.flush()
            second = pool.submit(client.submit, "/register", name="Eve", email="eve@example.org")
            while not second.done() and watched.execute(waits).fetchone() != (True,):
                watched.rollback()
        assert second.result().status_code == 200
    assert len(letters(scene)) == 2


def test_the_emailed_link_sets_the_first_password_and_continues_to_the_booking(mailed, scene):
    way = "/sites/market?kind=Type+2+11+kW&start=2026-06-03T14%3A30%3A00%2B00%3A00#book"
    mailed.submit("/register", name="Eve", email="eve@example.org", back=way)
    assert mailed.submit("/login", email="eve@example.org", password="").status_code == 401
    key = password_key(KEY, account_of(scene, "eve"), datetime.now(UTC) + SIGN_UP_LIFETIME)
    assert mailed.submit(f"/password/{key}", password=NEW).headers["location"] == way
    assert "Eve" in mailed.get("/account").text


def test_a_password_reset_of_an_existing_account_does_not_follow_the_sign_up_redirect(mailed, scene):
    mailed.submit("/register", name="Ada", email="ada@example.org", back="/sites/market")
    key = password_key(KEY, account_of(scene), datetime.now(UTC) + SIGN_UP_LIFETIME)
    assert mailed.submit(f"/password/{key}", password=NEW).headers["location"] == "/"


def test_an_address_gets_at_most_three_registration_emails(mailed):
    asked = [mailed.submit("/register", name="Eve", email="eve@example.org").status_code for _ in range(4)]
    assert asked == [200, 200, 200, 429]


def eves_links_end(scene, after: timedelta = SIGN_UP_LIFETIME) -> None:
    """What the worker does of the tasks that are due by then."""
    scene.clock.at = NOW + after
    ports = WorkerPorts(scene.transactions, scene.clock, scene.ids, None, None, None)
    with scene.transactions.begin() as store:
        due = store.outbox.claim("task", scene.clock.at, 100, 20.0)
    Tasks(ports).run_all([one for one in due if isinstance(one.work, ForgetUnused)])


def eve_is_forgotten(scene) -> bool:
    with scene.transactions.begin() as store:
        return store.drivers.account_by_email("eve@example.org") is None


def test_an_account_whose_link_was_never_used_is_deleted_and_can_register_again(scene_on_postgres, make_client, database_url):
    scene = scene_on_postgres
    with make_client(app_of(scene.ports(sends_email=True))) as client:
        client.submit("/register", name="Eve Quist", email="eve@example.org")
        eves_links_end(scene, SIGN_UP_LIFETIME - timedelta(seconds=1))
        assert not eve_is_forgotten(scene)
        eves_links_end(scene)
        assert [tables_naming(database_url, words) for words in ("eve@example.org", "Eve Quist")] == [set(), set()]
        client.submit("/register", name="Eve Quist", email="eve@example.org")
    assert not eve_is_forgotten(scene)


def test_an_account_whose_password_was_set_is_not_deleted(mailed, scene):
    mailed.submit("/register", name="Eve", email="eve@example.org")
    key = password_key(KEY, account_of(scene, "eve"), datetime.now(UTC) + SIGN_UP_LIFETIME)
    mailed.submit(f"/password/{key}", password=NEW)
    eves_links_end(scene)
    assert not eve_is_forgotten(scene)


@pytest.mark.parametrize("asked", ["/register", "/password"])
def test_a_link_requested_later_stays_valid_for_its_whole_lifetime(mailed, scene, asked):
    mailed.submit("/register", name="Eve", email="eve@example.org")
    scene.clock.at = NOW + SIGN_UP_LIFETIME - timedelta(minutes=30)
    mailed.submit(asked, name="Eve", email="eve@example.org")
    eves_links_end(scene)
    assert not eve_is_forgotten(scene)
    eves_links_end(scene, 2 * SIGN_UP_LIFETIME)
    assert eve_is_forgotten(scene)


@pytest.mark.parametrize("use", ["a card", "a group", "a booking"])
def test_an_unused_account_with_a_card_group_or_booking_is_not_deleted(mailed, scene, use):
    mailed.submit("/register", name="Eve", email="eve@example.org")
    driver_id = account_of(scene, "eve").driver_id
    with scene.transactions.begin() as store:
        if use == "a card":
            register_card(store, driver_id, "04EEEE01", "")
        elif use == "a group":
            store.drivers.put_member(GroupMember(scene.operator_id, "fleet", driver_id, NOW))
        else:
            window = Span(NOW + timedelta(hours=3), NOW + timedelta(hours=4))
            reserve(store, ReserveRequest(scene.site_id, KIND, driver_id, window), NOW, scene.ids)
    eves_links_end(scene)
    assert not eve_is_forgotten(scene)


def test_an_account_created_by_staff_is_not_deleted_when_its_owner_requests_a_link(mailed, scene):
    with scene.transactions.begin() as store:
        create_driver_account(store, DriverAccountRequest(scene.operator_id, "Eve", "eve@example.org", ""), NOW, scene.ids)
    for path in ("/register", "/password"):
        mailed.submit(path, name="Eve", email="eve@example.org")
    eves_links_end(scene)
    assert not eve_is_forgotten(scene)


def test_a_link_used_while_its_account_is_being_deleted_either_wins_or_gets_an_error(scene_on_postgres):
    scene, until = scene_on_postgres, datetime.now(UTC) + SIGN_UP_LIFETIME
    for number in range(6):
        with scene.transactions.begin() as store:
            sign_up(store, DriverAccountRequest(scene.operator_id, "Eve", f"eve{number}@example.org", ""), NOW, until, scene.ids)
        account, both = account_of(scene, f"eve{number}"), Barrier(2)

        def choose(account=account, both=both) -> bool:
            with scene.transactions.begin() as store:
                both.wait()
                return bool(choose_password(store, account, "hash", NOW, scene.ids))

        def forget(account=account, both=both) -> bool:
            with scene.transactions.begin() as store:
                both.wait()
                return erase_unused_account(store, account.id, NOW + SIGN_UP_LIFETIME, scene.ids)

        with ThreadPoolExecutor() as pool:
            chosen, forgotten = pool.submit(choose), pool.submit(forget)
        assert forgotten.result() is isinstance(chosen.exception(), Conflict)
        with scene.transactions.begin() as store:
            kept = store.drivers.account(account.id)
        assert (kept.closed_at is not None, kept.password_hash) == ((True, "") if forgotten.result() else (False, "hash"))


def test_no_password_signs_in_to_an_account_without_one_not_even_the_dummy_password(mailed, scene, monkeypatch):
    monkeypatch.setattr("forecourt.web.people.login._NOBODY", scene.passwords.hash("found by somebody"))
    mailed.submit("/register", name="Eve", email="eve@example.org")
    assert mailed.submit("/login", email="eve@example.org", password="found by somebody").status_code == 401
