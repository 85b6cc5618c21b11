"""Manual journal entries in the console."""

import re
from uuid import uuid4

from forecourt.ledger import BANK, BANK_FEES

_HOME = "/console/ledger/by-hand"
FEE = {"currency": "EUR", "account-0": "BANK_FEES", "debit-0": "9,90", "account-1": "BANK", "credit-1": "9.90", "reason": "Fees of May"}


def form(lived, **changes):  # type: ignore[no-untyped-def]
    return {**FEE, "key": str(uuid4()), "day": f"{lived.clock.now():%Y-%m-%d}", **changes}


def balances(lived):  # type: ignore[no-untyped-def]
    with lived.transactions.begin() as store:
        return [store.ledger.balance(lived.operator_id, one, "EUR") for one in (BANK_FEES, BANK)]


def test_a_manual_entry_sent_twice_is_posted_once_listed_and_can_be_reversed(lived, client):
    before, sent = balances(lived), form(lived)
    ops = client.sign_in("ops")
    first, again = (ops.submit(_HOME, **sent) for _ in range(2))
    assert first.status_code == 303 and first.headers["location"] == again.headers["location"]
    assert [after - was for after, was in zip(balances(lived), before, strict=True)] == [990, -990]
    shown = ops.get(first.headers["location"]).text
    assert "JRN-2026-000001" in shown and "ops@example.org" in shown and "Fees of May" in shown
    for page in (_HOME, "/console/ledger/entries?account=BANK_FEES&currency=EUR", "/console/audit"):
        assert "JRN-2026-000001" in ops.get(page).text
    undone = ops.get(ops.submit(f"{_HOME}/JRN-2026-000001/reverse", day=sent["day"], reason="Twice").headers["location"]).text
    assert "Reverses" in undone and "Reversal of JRN-2026-000001: Twice" in undone and balances(lived) == before


def test_an_invalid_manual_entry_is_explained_and_stays_in_the_form(lived, client):
    before, ops = balances(lived), client.sign_in("ops")
    for changes, said in (
        ({"account-1": "VAT:19"}, "cannot be posted to manually"),
        ({"credit-1": "9.91"}, "Debits are 0.01 EUR less than credits"),
        ({"credit-1": "9.905"}, "is not an amount in EUR"),
        ({"debit-1": "9.90"}, "not both"),
        ({"account-1": ""}, "A line with an amount needs an account"),
        ({"reason": " "}, "needs a description"),
        ({"day": "2099-01-01"}, "is in the future"),
        ({"day": "soon"}, "is not a day"),
        ({"currency": "XXXX"}, "XXXX"),
    ):
        sent = form(lived, **changes)
        answer = ops.submit(_HOME, **sent)
        assert answer.status_code == 400 and said in answer.text and sent["key"] in answer.text, (changes, answer.text[:3000])
        assert 'value="9,90"' in answer.text and balances(lived) == before


def test_a_changed_form_under_a_used_key_is_refused_and_gets_a_new_key(lived, client):
    sent, ops = form(lived), client.sign_in("ops")
    ops.submit(_HOME, **sent)
    answer = ops.submit(_HOME, **{**sent, "reason": "Fees of June"})
    assert answer.status_code == 409 and "already posted" in answer.text
    key = re.search(r'name="key" value="([^"]+)"', answer.text)
    assert key is not None and key[1] != sent["key"]


def test_read_only_staff_see_no_form_and_an_invalid_reversal_is_explained_on_the_page(lived, client):
    ops = client.sign_in("ops")
    ops.submit(_HOME, **form(lived))
    refused = ops.submit(f"{_HOME}/JRN-2026-000001/reverse", day="2026-01-01", reason="Early")
    assert refused.status_code == 422 and "that day or later" in refused.text and 'value="Early"' in refused.text
