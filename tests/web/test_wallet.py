"""Prepaid balance and stored cards, on pages without scripts and over REST."""

from dataclasses import replace
from urllib.parse import quote
from uuid import UUID

import pytest

from forecourt.drivers import PayBy
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.paying import TopUpRequest, collect_payment, open_top_up
from forecourt.payments import Accepted, Opened, Rejected

from .apps import app_of
from .balance_scene import Desk, answered, eur, stored
from .conftest import NOW, Browser, Scene

WISH = str(UUID(int=77))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def ada(scene: Scene, desk: Desk):  # type: ignore[no-untyped-def]
    with Browser(app=app_of(scene.ports(card_desk=desk))) as client:
        yield client.sign_in("ada")


@pytest.fixture
def program(ada):  # type: ignore[no-untyped-def]
    ada.cookies.clear()
    ada.headers["authorization"] = "Bearer api-ada"
    return ada


def bank_says_yes(scene: Scene) -> None:
    with scene.transactions.begin() as store:
        answered(store, scene, Accepted("pay_1", NOW))


def test_a_top_up_sent_twice_is_charged_once_and_its_receipt_states_no_vat(ada, scene):
    for _ in range(2):
        assert ada.submit("/wallet/top-ups", amount="12,50", wish=WISH).headers["location"] == "/wallet"
    assert "On its way" in ada.get("/wallet").text
    bank_says_yes(scene)
    shown = ada.get("/wallet").text
    assert "€12.50" in shown and "Prepaid balance topped up" in shown and "Available" not in shown, "all of it is"
    with scene.transactions.begin() as store:
        (made,) = store.payments.top_ups(scene.ada)
    receipt = ada.get(f"/wallet/top-ups/{made.id}").text
    assert "There is no VAT on a top-up" in receipt and "not an invoice" in receipt
    assert ada.get("/wallet/statement.csv").text.splitlines()[1].endswith("Prepaid balance topped up,12.50,12.50,EUR")


@pytest.mark.parametrize("amount", ["", "1", "9.99", "251", "10.001", "-10", "1e3", "NaN", "ten"])
def test_an_invalid_top_up_amount_is_marked_at_its_field(ada, scene, amount):
    answer = ada.submit("/wallet/top-ups", amount=amount, wish=WISH)
    assert answer.status_code == 422 and 'id="e-load"' in answer.text
    with scene.transactions.begin() as store:
        assert not store.payments.top_ups(scene.ada)


def test_top_ups_stay_within_the_operators_rules(ada, scene):
    ops = Browser(app=ada.app).sign_in("ops")
    rules = {"least_load": "20", "most_load": "30", "most_balance": "40", "least_start": "5", "auto_most": "30"}
    assert ops.submit("/console/wallets/rules", **rules).status_code == 303
    assert ops.submit("/console/wallets/rules", **rules | {"most_load": "10"}).status_code == 422
    assert ada.submit("/wallet/top-ups", amount="15", wish=WISH).status_code == 422
    assert ada.submit("/wallet/auto", threshold="10", amount="35", on="1").status_code == 422
    assert ada.submit("/wallet/auto", threshold="10", amount="20", on="1").status_code == 303


def test_a_program_tops_up_idempotently_reads_the_statement_and_pays_the_balance_out(program, scene):
    for _ in range(2):
        made = program.post("/api/v1/wallet/top-ups", json={"amount": "25"}, headers={"idempotency-key": "k"})
        assert (made.status_code, made.json()["state"]) == (202, "Charging")
    assert program.post("/api/v1/wallet/top-ups", json={"amount": "25"}).status_code == 400
    bank_says_yes(scene)
    assert program.get(f"/api/v1/wallet/top-ups/{made.json()['id']}").json() == made.json() | {"state": "Captured"}
    assert program.put("/api/v1/wallet/pay-by", json={"pay_by": "WALLET"}).json()["pay_by"] == "WALLET"
    assert program.put("/api/v1/wallet/pay-by", json={"pay_by": "GOLD"}).status_code == 400
    back = program.post("/api/v1/wallet/returns", json={"amount": "5"}).json()
    assert (back["balance"], back["held"], back["available"]) == ("25.00", "5.00", "20.00")
    assert program.post("/api/v1/wallet/returns", json={"amount": "20.01"}).status_code == 400
    bank_says_yes(scene)
    lines = program.get("/api/v1/wallet/movements").json()
    assert [(one["amount"], one["balance"]) for one in lines] == [("-5.00", "20.00"), ("25.00", "25.00")]
    assert [one["amount"] for one in program.get(f"/api/v1/wallet/movements?before={lines[0]['position']}").json()] == ["25.00"]


def test_a_card_is_stored_once_made_the_default_and_removed(ada, scene, desk):
    begun = ada.submit("/cards").headers["location"]
    assert "Continue to the card page" in ada.get(begun).text
    setup_id = UUID(begun.rpartition("/")[2])
    desk.cards[setup_id] = stored(setup_id)
    for _ in range(2):
        assert "Card stored." in ada.get(begun).text or "Visa ending in 4242" in ada.get("/cards").text
    shown = ada.get("/cards").text
    assert shown.count("Visa ending in 4242") == 3 and "valid until 12/2034" in shown  # its name, and of its two buttons
    items = ada.get("/api/v1/cards", headers={"authorization": "Bearer api-ada"}).json()
    assert [(one["last4"], one["default"]) for one in items] == [("", True), ("4242", False)]
    assert ada.submit(f"/cards/{items[1]['id']}/default").status_code == 303
    with scene.transactions.begin() as store:
        assert store.drivers.driver(scene.ada).payment_method == "pm_4242"
    asks = ada.get(f"/cards/{items[1]['id']}/remove").text
    assert (
        "Remove this card?" in asks
        and "Visa ending in 4242. It will not be charged" in asks
        and "Another stored card becomes the default." in asks
    )
    assert f'href="/cards/{items[1]["id"]}/remove"' in ada.get("/cards").text and "4242" in ada.get("/cards").text, "it asks first"
    assert ada.submit(f"/cards/{items[1]['id']}/remove").status_code == 303
    assert "This is your only card" in ada.get(f"/cards/{items[0]['id']}/remove").text
    with scene.transactions.begin() as store:
        assert store.drivers.driver(scene.ada).payment_method == "pm_ada"


@pytest.mark.parametrize(
    ("back", "lands"), [("/sites/market?energy=30", "/sites/market?energy=30"), ("https://evil.example/", "/"), ("//evil.example", "/")]
)
def test_after_storing_a_card_the_driver_returns_to_the_page_they_came_from(ada, desk, back, lands):
    shown = ada.get(f"/cards?back={quote(back, safe='')}").text
    assert f'name="back" value="{lands}"' in shown
    begun = ada.submit("/cards", back=back).headers["location"]
    setup_id = UUID(begun.partition("?")[0].rpartition("/")[2])
    assert f'{begun}" rel="noreferrer">Continue' in ada.get(begun).text, "the processor returns to the same address"
    desk.cards[setup_id] = stored(setup_id)
    gone_on = ada.get(begun)
    assert gone_on.url.raw_path.decode() == lands and "Card stored." in gone_on.text


def test_the_site_page_links_to_adding_a_card_and_back(ada, scene):
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), payment_method=""))
    assert 'href="/cards?back=/sites/market%3Fenergy%3D30"' in ada.get("/sites/market?energy=30").text


def test_a_card_with_a_payment_under_way_cannot_be_removed(ada, scene):
    ada.submit("/wallet/top-ups", amount="10", wish=WISH)
    (card,) = ada.get("/api/v1/cards", headers={"authorization": "Bearer api-ada"}).json()
    assert ada.submit(f"/cards/{card['id']}/remove").status_code == 409
    bank_says_yes(scene)
    assert ada.submit(f"/cards/{card['id']}/remove").status_code == 303
    assert "You have no stored card" in ada.get("/wallet").text


def test_without_a_card_processor_the_page_offers_no_cards(scene):
    with Browser(app=app_of(scene.ports())) as client:
        assert "Add a card" not in client.sign_in("ada").get("/cards").text
        assert client.submit("/cards").status_code == 409


def test_a_driver_with_a_debt_cannot_remove_the_only_card(ada, scene):
    scene.charge(1, _token(scene), NOW, 60, 7_200, end=True)
    with scene.transactions.begin() as store:
        record = store.sessions.records_of(scene.ada)[0]
        invoice = rate_and_invoice(store, record.session_id, NOW, scene.ids)
        collect_payment(store, invoice.id, NOW, scene.ids)
        answered(store, scene, Rejected("card_declined"))
    (card,) = ada.get("/api/v1/cards", headers={"authorization": "Bearer api-ada"}).json()
    assert ada.submit(f"/cards/{card['id']}/remove").status_code == 409


def test_the_account_page_shows_how_charges_are_paid(ada, scene):
    ada.submit("/wallet/pay-by", pay_by="WALLET")
    assert "prepaid balance" in ada.get("/account").text
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), pay_by=PayBy.ACCOUNT))
    assert ada.submit("/wallet/pay-by", pay_by="CARD").status_code == 409


def _token(scene: Scene) -> str:
    with scene.transactions.begin() as store:
        return store.drivers.tokens_of(scene.ada)[0].uid


def test_only_the_card_page_allows_the_processors_scripts_and_only_for_its_driver(scene):
    with scene.transactions.begin() as store:
        asked = open_top_up(store, scene.ada, TopUpRequest(eur(2500), UUID(int=3)), NOW, scene.ids)
        answered(store, scene, Opened("pay_2", NOW, secret="pay_2_secret_s"))
    with Browser(app=app_of(scene.ports(card_key="pk_1"))) as client:
        client.sign_in("ada")
        card, other = client.get(f"/wallet/pay-ins/{asked.id}/card"), client.get(f"/wallet/pay-ins/{asked.id}")
        assert "pay_2_secret_s" in card.text and "https://js.stripe.com" in card.headers["content-security-policy"]
        assert "stripe" not in other.headers["content-security-policy"] and "pay_2_secret_s" not in other.text
        client.sign_in("bob")
        assert client.get(f"/wallet/pay-ins/{asked.id}/card").status_code == 404


def test_a_driver_who_pays_by_balance_is_linked_to_it_when_it_is_too_low_to_start(ada, lived):
    with lived.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(lived.ada), pay_by=PayBy.WALLET, payment_method=""))
    refused = ada.submit("/charges", evse=str(lived.evse(3)), site="market", key="k1")
    assert "is not enough to start a charge" in refused.text and 'href="/wallet">Go to your balance' in refused.text


def test_a_driver_charging_from_a_balance_sees_what_is_available_for_the_charge(ada, scene):
    ada.submit("/wallet/top-ups", amount="12,50", wish=WISH)
    bank_says_yes(scene)
    with scene.transactions.begin() as store:
        driver = replace(store.drivers.driver(scene.ada), pay_by=PayBy.WALLET, payment_method="")
        store.drivers.put_driver(driver)
        token = store.drivers.tokens_of(scene.ada)[0].uid
    scene.charge(3, token, NOW, 10, 7200)
    with scene.transactions.begin() as store:
        (running,) = store.sessions.open_of(scene.ada)
    page = ada.get(f"/charges/{running.id}").text
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(driver, payment_method="pm_ada"))
    assert "12.50</span> of your balance for this charge" in page and "Top up" in page
    assert "of your balance for this charge" not in ada.get(f"/charges/{running.id}").text, "a card stands behind it"
