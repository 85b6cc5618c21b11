"""A mandate given on its page; statements collected by a file that who may look after money makes, takes and withdraws."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from camt_file import IBAN
from forecourt.drivers import PayBy
from forecourt.flows.billing import issue_account_statements
from forecourt.flows.desk import Staff
from forecourt.flows.paying import mark_paid_back, record_debit_collected, record_debit_refused, record_overpayment, record_transfer
from forecourt.flows.paying.dunning import take_dunning_step
from forecourt.kernel import Span

from .conftest import NOW
from .direct_debit_scene import CREDITOR
from .test_api import ADA
from .test_field_errors import stands_at

_HOME, THEIRS = "/console/direct-debits", "NL91ABNA0417164300"


@pytest.fixture
def on_account(lived):
    """Ada pays by monthly statements; her bills of the month wait for one."""
    with lived.transactions.begin() as store:
        operator = store.stations.operator(lived.operator_id)
        store.stations.put_operator(replace(operator, bank=IBAN, creditor_id=CREDITOR))
        store.drivers.put_driver(replace(store.drivers.driver(lived.ada), pay_by=PayBy.ACCOUNT, payment_method=""))
    return lived


def given(client, iban: str = THEIRS, **more: str):
    return client.sign_in("ada").submit("/mandate", holder="Ada Lindgren", iban=iban, agreed="1", **more)


def stated(scene) -> str:
    with scene.transactions.begin() as store:
        token = store.drivers.tokens_of(scene.ada)[0].uid
    scene.charge(7, token, NOW - timedelta(days=30), 90, 7_200, end=True)
    scene._bill()
    with scene.transactions.begin() as store:
        made = issue_account_statements(store, scene.ada, Span(NOW - timedelta(days=40), NOW), NOW - timedelta(days=20), scene.ids)
        return made[0].number


def test_a_driver_grants_views_and_ends_a_mandate(on_account, client):
    assert "Pay by direct debit" in client.sign_in("ada").get("/mandate").text
    assert given(client).status_code == 303
    shown = client.get("/mandate").text
    assert "MND-2026-000001" in shown and "… 4300" in shown and CREDITOR in shown and THEIRS not in shown
    assert client.submit("/mandate/end").status_code == 303
    assert "MND-2026-000001" not in client.get("/mandate").text and client.submit("/mandate/end").status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"), [({"iban": "NL91"}, "not an IBAN"), ({"agreed": ""}, "unless you agree"), ({"holder": "a\x00b"}, "one line")]
)
def test_an_invalid_mandate_is_explained_and_stays_in_the_form(on_account, client, typed, said):
    form = {"holder": "Ada Lindgren", "iban": THEIRS, "agreed": "1"} | typed
    answer = client.sign_in("ada").submit("/mandate", **form)
    assert answer.status_code == 400 and said in answer.text and form["iban"] in answer.text


def test_a_mandate_is_granted_and_ended_over_rest(on_account, client):
    where, told = "/api/v1/mandate", {"holder": "Ada", "iban": THEIRS}
    assert client.put(where, json=told | {"agreed": False}, headers=ADA).status_code == 400
    made = client.put(where, json=told | {"agreed": True}, headers=ADA).json()
    assert made["number"] == "MND-2026-000001" and made["account"] == "4300"
    assert client.delete(where, headers=ADA).json()["number"] == made["number"]
    assert client.get(where, headers=ADA).status_code == 404


def test_a_statement_is_put_into_a_collection_file_that_is_downloaded_and_logged(on_account, client):
    given(client)
    number, ops = stated(on_account), client.sign_in("ops")
    page = ops.get(_HOME).text
    name, shown = re.search(r'name="(collect-[^"]+)" value="([^"]+)" checked', page).groups()
    day = re.search(r'name="day"[^>]*value="([^"]+)"', page).group(1)
    assert number in page and stands_at(ops.submit(_HOME, key=str(UUID(int=1)), day="2026-01-01", **{name: shown}).text, "day")
    assert ops.submit(_HOME, key=str(UUID(int=1)), day=day, **{name: shown}).status_code == 303
    file = ops.submit(f"{_HOME}/COL-2026-000001/file")
    assert file.headers["content-disposition"] == 'attachment; filename="COL-2026-000001.xml"'
    assert f"<IBAN>{THEIRS}</IBAN>" in file.text and "<MndtId>MND-2026-000001</MndtId>" in file.text and number in file.text
    log = ops.get("/console/audit").text
    assert "Direct debit file created" in log and "Direct debit file downloaded" in log and "Direct debit mandate given" in log
    assert stands_at(ops.submit(f"{_HOME}/COL-2026-000001/withdraw", why="").text, "w-COL-2026-000001")
    assert ops.submit(f"{_HOME}/COL-2026-000001/withdraw", why="wrong day").status_code == 303
    assert number in ops.get(_HOME).text and ops.submit(f"{_HOME}/COL-2026-000001/file").status_code == 409


def test_a_rejected_collection_is_owed_again_and_the_payer_sees_the_reason(on_account, client):
    given(client)
    number, ops = stated(on_account), client.sign_in("ops")
    page = ops.get(_HOME).text
    name, shown = re.search(r'name="(collect-[^"]+)" value="([^"]+)" checked', page).groups()
    day = re.search(r'name="day"[^>]*value="([^"]+)"', page).group(1)
    ops.submit(_HOME, key=str(UUID(int=1)), day=day, **{name: shown})
    assert stands_at(ops.submit(f"{_HOME}/COL-2026-000001/refused", statement="ACC-1", reason="AC04").text, "s-COL-2026-000001")
    assert ops.submit(f"{_HOME}/COL-2026-000001/refused", statement=number, reason="AC04").status_code == 303
    assert "Nothing to collect" in ops.get(_HOME).text
    ada = client.sign_in("ada")
    assert number in ada.get("/dues").text and "Pay by direct debit" in ada.get("/mandate").text


def test_without_a_creditor_identifier_no_mandate_is_accepted_or_collected(lived, client):
    assert "cannot collect direct debits yet" in client.sign_in("ops").get(_HOME).text
    assert "No direct debits" in client.sign_in("ada").get("/mandate").text
    assert given(client).status_code == 409


def test_a_statement_paid_by_transfer_and_by_collection_is_shown_to_payer_and_staff(on_account, client):
    """The file is not handed out to collect it once more; what came twice stands on every page that it concerns."""
    given(client)
    number, ops = stated(on_account), client.sign_in("ops")
    name, shown = re.search(r'name="(collect-[^"]+)" value="([^"]+)" checked', ops.get(_HOME).text).groups()
    day = re.search(r'name="day"[^>]*value="([^"]+)"', ops.get(_HOME).text).group(1)
    assert ops.submit(_HOME, key=str(UUID(int=1)), day=day, **{name: shown}).status_code == 303
    by = Staff(on_account.operator_id, "ops", NOW, on_account.ids)
    with on_account.transactions.begin() as store:
        statement, file = store.statements.by_number(by.operator_id, number), store.direct_debits.file(by.operator_id, "COL-2026-000001")
        record_overpayment(store, by, statement.id, statement.due, "SEPA 5")
    assert f"{number} was paid by transfer" in ops.get(_HOME).text and ops.submit(f"{_HOME}/{file.number}/file").status_code == 409
    assert "may already be with the bank" in client.sign_in("ada").get(f"/statements/{number}").text
    ops = client.sign_in("ops")
    with on_account.transactions.begin() as store:
        record_debit_collected(store, by, file.collected[0].payment_id, statement.due, "COL-2026-000001-001")
    for where in ("/console/paybacks", "/console/transfers", f"/console/statements/{number}"):
        assert number in ops.get(where).text
    assert f'href="/console/statements/{number}"' in ops.get("/console/paybacks").text
    shown = client.sign_in("ada").get(f"/statements/{number}").text
    assert "was overpaid" in shown and "may already be with the bank" not in shown
    with on_account.transactions.begin() as store:
        (back,), (one,) = store.paybacks.waiting(by.operator_id), file.collected
        mark_paid_back(store, by, back.id, NOW.date(), "SEPA 6")
        record_debit_refused(store, by, one.payment_id, "MD06", one.mandate, NOW.date())
    ops, path = client.sign_in("ops"), f"/console/statements/{number}/ask-back"
    assert f'action="{path}"' in ops.get("/console/clearing").text
    assert ops.submit(path, amount="0.01", currency="EUR").status_code == 409
    assert ops.submit(path, amount=str(one.amount.amount), currency="EUR").status_code == 303
    assert path not in ops.get("/console/clearing").text and number in client.sign_in("ada").get("/dues").text


def test_a_blocked_driver_is_told_that_a_mandate_unblocks_only_once_paid(on_account, client):
    number, by = stated(on_account), Staff(on_account.operator_id, "ops", NOW, on_account.ids)
    with on_account.transactions.begin() as store:
        statement = store.statements.by_number(by.operator_id, number)
        store.dunning.put_rules(by.operator_id, replace(store.dunning.rules(by.operator_id), blocks_from=1))
        take_dunning_step(store, statement.id, NOW - timedelta(days=5), on_account.ids)
        assert store.payments.debt_status(on_account.ada).blocked
    assert "You have no stored card" in client.sign_in("ada").get("/dues").text
    given(client)
    assert "A mandate does not pay anything yet" in client.get("/mandate").text
    dues = client.get("/dues").text
    assert "collected from your bank account … 4300" in dues and "until it has arrived" in dues and "You have no stored card" not in dues
    assert "blocked until collected" in client.sign_in("ops").get("/console/dunning").text
    with on_account.transactions.begin() as store:
        record_transfer(store, by, statement.id, "SEPA 6")
        assert not store.payments.debt_status(on_account.ada).blocked
    assert "A mandate does not pay anything yet" not in client.sign_in("ada").get("/mandate").text


def test_mandates_of_a_changed_creditor_identifier_are_listed_and_carried_over_or_ended(on_account, client):
    assert given(client).status_code == 303
    with on_account.transactions.begin() as store:
        operator = store.stations.operator(on_account.operator_id)
        store.stations.put_operator(replace(operator, creditor_id="DE48ZZZ08888888888"))
    client.sign_in("ops")
    page = client.get(_HOME).text
    assert "1 mandate no longer in use" in page and f"Given to creditor {CREDITOR}" in page and "MND-2026-000001" in page
    form = {"creditor": CREDITOR, "seen": "1"}
    assert client.submit(f"{_HOME}/mandates", **form, wanted="perhaps").status_code == 400
    assert client.submit(f"{_HOME}/mandates", **form, wanted="carry").status_code == 303
    assert "by which nobody collects" not in client.get(_HOME).text
    assert client.submit(f"{_HOME}/mandates", **form, wanted="carry").status_code == 409
