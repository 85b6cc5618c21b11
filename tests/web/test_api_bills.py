"""REST for bills: receipts, complaints, debts, monthly statements, and how payments are matched to bills."""

from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff, register_card
from forecourt.flows.paying import collect_payment

from .conftest import NOW
from .test_api import ADA, BOB
from .test_debts_browser import bank_answers
from .test_direct_debits import on_account, stated  # noqa: F401 - a fixture


@pytest.fixture
def owing(lived):
    """The payment of Ada's last bill is declined."""
    with lived.transactions.begin() as store:
        bill = store.documents.of_driver(lived.ada)[0]
        collect_payment(store, bill.id, NOW, lived.ids)
    bank_answers(lived, says=False)
    return bill


def test_a_receipt_gives_the_charge_its_times_its_energy_and_its_vat(lived, client):
    receipt = client.get("/api/v1/receipts?limit=1", headers=ADA).json()[0]
    charge = client.get(f"/api/v1/charges/{receipt['charge']}", headers=ADA).json()
    assert charge["receipt"] == receipt["number"] and charge["evse"] and charge["cost"] == receipt["due"]
    same = ("started_at", "ended_at", "energy_wh")
    assert [charge[name] for name in same] == [receipt[name] for name in same]
    (tax,) = receipt["vat"]
    assert (tax["percent"], tax["net"]) == ("19", receipt["net"]) and receipt["complaints"] == []


def test_a_driver_has_one_open_complaint_per_receipt_and_only_about_their_own(lived, client):
    number = client.get("/api/v1/receipts", headers=ADA).json()[0]["number"]
    where, said = f"/api/v1/receipts/{number}/complaints", {"words": "It broke off."}
    assert client.post(where, json=said, headers=BOB).status_code == 404
    assert client.post(where, json=said, headers=ADA).json()["complaints"][0]["over_at"] is None
    again = client.post(where, json=said, headers=ADA)
    assert (again.status_code, again.json()["code"]) == (409, "complaint_waits")
    assert [one["words"] for one in client.get(f"/api/v1/receipts/{number}", headers=ADA).json()["complaints"]] == ["It broke off."]


def test_an_unpaid_bill_is_listed_and_paid_once_by_its_driver_only(lived, client, owing):
    (due,) = client.get("/api/v1/dues", headers=ADA).json()
    assert (due["number"], due["owed"]["amount"], due["taken"]) == (owing.number, str(owing.due.amount), False) and due["why"]
    assert client.post(f"/api/v1/dues/{due['document']}/pay", headers=BOB).status_code == 404
    assert client.post(f"/api/v1/dues/{due['document']}/pay", headers=ADA).json() == [due | {"taken": True}]
    assert client.post(f"/api/v1/dues/{due['document']}/pay", headers=ADA).json()["code"] == "being_paid"
    bank_answers(lived, says=True)
    assert client.get("/api/v1/dues", headers=ADA).json() == []


def test_a_ledger_entry_leads_to_its_payment_and_its_bill(lived, client, ops, owing):
    lived.clock.at += timedelta(minutes=1)
    client.post(f"/api/v1/dues/{owing.id}/pay", headers=ADA)
    bank_answers(lived, says=True)
    subjects = {one["subject"] for one in ops.get("/api/v1/ledger").json()}
    issued = ops.get("/api/v1/documents?start=2026-05-31T00:00:00Z&end=2026-06-02T00:00:00Z").json()
    document = next(one for one in issued if one["id"] == str(owing.id))
    assert (document["number"], document["paid"]) == (owing.number, "paid") and document["id"] in subjects
    declined, paid = ops.get(f"/api/v1/payments?document={owing.number}").json()
    assert (declined["state"], paid["state"], paid["way"], paid["taken"]) == ("declined", "captured", "card", document["due"])
    assert paid["id"] in subjects and ops.get(f"/api/v1/payments/{paid['id']}").json() == paid
    assert ops.get("/api/v1/payments?document=NONE").status_code == 404


def test_a_monthly_statement_is_read_by_its_payer_and_the_operator_only(on_account, client, ops):  # noqa: F811
    number = stated(on_account)
    (mine,) = client.get("/api/v1/statements", headers=ADA).json()
    assert mine["number"] == number and mine["state"] == "open"
    assert sum(Decimal(one["amount"]["amount"]) for one in mine["documents"]) == Decimal(mine["due"]["amount"])
    assert ops.get("/api/v1/statements").json() == [mine] and ops.get(f"/api/v1/statements/{number}").json() == mine
    assert client.get("/api/v1/statements", headers=BOB).json() == []
    assert client.get(f"/api/v1/statements/{number}", headers=BOB).status_code == 404
    assert ops.get(mine["pdf"]).json()["code"] == "pdf_not_yet"


def test_a_scanned_socket_code_gives_the_site_and_the_socket_with_its_state(lived, client):
    with lived.transactions.begin() as store:
        give_codes(store, Staff(lived.operator_id, "ops", NOW, lived.ids), lived.site_id)
        code = next(one for one in store.guests.codes(lived.site_id) if one.evse_id == lived.evse(4))
    found = client.get(f"/api/v1/sockets/{code.code}").json()
    assert (found["site"], found["socket"]["evse"], found["socket"]["state"]) == ("market", str(lived.evse(4)), "charging")
    assert client.get("/api/v1/sockets/AAAA-AAAA-AAAA").json()["code"] == "code"


def test_a_declined_top_up_gives_the_reason_to_its_driver_only(lived, client):
    made = client.post("/api/v1/wallet/top-ups", json={"amount": "25"}, headers=ADA | {"Idempotency-Key": "k"}).json()
    bank_answers(lived, says=False)
    seen = client.get(f"/api/v1/wallet/top-ups/{made['id']}", headers=ADA).json()
    assert (seen["state"], seen["amount"], bool(seen["refusal"])) == ("Declined", "25.00", True)
    assert client.get(f"/api/v1/wallet/top-ups/{made['id']}", headers=BOB).status_code == 404


def test_the_owner_of_an_api_token_is_read_and_a_driver_blocks_their_own_card_only(lived, client, ops):
    with lived.transactions.begin() as store:
        register_card(store, lived.ada, "04DD01", "Key ring")
    mine = client.get("/api/v1/me", headers=ADA).json()
    assert (mine["role"], mine["driver"]["id"], mine["currency"]) == ("DRIVER", str(lived.ada), "EUR")
    assert mine["driver"]["cards"] == [{"uid": "04DD01", "label": "Key ring", "blocked": False}]
    assert client.post("/api/v1/me/cards/04DD01/block", headers=BOB).status_code == 404
    (card,) = client.post("/api/v1/me/cards/04DD01/block", headers=ADA).json()["driver"]["cards"]
    assert card["blocked"] and ops.get("/api/v1/me").json()["driver"] is None
