"""Remittance text of bank lines: in the payer's data export, stored in one place alone, erased after the retention period."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from camt_file import Line, camt
from forecourt.billing import Invoice
from forecourt.flows.billing import import_bank_statements
from forecourt.flows.desk import Staff
from forecourt.flows.ports import Transactions
from forecourt.flows.privacy import driver_data
from forecourt.kernel import DriverId
from forecourt.settlement import parse_camt
from forecourt.store import PostgresTransactions, delete_expired
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, C, MoneyWorld
from stores import both_stores

from .test_month_closing import in_berlin

DAY = date(2026, 6, 1)


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return in_berlin(MoneyWorld(any_transactions))


def invoiced(world: MoneyWorld, number: int, driver: DriverId = ACCOUNT_DRIVER) -> Invoice:
    made = world.billed(world.ended((C, 60, 10_000), driver=driver, number=number), NOON)
    assert made is not None
    return made


def sent(world: MoneyWorld, *lines: Line) -> None:
    by = Staff(OPERATOR, "ada", NOON + timedelta(days=40), world.ids)
    with world.transactions.begin() as store:
        import_bank_statements(store, by, parse_camt(camt(0, list(lines), max(one.day for one in lines))))


def told(world: MoneyWorld, driver: DriverId) -> list[str]:
    with world.transactions.begin() as store:
        return [one.text for one in driver_data(store, driver).bank_lines]


@both_stores
def test_a_drivers_data_export_has_the_remittance_text_of_their_own_transfers_only(world: MoneyWorld) -> None:
    one, two, three, other = (invoiced(world, n, CARD_DRIVER if n == 4 else ACCOUNT_DRIVER) for n in (1, 2, 3, 4))
    sent(
        world,
        Line(DAY, one.due.minor + two.due.minor, f"Mine, {one.number} and {two.number}"),
        Line(DAY, three.due.minor + other.due.minor, f"For both: {three.number} {other.number}"),
        Line(DAY, 7_00, "A stranger"),
    )
    with world.transactions.begin() as store:
        assert [one.line.text for one in store.bank.open(OPERATOR)] == ["A stranger"]
    assert told(world, ACCOUNT_DRIVER) == [f"Mine, {one.number} and {two.number}"] and told(world, CARD_DRIVER) == []


def test_the_remittance_text_of_a_bank_line_is_not_copied_into_payments_or_the_ledger(
    transactions: PostgresTransactions, database_url: str
) -> None:
    world = in_berlin(MoneyWorld(transactions))
    made = invoiced(world, 1)
    sent(world, Line(DAY, made.due.minor, f"Benedikta Muster {made.number}"))
    with world.transactions.begin() as store:
        (payment,) = store.payments.of_document(made.id)
    assert payment.reference == "Bank statement of 2026-06-01" and tables_with(database_url, "Benedikta") == {"bank_lines"}


def test_remittance_text_is_erased_ten_years_after_the_lines_year_and_the_line_stays(
    transactions: PostgresTransactions, database_url: str
) -> None:
    world = in_berlin(MoneyWorld(transactions))
    lines = [Line(date(2026, 12, 31), 5_00, "the last of its year"), Line(date(2027, 1, 1), 6_00, "the first of the next")]
    sent(world, *lines)
    assert delete_expired(database_url, datetime(2036, 12, 31, 23, tzinfo=UTC)) == {}
    assert delete_expired(database_url, datetime(2037, 1, 1, tzinfo=UTC)) == {"bank_lines": 1}
    assert delete_expired(database_url, datetime(2037, 1, 2, tzinfo=UTC)) == {}
    with transactions.begin() as store:
        kept = [(one.line.amount.minor, one.line.text) for one in store.bank.open(OPERATOR)]
    assert kept == [(5_00, ""), (6_00, "the first of the next")]
    sent(world, *lines)
    with transactions.begin() as store:
        assert len(store.bank.open(OPERATOR)) == 2, "a file sent again brings no words back"


def tables_with(url: str, text: str) -> set[str]:
    with psycopg.connect(url) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        asked = {name: f'SELECT EXISTS (SELECT FROM "{name}" AS t WHERE position(%s in t::text) > 0)' for name in tables}
        return {name for name, query in asked.items() if connection.execute(query, [text]).fetchone() == (True,)}
