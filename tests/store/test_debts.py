"""Debts of drivers: aged by the database as by reading each account backwards."""

import re
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.billing import Numbering, account_statement
from forecourt.flows.ports import Debt, DebtQuery, PageRequest, Store
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId, Span
from forecourt.ledger import CLEARING, Account, AccountKind, Posting, Txn, receivable, revenue
from forecourt.store import MemoryTransactions, PostgresTransactions
from forecourt.store.postgres.debts import Debts

DUE = timedelta(days=14)
MOVES = st.lists(
    st.tuples(
        st.integers(0, 2),  # whose
        st.sampled_from(["document", "statement", "dunning", "capture", "refund", "dispute"]),
        st.integers(1, 3000),
        st.integers(0, 150),  # days ago it was posted
        st.none() | st.integers(0, 150),  # and is about
        st.sampled_from(["EUR", "EUR", "CHF"]),
    ),
    max_size=14,
)


def post(store: Store, sample, operator_id: OperatorId, accounts: list[Account], moves) -> None:
    for whose, key, minor, days_ago, about, currency in moves:
        other, amount = (CLEARING if key == "capture" else revenue("energy")), Money(minor, currency)
        way = (accounts[whose], other) if key == "capture" else (other, accounts[whose])
        happened = None if about is None else sample.t0 - timedelta(days=about)
        txn = Txn(f"{key}/{sample.id()}", operator_id, sample.t0 - timedelta(days=days_ago), "", sample.id(), (Posting(*way, amount),))
        store.ledger.post(replace(txn, about=happened))


def pages(store: Store, operator_id: OperatorId, asked: DebtQuery) -> list[Debt]:
    """A page of one after another, there and back."""
    found = store.debts.page(operator_id, asked, PageRequest(limit=1))
    rows = list(found.rows)
    while found.older:
        found = store.debts.page(operator_id, asked, PageRequest(found.older, limit=1))
        rows += found.rows
    if len(rows) > 1:
        assert store.debts.page(operator_id, asked, PageRequest(found.newer, back=True, limit=1)).rows == (rows[-2],)
    return rows


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES)
def test_both_stores_list_the_same_debts_and_the_totals_cover_all_pages(transactions: PostgresTransactions, sample, moves) -> None:
    me, operator_id = DriverId(sample.id()), OperatorId(sample.id())
    accounts = [receivable(me), receivable(DriverId(sample.id())), Account(AccountKind.DRIVER_RECEIVABLE, f"{me}/wallet")]
    found, asked = [], DebtQuery(sample.t0, DUE)
    for kept in (transactions, MemoryTransactions()):
        with kept.begin() as store:
            post(store, sample, operator_id, accounts, moves)
            found.append((pages(store, operator_id, asked), list(store.debts.totals(operator_id, asked))))
    assert found[0] == found[1]
    rows, totals = found[0]
    assert {one.currency: one.minor for one in totals} == {
        currency: sum(one.minor for one in rows if one.currency == currency) for currency in {one.currency for one in rows}
    }


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES, st.integers(0, 151))
def test_debts_as_of_a_past_day_ignore_all_later_ledger_entries(transactions: PostgresTransactions, sample, moves, days_ago: int) -> None:
    """Entries dated at or after that instant are ignored, in any order of posting."""
    me, whole, short = DriverId(sample.id()), OperatorId(sample.id()), OperatorId(sample.id())
    accounts = [receivable(me), receivable(DriverId(sample.id())), Account(AccountKind.DRIVER_RECEIVABLE, f"{me}/wallet")]
    until = sample.t0 - timedelta(days=days_ago)
    for kept in (transactions, MemoryTransactions()):
        with kept.begin() as store:
            post(store, sample, whole, accounts, moves)
            post(store, sample, short, accounts, [one for one in moves if one[3] > days_ago])
            asked, plain = DebtQuery(until, DUE, until=until), DebtQuery(until, DUE)
            assert pages(store, whole, asked) == pages(store, short, plain)
            assert store.debts.totals(whole, asked) == store.debts.totals(short, plain)


DAYS = st.none() | st.integers(0, 90)
BILLS = st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 150), DAYS, st.booleans()), min_size=1, max_size=6)


def bill(store: Store, sample, bills, stated_ago: int, stated_days: int | None) -> None:
    """Documents, each with the days it names; those of the month are collected by one statement, with days of its own."""
    documents = []
    for number, (minor, days_ago, days, of_the_month) in enumerate(bills, 1):
        made = sample.invoice(number, 19 + minor)
        parties, at = replace(made.parties, due_days=days), sample.t0 - timedelta(days=days_ago)
        made = replace(made, issued_at=at, content=replace(made.content, parties=parties))
        documents += [made] if of_the_month else []
        store.documents.put(made)
        postings = (Posting(revenue("energy"), receivable(sample.driver.id), made.due),)
        store.ledger.post(Txn(f"document/{made.id}", sample.operator.id, at, made.number, made.id, postings))
    if documents:
        parties, at = replace(documents[0].parties, due_days=stated_days), sample.t0 - timedelta(days=stated_ago)
        month, numbering = Span(sample.t0 - timedelta(days=200), sample.t0), Numbering(DocumentId(sample.id()), 2026, 1, at)
        store.statements.put(account_statement(parties, sample.driver.id, month, "Europe/Berlin", documents, numbering))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BILLS, st.integers(0, 150), DAYS, st.none() | st.integers(0, 150))
def test_a_debt_is_aged_by_the_due_date_of_its_invoice_or_statement(
    transactions: PostgresTransactions, sample, bills, stated_ago: int, stated_days: int | None, seen_ago: int | None
) -> None:
    """Not by the current rules; for a past day, later statements are ignored."""
    at, classes = sample.t0 - timedelta(days=seen_ago or 0), [0, 0, 0, 0]
    asked = DebtQuery(at, DUE, until=None if seen_ago is None else at)
    for minor, days_ago, days, of_the_month in bills:
        stated = of_the_month and (seen_ago is None or stated_ago > seen_ago)
        ago, named = (stated_ago, stated_days) if stated else (days_ago, days)
        late = ago - (seen_ago or 0) - (DUE.days if named is None else named)
        if seen_ago is None or days_ago > seen_ago:
            classes[sum(late > age for age in (30, 60, 90))] += 19 + minor
    for kept in (transactions, MemoryTransactions()):
        its = copy(sample)
        its.operator, its.driver = replace(sample.operator, id=OperatorId(sample.id())), replace(sample.driver, id=DriverId(sample.id()))
        with kept.begin() as store:
            bill(store, its, bills, stated_ago, stated_days)
            assert [one.aged.by_age for one in store.debts.totals(its.operator.id, asked)] == [tuple(classes)] * any(classes)


def test_debtors_are_searched_by_name_and_email(any_transactions, sample) -> None:
    eve = replace(sample.driver, id=DriverId(sample.id()), name="Eve Example", email="eve@x.example")
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.drivers.put_driver(eve)
        both, moves = (
            [receivable(sample.driver.id), receivable(eve.id)],
            [(0, "document", 7, 0, None, "EUR"), (1, "document", 9, 0, None, "EUR")],
        )
        post(store, sample, sample.operator.id, both, moves)
    with any_transactions.begin() as store:
        for text in ("eve e", "EVE@", "x.EXAMPLE"):
            asked = DebtQuery(sample.t0, DUE, text)
            assert [one.account for one in store.debts.page(sample.operator.id, asked).rows] == [receivable(eve.id)]
            assert [one.minor for one in store.debts.totals(sample.operator.id, asked)] == [9]
        assert not store.debts.page(sample.operator.id, DebtQuery(sample.t0, DUE, "%")).rows


def test_ledger_entries_of_an_account_are_always_read_by_index(database_url: str) -> None:
    """Balances and entries sort by different collations: without stating one, every entry was compared with every account."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    class Listener:
        def rows(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
            asked.append((query, parameters))
            return []

    past = DebtQuery(datetime(2026, 6, 1, tzinfo=UTC), DUE, until=datetime(2026, 6, 1, tzinfo=UTC))
    Debts(Listener(), lambda: None).totals(OperatorId(UUID(int=7)), past)  # type: ignore[arg-type]
    with psycopg.connect(database_url) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {asked[0][0]}", asked[0][1]))
    found = re.search(r"ledger_entries_account on ledger_entries one\b.*\n.*Index Cond: \(.*account = .*currency = ", plan)
    assert found, plan
