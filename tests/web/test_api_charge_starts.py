"""REST for the start of a charge: an app reads the state of the payment and the next step for the driver."""

from forecourt.flows.answers import apply_payment_answer
from forecourt.payments import Opened

from .apps import app_of
from .conftest import NOW, Browser
from .test_api import ADA, BOB
from .test_debts_browser import bank_answers
from .test_guest_visits import Cards


def begun(client, scene, **more: str) -> dict[str, str]:
    made = client.post("/api/v1/charges", json={"evse": str(scene.evse(3))} | more, headers=ADA | {"Idempotency-Key": "k"})
    assert (made.status_code, made.json()["state"]) == (202, "holding")
    return client.get("/api/v1/start", headers=ADA).json()


def test_a_start_waits_for_the_payment_authorisation_then_for_the_plug(lived, client):
    asked = begun(client, lived)
    assert (asked["state"], asked["bay"], asked["until"]) == ("asked", "M-03", None) and asked["amount"]["currency"] == "EUR"
    bank_answers(lived, says=True)
    held = client.get("/api/v1/start", headers=ADA).json()
    assert held["state"] == "starting" and held["until"] and not held["page"]
    assert client.get("/api/v1/start", headers=BOB).json()["code"] == "start"


def test_a_start_whose_card_was_declined_gives_the_reason(lived, client):
    begun(client, lived)
    bank_answers(lived, says=False)
    refused = client.get("/api/v1/start", headers=ADA).json()
    assert (refused["state"], bool(refused["why"]), refused["page"]) == ("refused", True, "")


def test_a_start_paid_on_the_processors_page_gives_the_app_its_address(scene, client):
    assert client.post("/api/v1/charges", json={"evse": str(scene.evse(3)), "by": "page"}, headers=ADA).json()["code"] == "no_processor"
    with Browser(app=app_of(scene.ports(payment_events=Cards(), card_key="pk_1"))) as app:
        assert begun(app, scene, by="page")["state"] == "asked"
        with scene.transactions.begin() as store:
            (item,) = store.outbox.claim("payment", scene.clock.at, 10, 60)
            apply_payment_answer(store, item, Opened("pi_1", NOW, page="https://cards.example/p?id=1"), scene.clock.at, scene.ids)
        shown = app.get("/api/v1/start", headers=ADA).json()
        assert shown["state"] == "pay" and shown["page"].startswith("https://cards.example/p?id=1&back=http")
        assert app.post("/api/v1/start/look-ups", headers=ADA).json() == shown and shown["client_secret"] == ""
