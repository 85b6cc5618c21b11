"""Rows of the clearing file are stored once; payouts and payments that do not match are found."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from forecourt.flows.ports import AccountEntries, ClearingProgress, Transactions
from forecourt.kernel import Money, Span
from forecourt.ledger import BANK, CLEARING, Posting, Txn, held_on_wallet, holdable, receivable, revenue
from forecourt.payments import ClearingLine, RowKind
from forecourt.settlement import Discrepancy, Mismatch, StoredRow, add_explanation, update_finding


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def test_clearing_rows_are_found_by_id_payout_payment_and_page(any_transactions: Transactions, sample) -> None:
    at, mine, other = sample.t0, sample.operator.id, uuid4()
    lines = [ClearingLine(f"r{n}", sample.id(), eur(100 * n), eur(n), at + timedelta(hours=n), payout="po_1") for n in (1, 2)]
    lines += [ClearingLine(f"p{n}", None, eur(-297 - n), eur(0), at, RowKind.PAYOUT, f"po_{1 + n}") for n in (0, 1)]
    rows = [StoredRow(line, operator, at, booked=line.id != "r2") for line, operator in zip(lines, (mine, None, mine, other), strict=True)]
    with any_transactions.begin() as store:
        for row in rows:
            store.clearing.put_row(row)
    with any_transactions.begin() as store:
        book = store.clearing
        assert book.rows({"r1", "nope"}) == {"r1": rows[0]} and book.rows_of_payment(lines[1].payment_id) == [rows[1]]
        assert book.waiting(at) == [rows[1]] and book.waiting(at + timedelta(hours=3)) == []
        assert book.rows_of_payout("po_1") == [rows[2], rows[0], rows[1]]
        assert book.mismatched_payouts(at) == [(rows[3], eur(0))]
        assert book.recent(mine, 2) == [rows[1], rows[0]] and book.recent(mine, 2, (lines[0].at, "r1")) == [rows[2]]
        book.put_row(replace(rows[1], booked=True))
        assert book.waiting(at) == []


def test_clearing_findings_stay_open_until_they_are_explained(any_transactions: Transactions, sample) -> None:
    at, payment = sample.t0, sample.id()
    doubts = [Discrepancy(Mismatch.MISSING, f"{payment}/in", eur(5), None, at, sample.operator.id, payment)]
    doubts += [Discrepancy(Mismatch.UNKNOWN, "r1", None, eur(5), at, None)]
    found = [update_finding(one, None, at + timedelta(hours=place)) for place, one in enumerate(doubts)]
    with any_transactions.begin() as store:
        for one in found:
            store.clearing.put_finding(one)
        store.clearing.put_progress(ClearingProgress(at))
        store.clearing.put_progress(ClearingProgress(at, at))
    with any_transactions.begin() as store:
        assert store.clearing.open_findings() == found and store.clearing.open_findings(sample.operator.id) == found
        assert store.clearing.open_findings(uuid4()) == found[1:] and store.clearing.findings_of_payment(payment) == found[:1]
        told = add_explanation(store.clearing.lock_finding(found[1].id), "me", "It is right.", at)
        store.clearing.put_finding(told)
        assert store.clearing.page(sample.operator.id).rows == (found[0], told)
        assert store.clearing.progress() == ClearingProgress(at, at)


def test_uncleared_payments_are_found_by_captures_and_refunds(any_transactions: Transactions, sample) -> None:
    """Reported in full, with another amount, a capture and a refund not reported, and an old one."""
    at, subjects = sample.t0, [sample.id() for _ in range(4)]
    moves = [("capture", 0, 100), ("cleared", 0, -100), ("capture", 1, 100), ("cleared", 1, -99), ("capture", 2, 100), ("refund", 2, -100)]
    with any_transactions.begin() as store:
        for place, (what, which, minor) in enumerate([*moves, ("capture", 3, 100)]):
            other = BANK if what == "cleared" else revenue("energy")
            posting = Posting(other, CLEARING, eur(minor)) if minor > 0 else Posting(CLEARING, other, eur(-minor))
            when = at - timedelta(days=100) if which == 3 else at
            store.ledger.post(Txn(f"{what}/{place}", sample.operator.id, when, what, subjects[which], (posting,)))
        assert set(store.ledger.uncleared(sample.operator.id, at - timedelta(days=1))) == {subjects[1], subjects[2]}


def test_account_entries_are_paged_and_filtered_by_day_and_add_up_to_the_balance(any_transactions: Transactions, sample) -> None:
    """Of one account, of all drivers' accounts, of a day; other currencies and kinds with the same prefix are left out."""
    at, mine = sample.t0, sample.operator.id
    ada, other, held = receivable(sample.driver.id), receivable(sample.id()), held_on_wallet(sample.driver.id)
    moves = [(ada, revenue("energy"), "EUR"), (other, ada, "EUR"), (ada, BANK, "USD"), (held, holdable(sample.driver.id), "EUR")]
    with any_transactions.begin() as store:
        for place, (debit, credit, currency) in enumerate(moves):
            posting = Posting(credit, debit, Money(10 + place, currency))
            store.ledger.post(Txn(f"m/{place}", mine, at + timedelta(days=place), "moved", sample.id(), (posting,)))
    with any_transactions.begin() as store:
        own, all_of = AccountEntries(ada.name, "EUR"), AccountEntries("DRIVER_RECEIVABLE", "EUR")
        assert [one.position for one in store.ledger.entries(mine, own, 5)] == [2, 1]
        assert [one.position for before in (None, 2) for one in store.ledger.entries(mine, all_of, 1, before)] == [2, 1]
        sums = [store.ledger.sum_of(mine, one) for one in (own, all_of, replace(own, span=Span(at, at + timedelta(days=1))))]
        assert [(one.debit_minor, one.credit_minor) for one in sums] == [(10, 11), (21, 11), (10, 0)]
        assert store.ledger.entry(mine, 3).txn.currency == "USD" and store.ledger.entry(mine, 9) is None
        assert [one.position for one in store.ledger.entries(mine, AccountEntries("WALLET_HOLD", "EUR"), 5)] == [4]
        assert not store.ledger.entries(mine, AccountEntries("WALLET", "EUR"), 5)
