"""A driver's personal data: the download is complete, and closing the account erases what names the person."""

import json
from datetime import timedelta

import psycopg
import pytest

from forecourt.drivers import TokenStatus
from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.charging import accept
from forecourt.flows.desk import DriverAccountRequest, create_driver_account, register_card
from forecourt.kernel import DriverId
from forecourt.payments import Accepted, QueryPayment
from forecourt.stations import CardPresented, Verdict

from .apps import app_of
from .conftest import NOW, PASSWORD, Scene
from .full_scene import fill_scene
from .test_second_factor import code, with_factor

NAME, EMAIL, CARD = "Cleo Fermi", "cleo@example.org", "04FEEDBEEF"
# Where a driver is named by id, and under what the file has it; or why it does not.
NAMED_IN = {
    "account_statement_lines": "its statement",
    "account_statements": "statements",
    "accounts": "driver",
    "auto_top_ups": "automatic_top_up",
    "booking_deposits": "deposits",
    "bookings": "bookings",
    "card_setups": "a card that is being added, which becomes one of the cards",
    "commands": "answers kept so that a form sent twice counts once",
    "coupon_claims": "coupons",
    "documents": "documents",
    "drivers": "driver",
    "dunning_cases": "reminders",
    "group_members": "groups",
    "ledger_balances": "the books of documents and payments",
    "ledger_entries": "the books of documents and payments",
    "ledger_txns": "the books of documents and payments",
    "memberships": "memberships",
    "needs": "needs",
    "notice_choices": "messages_wanted",
    "notices": "messages",
    "paybacks": "paybacks",
    "complaints": "complaints",
    "payments": "payments",
    "push_devices": "devices",
    "queue_tickets": "queue",
    "sessions": "charging",
    "slot_waits": "waitlist",
    "charge_records": "charges",
    "stored_cards": "cards",
    "tokens": "tokens",
    "vouchers": "vouchers",
}


NAMES_IN_FILE = {"messages": {"says"}, "bookings": {"told"}, "complaints": {"said_at", "words"}, "waitlist": {"asked_at"}}


def tables_naming(url: str, text: str) -> set[str]:
    with psycopg.connect(url) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        asked = {name: f'SELECT EXISTS (SELECT FROM "{name}" AS t WHERE position(%s in t::text) > 0)' for name in tables}
        return {name for name, query in asked.items() if connection.execute(query, [text]).fetchone() == (True,)}


def cleo(scene: Scene) -> DriverId:
    """Somebody with a card and one charge that was billed and paid."""
    with scene.transactions.begin() as store:
        hashed = scene.passwords.hash(PASSWORD)
        account = create_driver_account(
            store, DriverAccountRequest(scene.operator_id, NAME, EMAIL, hashed, payment_method="pm_cleo"), NOW, scene.ids
        )
        assert account.driver_id is not None
        register_card(store, account.driver_id, CARD, "Key ring of Cleo")
    scene.charge(3, CARD, NOW - timedelta(hours=3), 60, 7200, end=True)
    scene._bill()
    with scene.transactions.begin() as store:
        for item in store.outbox.open_items("payment", 1000):
            payment = None if isinstance(item.work, QueryPayment) else store.payments.payment(item.work.payment_id)
            if payment is not None and payment.driver_id == account.driver_id:
                apply_payment_answer(store, item, Accepted("pay_cleo", NOW), NOW, scene.ids)
    return account.driver_id


@pytest.fixture
def at_cleos(scene, client):
    driver_id = cleo(scene)
    client.submit("/login", email=EMAIL, password=PASSWORD)
    return client, driver_id


def test_the_data_download_contains_every_row_that_names_the_driver(scene_on_postgres, make_client, database_url):
    fill_scene(scene_on_postgres)
    with make_client(app_of(scene_on_postgres.ports())) as client:
        data = client.sign_in("ada").get("/account/data.json").json()
    named = tables_naming(database_url, str(scene_on_postgres.ada))
    assert named - NAMED_IN.keys() == set(), "a table names drivers: put it into the file, or say here why not"
    parts = {NAMED_IN[table] for table in named} & data.keys()
    assert len(parts) >= 14 and [part for part in parts if data[part] in ([], None)] == []
    missing = {f"{part}.{name}" for part, names in NAMES_IN_FILE.items() for one in data[part] for name in names if name not in one}
    assert missing == set(), "programs read such files: a name in one stays, whatever the field is called here"


def test_the_data_download_contains_no_secrets(lived, client):
    answer = client.sign_in("ada").get("/account/data.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert "argon2" not in answer.text and "digest" not in answer.text
    driver = json.loads(answer.text)["driver"]
    assert (driver["email"], driver["name"]) == ("ada@example.org", "Ada Lindgren")


def test_after_closing_an_account_its_driver_is_named_on_documents_only(scene_on_postgres, make_client, database_url):
    driver_id = cleo(scene_on_postgres)
    with make_client(app_of(scene_on_postgres.ports())) as client:
        client.submit("/login", email=EMAIL, password=PASSWORD)
        client.submit("/account/close", password=PASSWORD)
    with scene_on_postgres.transactions.begin() as store:
        (invoice,) = store.documents.of_driver(driver_id)
    assert invoice.content.parties.buyer.name == NAME
    for words in (NAME, EMAIL, "pm_cleo", "Key ring"):
        assert tables_naming(database_url, words) <= {"documents", "payments"}, words


def test_a_closed_account_cannot_sign_in_or_charge(at_cleos, scene):
    client, driver_id = at_cleos
    assert client.submit("/account/close", password=PASSWORD).headers["location"] == "/"
    assert client.get("/account", follow_redirects=False).status_code == 303
    assert client.submit("/login", email=EMAIL, password=PASSWORD).status_code == 401
    with scene.transactions.begin() as store:
        assert {one.status for one in store.drivers.tokens_of(driver_id)} == {TokenStatus.BLOCKED}
        (ack,) = accept(store, [CardPresented("CP1", scene.operator_id, scene.site_id, CARD, NOW)])
    assert ack.verdict is Verdict.BLOCKED


def test_the_email_address_of_a_closed_account_can_register_again(at_cleos, scene):
    client, driver_id = at_cleos
    client.submit("/account/close", password=PASSWORD)
    client.submit("/register", name=NAME, email=EMAIL, password="another one, long enough")
    with scene.transactions.begin() as store:
        account = store.drivers.account_by_email(EMAIL)
    assert account is not None and account.driver_id != driver_id


def test_an_account_with_a_running_charge_or_a_booking_cannot_be_closed_and_the_page_says_why(lived, client):
    client.submit("/login", email="ada@example.org", password=PASSWORD)
    page = client.get("/account/data").text
    assert all(words in page for words in ("You have a charge running.", "You have a booking."))
    assert "Close my account" not in page
    assert client.submit("/account/close", password=PASSWORD).status_code == 409
    assert client.get("/account", follow_redirects=False).status_code == 200


def test_closing_an_account_requires_its_password_and_wrong_ones_are_limited(at_cleos):
    client, _ = at_cleos
    answers = [client.submit("/account/close", password="wrong").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert client.submit("/account/close", password=PASSWORD).status_code == 429
    assert client.get("/account", follow_redirects=False).status_code == 200


def test_an_account_with_a_second_factor_is_not_closed_by_the_password_alone(at_cleos, scene):
    client, _ = at_cleos
    with_factor(scene, "cleo")
    assert 'name="code"' in client.get("/account/data").text
    answer = client.submit("/account/close", password=PASSWORD)
    assert answer.status_code == 422 and "That code is wrong" in answer.text
    assert client.submit("/account/close", password=PASSWORD, code=code()).headers["location"] == "/"


def test_the_closing_form_has_a_code_field_only_with_a_second_factor(at_cleos):
    client, _ = at_cleos
    assert 'name="code"' not in client.get("/account/data").text


def test_a_refused_closing_does_not_use_up_the_second_factor_code(lived, client, scene):
    client.submit("/login", email="ada@example.org", password=PASSWORD)
    with_factor(scene)
    for _ in range(2):
        assert client.submit("/account/close", password=PASSWORD, code=code()).status_code == 409
