"""A month's trial balance: it opens with the previous month's closing balances, and later entries do not change it."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest

from forecourt.flows.desk import operator_month
from forecourt.kernel import Money
from forecourt.ledger import AT_PROCESSOR, BANK, CLEARING, Posting, Txn
from forecourt.web.queries.month_balances import month_balances

from .conftest import NOW

MAY, JUNE, JULY = (datetime(2026, month, 15, tzinfo=UTC) for month in (5, 6, 7))


def balances(scene, day):
    with scene.transactions.begin() as store:
        view = month_balances(store, scene.operator_id, operator_month(store, scene.operator_id, day))
    return view, {one.account: one for one in view.rows}


def paid_out(scene, key, at, minor):
    with scene.transactions.begin() as store:
        store.ledger.post(Txn(key, scene.operator_id, at, key, UUID(int=3), (Posting(AT_PROCESSOR, BANK, Money(minor, "EUR")),)))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles"])
def test_a_months_opening_balances_equal_the_closing_balances_of_the_month_before(lived, zone):
    with lived.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(lived.operator_id), zone=zone))
    for number, at in enumerate((MAY, JUNE, JULY)):
        paid_out(lived, f"payout {number}", at, 1_000 * (number + 1))
    months = [balances(lived, at) for at in (MAY, JUNE, JULY)]
    for (_, earlier), (_, later) in pairwise(months):
        assert {name: one.opening for name, one in later.items() if one.opening} == {
            name: one.closing for name, one in earlier.items() if one.closing
        }
    assert [rows["BANK"].closing.minor for _, rows in months] == [1_000, 3_000, 6_000]
    assert all(view.even and view.rows for view, _ in months)


def test_a_later_entry_does_not_change_a_month_and_the_last_month_closes_at_the_ledgers_balances(lived):
    before = balances(lived, NOW)
    paid_out(lived, "payout", NOW + timedelta(days=40), 5_000)
    assert balances(lived, NOW) == before
    with lived.transactions.begin() as store:
        now = {one.account.name: one.minor for one in store.ledger.summary(lived.operator_id) if one.minor}
    assert {name: one.closing.minor for name, one in balances(lived, NOW + timedelta(days=40))[1].items() if one.closing} == now


def test_the_trial_balance_page_and_csv_agree_and_link_to_the_entries(lived, client):
    with lived.transactions.begin() as store:
        store.ledger.post(Txn("one", lived.operator_id, NOW, "one", UUID(int=3), (Posting(CLEARING, BANK, Money(1_234, "EUR")),)))
    ops, at = client.sign_in("ops"), "/console/ledger/months/2026-06/balances"
    page, rows = ops.get(at).text, list(csv.DictReader(io.StringIO(ops.get(f"{at}?form=csv").text)))
    assert "It balances." in page and "€12.34" in page and "entries?account=BANK&amp;currency=EUR&amp;month=2026-06" in page
    assert {(row["account"], row["closing"]) for row in rows} >= {("BANK", "12.34")}
    assert sum(Decimal(row["debit"]) - Decimal(row["credit"]) for row in rows) == 0
    assert "provisional" in page and at in ops.get("/console/ledger/months/2026-06").text and at in ops.get("/console/ledger").text
    assert "No entries" in ops.get("/console/ledger/months/2026-01/balances").text
