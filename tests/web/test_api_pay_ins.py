"""A top-up over REST with a card entered in the app: opened once, read, cancelled, and only by its own driver."""

import pytest

from forecourt.flows.answers import apply_payment_answer
from forecourt.payments import Accepted, Answer, Opened, ProcessorRecord, QueryPayment, Rejected

from .apps import app_of
from .balance_scene import answered, eur
from .conftest import NOW, Browser, Scene
from .test_guest_visits import Cards

PAY_INS = "/api/v1/wallet/pay-ins"


@pytest.fixture
def ada(scene: Scene):  # type: ignore[no-untyped-def]
    with Browser(app=app_of(scene.ports(payment_events=Cards(), card_key="pk_1"))) as client:
        client.headers["authorization"] = "Bearer api-ada"
        yield client


def asks(client, key: str = "k1", **said: object):  # type: ignore[no-untyped-def]
    return client.post(PAY_INS, json={"amount": "25", **said}, headers={"idempotency-key": key} if key else {})


def bank_says(scene: Scene, answer: Answer) -> None:
    with scene.transactions.begin() as store:
        answered(store, scene, answer)


def the_record_says_paid(scene: Scene) -> None:
    nothing = eur(0)
    with scene.transactions.begin() as store:
        (item,) = [one for one in store.outbox.open_items("payment", 1000) if isinstance(one.work, QueryPayment)]
        record = ProcessorRecord(item.work.payment_id, "captured", "pay_2", nothing, eur(2500), nothing, NOW)
        apply_payment_answer(store, item, record, NOW, scene.ids)


OPENED = Opened("pay_2", NOW, secret="pay_2_secret_s")


def test_a_top_up_is_opened_once_per_key_waits_for_a_card_and_is_paid(ada, scene):
    opening = asks(ada).json()
    assert (opening["state"], opening["amount"], opening["currency"], opening["page"]) == ("OPENING", "25.00", "EUR", "")
    bank_says(scene, OPENED)
    at = f"{PAY_INS}/{opening['id']}"
    waiting = ada.get(at).json()
    assert (waiting["state"], waiting["client_secret"], waiting["publishable_key"]) == ("WAITING", "pay_2_secret_s", "pk_1")
    assert waiting["page"].endswith(f"/wallet/pay-ins/{opening['id']}/card") and asks(ada).json() == waiting
    assert ada.post(f"{at}/look-ups").json() == waiting
    the_record_says_paid(scene)
    paid = ada.get(at).json()
    assert (paid["state"], paid["balance"], paid["client_secret"], paid["page"]) == ("PAID", "25.00", "", "")
    assert asks(ada).json() == paid
    with scene.transactions.begin() as store:
        assert len(store.payments.top_ups(scene.ada)) == 1


def test_the_address_of_the_processors_payment_page_carries_the_return_address(ada, scene):
    made = asks(ada).json()
    bank_says(scene, Opened("pay_2", NOW, page="https://bank.example/pay/2?key=x"))
    page = ada.get(f"{PAY_INS}/{made['id']}").json()["page"]
    assert page.startswith("https://bank.example/pay/2?key=x&back=http") and page.endswith("%3Fback%3D1")


def test_a_cancelled_or_declined_top_up_has_failed_and_a_cancelled_one_gives_the_reason(ada, scene):
    dropped = asks(ada).json()
    bank_says(scene, OPENED)
    assert ada.delete(f"{PAY_INS}/{dropped['id']}").json()["state"] == "GOING_BACK"
    bank_says(scene, Accepted("pay_2", NOW))
    over = ada.get(f"{PAY_INS}/{dropped['id']}").json()
    assert over["state"] == "FAILED" and "You cancelled" in over["why"] and over["amount"] is None
    refused = asks(ada, "k2").json()
    bank_says(scene, Rejected("card_declined"))
    assert ada.get(f"{PAY_INS}/{refused['id']}").json()["state"] == "FAILED"


@pytest.mark.parametrize("amount", ["1", "251", "10.001", "-10", "NaN"])
def test_an_invalid_top_up_amount_is_refused(ada, scene, amount):
    answer = asks(ada, amount=amount)
    assert answer.status_code == 400 and answer.json()["code"].startswith("top_up_"), answer.text
    with scene.transactions.begin() as store:
        assert not store.payments.top_ups(scene.ada)


def test_a_top_up_needs_an_idempotency_key_that_is_not_reused_for_another_amount(ada, scene):
    assert asks(ada, key="").json()["code"] == "idempotency_key"
    assert asks(ada).status_code == 202 and asks(ada, amount="30").status_code == 409


def test_another_drivers_top_up_is_not_found(ada, scene):
    at = f"{PAY_INS}/{asks(ada).json()['id']}"
    ada.headers["authorization"] = "Bearer api-bob"
    assert [ada.get(at).status_code, ada.post(f"{at}/look-ups").status_code, ada.delete(at).status_code] == [404] * 3


def test_a_top_up_without_a_payment_processor_is_refused_with_no_processor(scene):
    with Browser(app=app_of(scene.ports(payment_events=None))) as client:
        client.headers["authorization"] = "Bearer api-ada"
        assert asks(client).json()["code"] == "no_processor"
