"""Charges that ended before a month did and are billed after it are revenue of that month, and of that one alone."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.billing import BUYER_CORRECTED, DocumentKind, Invoice, Party, accrued_documents, accrued_net, corrected_bill, credit, issue
from forecourt.flows.billing import CreditRequest, accrual_outlook, accrued, close_month, issue_credit_note, reopen_month
from forecourt.flows.desk import operator_month
from forecourt.flows.ports import DocumentSearch, Store, Transactions
from forecourt.kernel import DocumentId, Money
from forecourt.ledger import ACCRUED, CHARTS, Account, AccountKind, Batch, ChainedTxn, RateAccounts, posting_batch, verify_chain
from forecourt.store import MemoryTransactions
from forecourt.web.queries.datev import revenue_shares
from money_world import NOON, OPERATOR, C, MoneyWorld, invoice
from stores import both_stores

from .test_month_closing import JULY_BEGINS, JUNE, LATER, MAY, by, in_berlin

MAY_ENDS, AUGUST_BEGINS = datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 7, 31, 22, tzinfo=UTC)
HOUR, BERLIN = timedelta(hours=1), ZoneInfo("Europe/Berlin")


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return in_berlin(MoneyWorld(any_transactions))


def charge(world: MoneyWorld, number: int, ended: datetime, issued: datetime) -> Invoice:
    made = world.billed(world.ended((C, 60, 10_000), number=number, begin=ended - HOUR), issued)
    assert made is not None
    return made


def dated(world: MoneyWorld, first: datetime, end: datetime) -> Counter[Account]:
    """What each account received on those days, in minor units, entry by entry."""
    found: Counter[Account] = Counter()
    with world.transactions.begin() as store:
        verify_chain(store.ledger.chain(OPERATOR))
        for one in store.ledger.chain(OPERATOR):
            if first <= one.txn.at < end:
                for entry in one.txn.entries:
                    found[entry.account] += entry.minor
    return found


def earned(amounts: Counter[Account]) -> int:
    return -sum(minor for account, minor in amounts.items() if account.kind is AccountKind.REVENUE)


def close(world: MoneyWorld, month: date = JUNE, at: datetime = LATER) -> None:
    with world.transactions.begin() as store:
        close_month(store, by(at), month)


@both_stores
def test_a_charge_billed_after_the_month_is_accrued_net_of_tax_and_reversed_on_the_first(world: MoneyWorld) -> None:
    in_time = charge(world, 1, NOON, NOON + HOUR)
    late = charge(world, 2, JULY_BEGINS - HOUR, JULY_BEGINS + HOUR)
    charge(world, 3, JULY_BEGINS + HOUR, JULY_BEGINS + 2 * HOUR)
    with world.transactions.begin() as store:
        month = operator_month(store, OPERATOR, JUNE)
        assert accrual_outlook(store, OPERATOR, month, LATER) == (late.net,) and accrued(store, OPERATOR, month) == ()
        assert accrual_outlook(store, OPERATOR, month, NOON) == ()  # the month still runs
    close(world)
    june, july = dated(world, MAY_ENDS, JULY_BEGINS), dated(world, JULY_BEGINS, AUGUST_BEGINS)
    assert earned(june) == in_time.net.minor + late.net.minor and june[ACCRUED] == late.net.minor
    assert july[ACCRUED] == -late.net.minor and earned(july) == late.net.minor  # that of July's own charge, which is as long
    assert -sum(minor for account, minor in june.items() if account.kind is AccountKind.VAT) == in_time.tax.minor
    with world.transactions.begin() as store:
        assert accrued(store, OPERATOR, month) == (late.net,) and world.sum_is_zero(store)


def test_a_credit_note_of_the_next_month_lowers_the_accrual_only_if_its_bill_is_accrued_too(world: MoneyWorld) -> None:
    in_time = charge(world, 1, NOON, NOON + HOUR)
    late = charge(world, 2, JULY_BEGINS - HOUR, JULY_BEGINS + HOUR)
    with world.transactions.begin() as store:
        month = operator_month(store, OPERATOR, JUNE)
        issue_credit_note(store, by(JULY_BEGINS + 2 * HOUR), CreditRequest(in_time.id, 0, "slow"))
        assert accrual_outlook(store, OPERATOR, month, LATER) == (late.net,)
        issue_credit_note(store, by(JULY_BEGINS + 2 * HOUR), CreditRequest(late.id, 0, "slow"))
        assert accrual_outlook(store, OPERATOR, month, LATER) == ()


def test_a_bill_reissued_to_another_buyer_after_its_month_is_not_accrued() -> None:
    """Its revenue is in the month already; the credit note and the bill that takes its place cancel each other out."""
    first, july = invoice(), JULY_BEGINS + HOUR
    note = issue(credit(first, BUYER_CORRECTED), DocumentId(UUID(int=601)), 1, july)
    new = issue(corrected_bill(first, Party("Firma GmbH", "Weg 1")), DocumentId(UUID(int=602)), 2, july)
    assert sum((accrued_net(one) for one in accrued_documents([note, new], JULY_BEGINS)), Money.zero("EUR")) == Money.zero("EUR")
    assert accrued_documents([note], JULY_BEGINS) == []


@both_stores
def test_closing_a_month_again_completes_the_accrual_and_never_doubles_it(world: MoneyWorld) -> None:
    first = charge(world, 1, JULY_BEGINS - HOUR, JULY_BEGINS + HOUR)
    close(world)
    second = charge(world, 2, JULY_BEGINS - 2 * HOUR, LATER + HOUR)
    with world.transactions.begin() as store:
        reopen_month(store, by(LATER + 2 * HOUR), JUNE, "a charge became known late")
    for _ in range(2):
        close(world, at=LATER + 3 * HOUR)
        assert dated(world, MAY_ENDS, JULY_BEGINS)[ACCRUED] == first.net.minor + second.net.minor
        assert dated(world, MAY_ENDS, AUGUST_BEGINS)[ACCRUED] == 0
        with world.transactions.begin() as store:
            reopen_month(store, by(LATER + 4 * HOUR), JUNE, "once more")


MOMENTS = st.integers(0, 80 * 24)  # hours from the middle of May
CHARGES = st.lists(st.tuples(MOMENTS, st.integers(0, 200)), max_size=5)


def documents(store: Store) -> Iterator[Invoice]:
    return iter(store.documents.search(OPERATOR, DocumentSearch(), 1000))


@settings(max_examples=25, deadline=None)
@given(CHARGES, st.booleans())
def test_after_closing_every_month_has_the_revenue_of_the_charges_that_ended_in_it(charges, both_at_once: bool) -> None:
    """The referee knows only documents: a charge that was billed before its month was closed counts where it ended, in whole cents."""
    world, start = in_berlin(MoneyWorld(MemoryTransactions())), datetime(2026, 5, 15, tzinfo=UTC)
    made = [charge(world, number, end := start + hour * HOUR, end + delay * HOUR) for number, (hour, delay) in enumerate(charges, 1)]
    closed_at = {MAY: AUGUST_BEGINS if both_at_once else MAY_ENDS + timedelta(days=40), JUNE: AUGUST_BEGINS + timedelta(days=30)}
    with world.transactions.begin() as store:
        store.ledger.close(OPERATOR, datetime(2026, 4, 30, 22, tzinfo=UTC))
    close(world, MAY, closed_at[MAY])
    close(world, JUNE, closed_at[JUNE])
    with world.transactions.begin() as store:
        assert all(one.kind is DocumentKind.INVOICE for one in documents(store))
        assert world.sum_is_zero(store)
    for end, at in ((MAY_ENDS, closed_at[MAY]), (JULY_BEGINS, closed_at[JUNE])):
        ended = sum(one.net.minor for one in made if one.content.delivery.ended_at < end and (one.issued_at < end or one.issued_at < at))
        assert earned(dated(world, start, end)) == ended
    assert earned(dated(world, start, datetime(2027, 1, 1, tzinfo=UTC))) == sum(one.net.minor for one in made)


def rows(book: list[ChainedTxn], chart: str, days: tuple[date, date]) -> list[list[str]]:
    batch = posting_batch(book, Batch(1001, 1, CHARTS[chart], *days, "Europe/Berlin"), LATER)
    return [line.split(";") for line in batch.decode("cp1252").split("\r\n")[2:-1]]


@pytest.mark.parametrize(("chart", "number", "revenue"), [("SKR03", "1501", "8200"), ("SKR04", "1301", "4200")])
def test_the_datev_export_has_the_accrual_on_the_last_day_and_its_reversal_on_the_first(world, chart, number, revenue) -> None:
    charge(world, 2, JULY_BEGINS - HOUR, JULY_BEGINS + HOUR)
    close(world)
    with world.transactions.begin() as store:
        book = [one for one in store.ledger.chain(OPERATOR) if "accrual" in one.txn.key]
    found = rows(book, chart, (JUNE, date(2026, 7, 31)))
    accrued_rows, reversed_rows = (number, revenue, "3006"), (revenue, number, "0107")
    accruals, reversals = (Counter(row[0] for row in found if (row[6], row[7], row[9]) == one) for one in (accrued_rows, reversed_rows))
    assert accruals == reversals and len(found) == 2 * accruals.total() > 0


def test_with_revenue_accounts_by_tax_rate_accrual_and_reversal_use_the_same_accounts(world: MoneyWorld) -> None:
    charge(world, 2, JULY_BEGINS - HOUR, JULY_BEGINS + HOUR)
    close(world)
    chart = CHARTS["SKR03"].with_rate_accounts([RateAccounts("19", revenue="8400")])
    with world.transactions.begin() as store:
        book = list(store.ledger.chain(OPERATOR))
        for days in ((JUNE, date(2026, 6, 30)), (date(2026, 7, 1), date(2026, 7, 31))):
            some = [one for one in book if days[0] <= one.txn.at.astimezone(BERLIN).date() <= days[1]]
            file = posting_batch(some, Batch(1001, 1, chart, *days, "Europe/Berlin"), LATER, revenue_shares(store, chart, some))
            numbers = {cell for line in file.decode("cp1252").split("\r\n")[2:-1] for cell in line.split(";")[6:8]}
            assert {"1501", "8400"} <= numbers and "8200" not in numbers
