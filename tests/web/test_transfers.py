"""Bank transfers in the console: payouts selected, put into a file, downloaded, withdrawn; needs the money duty and is logged."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import Account, Duty, Role
from forecourt.flows.billing import issue_statement_now
from forecourt.flows.desk import Staff
from forecourt.kernel import Money
from forecourt.offers import OfferKind, Redemption
from forecourt.settlement import gift_txn

from .clearing_scene import owed_back
from .conftest import NOW
from .offers_scene import CAFE, sign_in, with_offers
from .test_field_errors import stands_at

_HOME, _BACK = "/console/transfers", UUID(int=71)
OURS, ADAS = "DE89370400440532013000", "NL91ABNA0417164300"


@pytest.fixture
def owing(lived):
    """A part of a bill of Ada's is to go back."""
    with lived.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(lived.operator_id), bank=OURS))
        bill = store.documents.of_driver(lived.ada)[0]
        owed_back(store, _BACK, bill, Money(250, "EUR"), NOW)
    return lived


def stated(scene) -> UUID:
    """What a partner is owed for its gifts, on a statement."""
    with_offers(scene)
    with scene.transactions.begin() as store:
        ids = (UUID(int=91), scene.operator_id, CAFE, UUID(int=1), UUID(int=92))
        store.partners.put_redemption(used := Redemption(*ids, OfferKind.EARNED, NOW - timedelta(hours=1), "Coffee", Money(1234, "EUR")))
        if txn := gift_txn(used, "cafe-strom"):
            store.ledger.post(txn)
        (made,) = issue_statement_now(store, Staff(scene.operator_id, "ops", NOW, scene.ids), CAFE)
        return made.id


def seen_at(client, page: str) -> str:
    return re.search(r'name="seen" value="([^"]*)"', client.get(page).text).group(1)


def paid_to(client, bank: str) -> int:
    account = f"/console/offers/partners/{CAFE}/account"
    return client.submit(account, bank=bank, seen=seen_at(client, account)).status_code


def form(**more: str) -> dict[str, str]:
    return {"key": str(UUID(int=1)), "day": f"{NOW:%Y-%m-%d}", f"pay-{_BACK}": " 2.50 EUR 0", f"iban-{_BACK}": ADAS} | more


def test_a_payout_is_selected_put_into_a_file_and_given_to_the_bank(owing, client):
    ops = client.sign_in("ops")
    shown = ops.get(_HOME).text
    assert "€2.50 owed, not in a file yet" in shown and f'name="pay-{_BACK}"' in shown
    assert [ops.submit(_HOME, **form()).status_code for _ in range(2)] == [303, 303]
    shown = ops.get(_HOME).text
    assert "Nothing to pay" in shown and shown.count("PAY-2026-000001/file") == 1 and "Not on a bank statement yet: 1 of 1" in shown
    given = ops.submit(f"{_HOME}/PAY-2026-000001/file")
    assert given.headers["content-disposition"] == 'attachment; filename="PAY-2026-000001.xml"'
    assert f"<IBAN>{ADAS}</IBAN>" in given.text and ">2.50<" in given.text and "<Nm>Ada Lindgren</Nm>" in given.text
    log = ops.get("/console/audit").text
    assert "Transfer file created" in log and "Transfer file downloaded" in log


def test_a_payout_that_cannot_be_made_is_explained_and_the_entries_stay_in_the_form(owing, client):
    ops = client.sign_in("ops")
    for changed, status, said, field in (
        ({f"iban-{_BACK}": "NL91ABNA0417164301"}, 400, "is not a valid SEPA IBAN", f"i-{_BACK}"),
        ({f"iban-{_BACK}": ""}, 400, "the account is unknown", f"i-{_BACK}"),
        ({"day": "2026-01-01"}, 400, "is not within 30 days from today", "day"),
        ({f"pay-{UUID(int=5)}": "on"}, 409, "Some of these no longer need to be paid", ""),
        ({"pay-none": "on"}, 400, "This form is out of date", ""),
    ):
        refused = ops.submit(_HOME, **form(**changed))
        assert refused.status_code == status and said in refused.text, said
        assert stands_at(refused.text, field) if field else "aria-invalid" not in refused.text, said
    assert f'value="{ADAS}"' in refused.text and "No files yet" in refused.text


def test_a_withdrawn_file_cannot_be_downloaded_and_its_payouts_are_due_again(owing, client):
    ops = client.sign_in("ops")
    ops.submit(_HOME, **form())
    assert stands_at(ops.submit(f"{_HOME}/PAY-2026-000001/withdraw", why=" ").text, "w-PAY-2026-000001")
    assert ops.submit(f"{_HOME}/PAY-2026-000001/withdraw", why="Wrong day").status_code == 303
    assert ops.submit(f"{_HOME}/PAY-2026-000001/file").status_code == 409
    shown = ops.get(_HOME).text
    assert "Wrong day" in shown and "€2.50 owed, not in a file yet" in shown and "/file" not in shown


def test_without_an_iban_of_the_company_the_page_says_where_to_enter_it(lived, client):
    shown = client.sign_in("ops").get(_HOME).text
    assert "Your company has no IBAN" in shown and "Create file" not in shown


def test_a_partner_without_an_iban_is_linked_to_its_form_and_no_file_is_offered(lived, client):
    with lived.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(lived.operator_id), bank=OURS))
    stated(lived)
    shown = client.sign_in("ops").get(_HOME).text
    assert f'href="/console/offers/partners/{CAFE}/account">Enter it' in shown and "Create file" not in shown
    assert paid_to(client, ADAS) == 303 and "Create file" in client.get(_HOME).text


def test_a_partners_bank_account_is_changed_only_by_staff_with_the_money_duty(lived, client):
    page, account = f"/console/offers/partners/{CAFE}", f"/console/offers/partners/{CAFE}/account"
    with_offers(lived)
    with lived.transactions.begin() as store:
        for number, duty in enumerate((Duty.PRICES, Duty.MONEY), 61):
            mia = Account(UUID(int=number), lived.operator_id, f"{duty.lower()}@example.org", Role.OPERATOR, "hash", duties=(duty,))
            store.drivers.put_account(mia)
            sign_in(store, duty.lower(), mia)
    prices = client.sign_in("prices")
    assert prices.submit(page, name="Café Strom", bank=OURS, seen=seen_at(prices, page)).status_code == 303
    assert prices.submit(account, bank=OURS).status_code == 403
    assert 'name="bank"' not in prices.get(account).text and "Not known" in prices.get(page).text
    money = client.sign_in("money")
    assert paid_to(money, OURS[:-1] + "1") == 422 and paid_to(money, OURS) == 303
    assert f'value="{OURS}"' in money.get(account).text and "Partner&#39;s bank account changed" in money.get("/console/audit").text


def test_a_form_opened_before_a_colleagues_change_cannot_restore_the_old_bank_account(owing, client):
    with_offers(owing)
    ops, page = client.sign_in("ops"), f"/console/offers/partners/{CAFE}"
    paid_to(ops, OURS)
    old, details = seen_at(ops, f"{page}/account"), seen_at(ops, page)
    paid_to(ops, ADAS)
    refused = ops.submit(f"{page}/account", bank=OURS, seen=old)
    assert refused.status_code == 409 and "has changed the account" in refused.text and f'value="{ADAS}"' in refused.text
    assert ops.submit(page, name="Café 9", seen=details).status_code == 303, "the details are as they were seen"
    assert "has changed the partner" in ops.submit(page, name="Café 8", seen=details).text
    assert ADAS in ops.get(page).text and "Café 9" in ops.get(page).text


def test_a_payee_whose_bank_account_changed_is_marked_and_not_preselected(lived, client):
    statement = stated(lived)
    ops = client.sign_in("ops")
    paid_to(ops, OURS)
    shown = ops.get(_HOME).text
    assert "Changed" in shown and "by ops@example.org: check before you pay" in shown
    assert f'name="pay-{statement}" value="{OURS} 12.34 EUR 0">' in shown


def test_a_payout_form_from_before_an_account_change_is_refused_and_deselects_that_payout(owing, client):
    statement, ops = stated(owing), client.sign_in("ops")
    paid_to(ops, OURS)
    old = form(**{f"pay-{statement}": f"{OURS} 12.34 EUR 0"})
    paid_to(ops, ADAS)
    refused = ops.submit(_HOME, **old)
    assert refused.status_code == 409 and f"12.34 EUR to {ADAS} has changed since it was shown" in refused.text
    assert (
        f'value="{ADAS} 12.34 EUR 0">' in refused.text and 'value=" 2.50 EUR 0" checked' in refused.text and "No files yet" in refused.text
    )


def test_a_payout_in_a_file_links_to_it_everywhere_and_cannot_be_marked_as_paid(owing, client):
    statement, ops = stated(owing), client.sign_in("ops")
    paid_to(ops, OURS)
    assert ops.submit(_HOME, **form(**{f"pay-{statement}": f"{OURS} 12.34 EUR 0"})).status_code == 303
    link = 'in file <a href="/console/transfers#PAY-2026-000001">'
    settle, paid = f"/console/offers/statements/{statement}/settle", f"/console/paybacks/{_BACK}/paid"
    for where in ("/console/paybacks", "/console/offers", f"/console/offers/partners/{CAFE}"):
        shown = ops.get(where).text
        assert link in shown and settle not in shown and paid not in shown, where
    word = {"paid_on": f"{NOW:%Y-%m-%d}", "reference": "SEPA 1"}
    for refused in (ops.submit(settle, reference="SEPA 2"), ops.submit(paid, **word)):
        assert refused.status_code == 409 and "It is in file PAY-2026-000001." in refused.text and "withdraw it" in refused.text
    ops.submit(f"{_HOME}/PAY-2026-000001/withdraw", why="Wrong day")
    again = ops.submit(f"{_HOME}/PAY-2026-000001/withdraw", why="Wrong day")  # its form is gone: the page of an error says so
    assert again.status_code == 409 and "is already withdrawn" in again.text
    assert link not in ops.get("/console/paybacks").text
    assert ops.submit(settle, reference="SEPA 2").status_code == ops.submit(paid, **word).status_code == 303
