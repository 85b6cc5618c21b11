"""An accountant's checks at the end of a month: trial balance, journal, DATEV, VAT and open items are reconciled with each other."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from forecourt.flows.desk import operator_month
from forecourt.flows.ports import DocumentSearch, PageRequest, PaidSearch, PaidState, Store
from forecourt.kernel import Money, OperatorId, Span
from forecourt.ledger import CHARTS, AccountKind, Balance, Batch, ChainedTxn, foreign_currencies, posting_batch
from forecourt.web.queries.datev import operator_chart, revenue_shares
from forecourt.web.queries.ledger_reports import batches_of, debts_as_of, entries_in, journal_rows, receivables, span_of_days
from forecourt.web.queries.month_balances import month_balances
from forecourt.web.queries.receipts import paid_state
from forecourt.web.queries.vat_report import vat_report


def ties(store: Store, operator_id: OperatorId, at: datetime) -> int:
    """How many figures were compared. Raises AssertionError at the first that does not tie."""
    book, balances = list(store.ledger.chain(operator_id)), store.ledger.trial_balance(operator_id)
    for currency in {one.currency for one in balances}:
        assert sum(one.minor for one in balances if one.currency == currency) == 0, f"the trial balance in {currency} is uneven"
    counted = _journal(book, balances) + _owed(store, operator_id, balances, at) + _states(store, operator_id, at)
    for month in _months(store, operator_id, book):
        counted += _taxes(store, operator_id, month) + _owed_then(store, operator_id, month, at)
    return counted + sum(_datev(store, operator_id, book, balances, name, at) for name in CHARTS)


def _journal(book: Sequence[ChainedTxn], balances: Sequence[Balance]) -> int:
    sums: defaultdict[tuple[object, object], Decimal] = defaultdict(Decimal)
    for *_, debit, credit, amount, currency, _, _ in journal_rows(book):
        assert isinstance(amount, Decimal)
        sums[debit, currency] += amount
        sums[credit, currency] -= amount
    for one in balances:
        assert sums.pop((one.account.name, one.currency)) == Money(one.minor, one.currency).amount, f"the journal of {one.account.name}"
    assert not sums, f"accounts without a balance: {[*sums]}"
    return len(balances)


def _owed(store: Store, operator_id: OperatorId, balances: Sequence[Balance], at: datetime) -> int:
    aged = receivables(store, operator_id, debts_as_of(store, operator_id, at), PageRequest(limit=1_000_000))
    rows = aged.found.rows
    for row in rows:
        assert sum(part.minor for part in row.ages) - row.credit.minor == row.balance.minor, f"the ages of {row.driver}"
    for total in aged.totals:
        book = [one for one in balances if one.account.kind is AccountKind.DRIVER_RECEIVABLE and one.currency == total.balance.currency]
        assert total.balance.minor == sum(one.minor for one in book), "what drivers owe"
    return len(rows)


def _states(store: Store, operator_id: OperatorId, at: datetime) -> int:
    """A list by state has the documents whose own pages say so; what is overdue is to be paid."""
    every, due = store.documents.search(operator_id, DocumentSearch(), 1_000_000), debts_as_of(store, operator_id, at).due
    found = {
        state: {one.id for one in store.documents.search(operator_id, DocumentSearch(paid=PaidSearch(state, at, due)), 1_000_000)}
        for state in PaidState
    }
    assert found.pop(PaidState.OVERDUE) <= found[PaidState.OPEN], "a document is overdue, but not to be paid"
    for state, ids in found.items():
        assert ids == {one.id for one in every if paid_state(store, one) == state.value}, f"documents that are {state.value}"
    return len(every)


def _owed_then(store: Store, operator_id: OperatorId, month: Span, at: datetime) -> int:
    """What drivers owed at the month's end is what the month's trial balance closes with."""
    if month.end > at:
        return 0
    then = replace(debts_as_of(store, operator_id, at), at=month.end, until=month.end)
    owed = {one.currency: one.minor for one in store.debts.totals(operator_id, then)}
    closing = [one for one in month_balances(store, operator_id, month).rows if one.account == AccountKind.DRIVER_RECEIVABLE]
    for one in closing:
        assert owed.get(one.currency, 0) == one.closing.minor, f"what drivers owed at the end of {month.start:%Y-%m}"
    return len(closing)


def _months(store: Store, operator_id: OperatorId, book: Sequence[ChainedTxn]) -> Iterator[Span]:
    first, last = (of(one.txn.at for one in book) for of in (min, max))
    month = operator_month(store, operator_id, first)
    while month.start <= last:
        yield month
        month = operator_month(store, operator_id, month.end)


def _taxes(store: Store, operator_id: OperatorId, month: Span) -> int:
    """No tax that no paper explains; and what goes to each country is all of it."""
    report = vat_report(store, operator_id, month)
    for row in report.rows:
        assert not row.difference, f"{row.difference} of tax at {row.rate} % in {month.start:%Y-%m} stands on no paper"
    for total in report.totals:
        parts = [one for one in report.parts if one.written_off.currency == total.written_off.currency]
        owed = sum(one.invoices.vat.minor + one.credit_notes.vat.minor + one.written_off.minor for one in parts)
        assert owed == total.booked.minor, f"the countries of {month.start:%Y-%m}"
    return len(report.rows)


def _datev(store: Store, operator_id: OperatorId, book: Sequence[ChainedTxn], balances: Sequence[Balance], name: str, at: datetime) -> int:
    """What DATEV would have on each account, from its file; currencies that need a rate stay out."""
    chart, zone = operator_chart(store, operator_id, name), store.stations.operator(operator_id).zone
    left_out, sums = frozenset(one.currency for one in foreign_currencies(book)), defaultdict[str, Decimal](Decimal)
    for year in range(min(one.txn.at.year for one in book) - 1, max(one.txn.at.year for one in book) + 2):
        days = (date(year, 1, 1), date(year, 12, 31))
        span = span_of_days(store, operator_id, *days)
        some = [one for part in batches_of(store, operator_id, span) for one in entries_in(store, operator_id, span, part)]
        file = posting_batch(some, Batch(1001, 1, chart, *days, zone, left_out=left_out), at, revenue_shares(store, chart, some))
        for row in (line.split(";") for line in file.decode("cp1252").split("\r\n")[2:-1]):
            amount = Decimal(row[0].replace(",", "."))
            sums[row[6]] += amount
            sums[row[7]] -= amount
    for one in balances:
        if one.currency not in left_out and not one.account.memo:
            sums[chart.number(one.account)] -= Money(one.minor, one.currency).amount
    assert not any(sums.values()), f"{name}: DATEV is off by { {one: off for one, off in sums.items() if off} }"
    return len(sums)
