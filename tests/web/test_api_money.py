"""REST for disputed payments and for statements of what partners are owed."""

import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.flows.billing import ask_question, settle_statement
from forecourt.flows.desk import Staff
from forecourt.kernel import Money
from forecourt.payments import Dispute, DisputeState
from forecourt.web.frame.sealing import digest

from .conftest import NOW, Scene
from .offers_scene import CAFE
from .test_credit_notes import bank_answers, billed
from .test_transfers import stated

AT = "/api/v1/partner-statements"


@pytest.fixture
def disputed(lived: Scene) -> Scene:
    """A payment of Ada's is disputed twice: the older dispute is open, the later one is lost."""
    with lived.transactions.begin() as store:
        number = billed(lived, store)
    bank_answers(lived, says=True)
    with lived.transactions.begin() as store:
        (payment,) = store.payments.of_document(store.documents.by_number(lived.operator_id, number).id)
        for number, state in enumerate((DisputeState.NEEDS_ANSWER, DisputeState.LOST), 1):
            opened = NOW + timedelta(hours=number)
            about = (payment.operator_id, payment.id, payment.driver_id, Money(990, "EUR"), Money(1500, "EUR"), "fraudulent")
            store.disputes.put(Dispute(f"dp_{number}", *about, state, opened, opened, NOW + timedelta(days=7)))
    return lived


def test_disputes_are_listed_open_ones_first_with_amount_fee_payment_and_document(disputed, ops):
    first, second = ops.get("/api/v1/disputes").json()
    assert [(one["id"], one["state"]) for one in (first, second)] == [("dp_1", "needs_answer"), ("dp_2", "lost")]
    assert first["amount"] == {"amount": "9.90", "currency": "EUR"} and first["fee"]["amount"] == "15.00"
    assert ops.get(f"/api/v1/payments/{first['payment']}").json()["document"] == first["document"] != ""
    assert ops.get("/api/v1/disputes/dp_1").json() == first and ops.get("/api/v1/disputes/dp_9").status_code == 404


def test_the_evidence_for_a_dispute_is_downloaded_as_a_zip_file(disputed, ops):
    (first, _) = ops.get("/api/v1/disputes").json()
    answer = ops.get(first["evidence"])
    assert answer.headers["content-type"] == "application/zip"
    assert "payment.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert ops.get("/api/v1/disputes/dp_9.zip").status_code == 404


def test_a_paged_list_of_disputes_continues_at_the_next_link(disputed, ops):
    part = ops.get("/api/v1/disputes?limit=1")
    onward = part.headers["link"].partition(">")[0].lstrip("<")
    assert [one["id"] for one in part.json() + ops.get(onward).json()] == ["dp_1", "dp_2"] and "link" not in ops.get(onward).headers


def test_a_partner_statement_gives_its_lines_an_open_question_and_the_payment_reference(lived, ops):
    by, statement_id = Staff(lived.operator_id, "ops", NOW, lived.ids), stated(lived)
    with lived.transactions.begin() as store:
        made = store.partners.statement(statement_id)
        ask_question(store, made, 1, "We agreed on more.", NOW)
    (item,) = ops.get(AT).json()
    assert (item["owed"]["amount"], item["partner"], item["paid_at"]) == ("12.34", str(CAFE), None)
    (line,) = item["lines"]
    assert (line["place"], line["kind"], line["owed"]["amount"], line["question"]) == (1, "EARNED", "12.34", "open")
    with lived.transactions.begin() as store:
        settle_statement(store, by, made.id, "SEPA 7")
    paid = ops.get(f"{AT}/{item['number']}").json()
    assert (paid["reference"], paid["paid_at"]) == ("SEPA 7", "2026-06-01T12:20:00Z") and paid["lines"] == item["lines"]
    assert ops.get(item["pdf"]).status_code == 409 and ops.get(f"{AT}?partner={UUID(int=1)}").json() == []


def test_a_partner_reads_its_own_statements_only(lived, client):
    stated(lived)
    with lived.transactions.begin() as store:
        other = replace(store.partners.partner(CAFE), id=UUID(int=555), handle="baker", name="Baker")
        store.partners.put_partner(other)
        till = store.drivers.sign_in(digest("till"))
        store.drivers.put_sign_in(replace(till, digest=digest("api-till"), api=True))
    head = {"authorization": "Bearer api-till"}
    (item,) = client.get(AT, headers=head).json()
    assert item["partner"] == str(CAFE) and client.get(f"{AT}?partner={other.id}", headers=head).json() == [item]
    with lived.transactions.begin() as store:
        account = store.drivers.account(till.account_id)
        store.drivers.put_account(replace(account, partner_id=other.id))
    assert client.get(AT, headers=head).json() == [] and client.get(f"{AT}/{item['number']}", headers=head).status_code == 404
