"""The form by which an operator credits an invoice offers what is left of it, and says where the money goes."""

import re
from html import unescape

import pytest

from forecourt.billing import Invoice
from forecourt.drivers import PayBy
from forecourt.flows.paying import apply_dispute
from forecourt.kernel import Money
from forecourt.payments import DisputeRecord

from .conftest import Browser, Scene
from .test_debts_browser import bank_answers, billed
from .test_direct_debits import on_account, stated  # noqa: F401 - a fixture


@pytest.fixture
def paid(lived) -> Invoice:
    with lived.transactions.begin() as store:
        number = billed(lived, store)
    bank_answers(lived, says=True)
    return found(lived, number)


def found(scene: Scene, number: str) -> Invoice:
    with scene.transactions.begin() as store:
        return next(one for one in store.documents.recent(scene.operator_id, 1000) if one.number == number)


def credit(client: Browser, invoice: Invoice, **form: str):  # type: ignore[no-untyped-def]
    return client.submit(f"/console/documents/{invoice.number}/credit", reason="The display was broken", **form)


def form_of(client: Browser, invoice: Invoice) -> str:
    return client.get(f"/console/documents/{invoice.number}/credit").text


def flash(client: Browser, answer) -> str:  # type: ignore[no-untyped-def]
    return client.get(answer.headers["location"]).text


def test_the_credit_form_omits_credited_lines_and_shows_what_is_left_of_partly_credited_ones(paid, lived, client):
    client.sign_in("ops")
    places = range(len(paid.content.lines))
    assert [f'name="line-{place}"' in form_of(client, paid) for place in places] == [True] * len(places)
    assert credit(client, paid, how="lines", seen="0", **{"line-0": "1"}).status_code == 303
    bank_answers(lived, says=True)
    assert [f'name="line-{place}"' in form_of(client, paid) for place in places] == [False, *[True] * (len(places) - 1)]
    credit(client, paid, how="amount", seen="1", amount="1.00")
    text = form_of(client, paid)
    assert 'name="line-' not in text and "is left: credit an amount" in text


def test_a_credit_sent_twice_is_made_once_and_the_second_is_refused(paid, lived, client):
    client.sign_in("ops")
    assert "is being refunded." in flash(client, credit(client, paid, how="amount", seen="0", amount="1.00"))
    second = credit(client, paid, how="amount", seen="0", amount="1.00")
    assert second.status_code == 409 and "has been credited in the meantime" in second.text
    assert "1.00" not in re.findall(r'name="amount"[^>]*value="([^"]*)"', second.text) and "checked" not in second.text
    assert 'value="The display was broken"' in second.text


def test_crediting_a_bill_on_account_states_that_it_reduces_the_next_statement(lived, client):
    with lived.transactions.begin() as store:
        made = next(
            one
            for one in store.documents.recent(lived.operator_id, 1000)
            if one.driver_id and store.drivers.driver(one.driver_id).pay_by is PayBy.ACCOUNT
        )
    client.sign_in("ops")
    assert "reduces that statement" in form_of(client, made)
    assert "deducted from the next statement" in flash(client, credit(client, made, how="whole", seen="0"))


def test_an_unused_credit_on_account_is_shown_with_its_date_to_staff_and_payer(on_account, client):  # noqa: F811
    stated(on_account)
    with on_account.transactions.begin() as store:
        line = store.statements.of_driver(on_account.ada)[0].lines[0]
    client.sign_in("ada")
    assert "Credit on account" not in client.get("/receipts").text
    client.sign_in("ops")
    credit(client, found(on_account, line.number), how="amount", seen="0", amount="0.70")
    text = unescape(client.get("/console/paybacks").text)
    assert "Credits on account: €0.70" in text and "refunded, from Wed 1 Jul 2026" in text
    assert "is refunded to you from Wed 1 Jul 2026" in client.sign_in("ada").get("/receipts").text


def test_crediting_an_unpaid_bill_states_that_nothing_is_refunded(lived, client):
    with lived.transactions.begin() as store:
        number = billed(lived, store)
    bank_answers(lived, says=False)
    client.sign_in("ops")
    assert "nothing is refunded" in flash(client, credit(client, found(lived, number), how="whole", seen="0"))


def loses(scene: Scene, invoice: Invoice, minor: int, state: str = "LOST") -> None:
    with scene.transactions.begin() as store:
        (payment,) = store.payments.of_document(invoice.id)
        told = ("dp_1", state, Money(minor, invoice.currency), Money(1500, invoice.currency), "fraudulent", scene.clock.at, scene.clock.at)
        apply_dispute(store, payment, DisputeRecord(*told), scene.clock.at, scene.ids)


def test_after_a_lost_dispute_only_the_amount_beyond_the_banks_return_is_refunded(paid, lived, client):
    client.sign_in("ops")
    loses(lived, paid, 100)
    assert "Returned by the bank" in (text := unescape(form_of(client, paid))) and "€1.00" in text
    assert "already returned it" in flash(client, credit(client, paid, how="amount", seen="0", amount="0.40"))
    assert "€0.60" in unescape(form_of(client, paid))
    assert "is being refunded." in flash(client, credit(client, paid, how="amount", seen="1", amount="1.00"))
    assert "Returned by the bank" not in unescape(form_of(client, paid))


def test_crediting_a_bill_with_an_open_dispute_is_refused_until_the_decision(paid, lived, client):
    client.sign_in("ops")
    loses(lived, paid, 100, "NEEDS_ANSWER")
    refused = credit(client, paid, how="whole", seen="0")
    assert refused.status_code == 409 and "Wait for the decision" in refused.text


def test_a_failed_card_refund_can_be_retried_or_paid_by_transfer(paid, lived, client):
    client.sign_in("ops")
    credit(client, paid, how="amount", seen="0", amount="1.00")
    bank_answers(lived, says=False)
    (action,) = re.findall(r'action="(/console/paybacks/[^"]+/card)"', text := client.get("/console/paybacks").text)
    assert "card refund failed" in text and "€1.00 to refund by transfer" in text
    assert "The card refund is being retried." in flash(client, client.submit(action)) and client.submit(action).status_code == 404
    bank_answers(lived, says=True)
    assert "Nothing to refund by transfer" in client.get("/console/paybacks").text
    assert "Card refund retried" in client.get("/console/audit").text


def test_a_failed_refund_of_a_disputed_payment_says_so_and_can_be_removed(paid, lived, client):
    client.sign_in("ops")
    credit(client, paid, how="amount", seen="0", amount="1.00")
    bank_answers(lived, says=False)
    loses(lived, paid, paid.due.minor, "NEEDS_ANSWER")
    text = unescape(client.get("/console/paybacks").text)
    assert "A payment for it is disputed" in text and "Remove from the list" not in text and "Retry the card" not in text
    loses(lived, paid, paid.due.minor)
    text = unescape(client.get("/console/paybacks").text)
    assert "The cardholder’s bank returned it." in text and "Nothing to refund by transfer" in text
    assert "Nothing to pay" in client.get("/console/transfers").text
    (action,) = re.findall(r'action="(/console/paybacks/[^"]+/drop)"', text)
    assert "Removed from the list." in flash(client, client.submit(action)) and client.submit(action).status_code == 404
    assert "Removed from refunds by transfer" in client.get("/console/audit").text
