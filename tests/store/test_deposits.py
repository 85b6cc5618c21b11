"""Deposits of bookings are found by every query; rules stored earlier require none."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from forecourt.drivers import GuestStep
from forecourt.flows.ports import Transactions
from forecourt.kernel import BadInput, BookingId, Money, PaymentId
from forecourt.reservations import BookingRules, Deposit, DepositRule
from forecourt.store import PostgresTransactions, migrate


def deposit(sample, step: GuestStep, **changes: object) -> Deposit:
    booking = sample.booking(1, 2)
    place = (BookingId(sample.id()), sample.operator.id, sample.site.id, "CCS", booking.driver_id)
    until = booking.made_at + timedelta(minutes=10) if step is GuestStep.PAYING else None
    made = Deposit(*place, Money(595, "EUR"), booking.made_at, step, until, payment_id=PaymentId(sample.id()))
    return replace(made, **changes)


def test_a_deposit_is_found_by_booking_payment_site_and_driver(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    paying, paid, over = (deposit(sample, step) for step in GuestStep)
    with any_transactions.begin() as store:
        for one in (paying, paid, over):
            store.deposits.put(one)
    with any_transactions.begin() as store:
        assert store.deposits.of_booking(over.booking_id) == over and store.deposits.of_booking(BookingId(sample.id())) is None
        assert store.deposits.open_at(sample.site.id) == store.deposits.open_of(paid.driver_id) == [paying, paid]
        assert store.deposits.unpaid(sample.operator.id) == [paying]
        moved = replace(paying, step=GuestStep.PAID, pay_until=None, before=paying.payment_id, payment_id=PaymentId(sample.id()))
        store.deposits.put(moved)
    with any_transactions.begin() as store:
        assert store.deposits.of_booking(moved.booking_id) == moved and store.deposits.unpaid(sample.operator.id) == []


def test_booking_rules_stored_before_deposits_existed_require_no_deposit(empty_database_url: str, sample) -> None:
    migrate(empty_database_url, "0028")
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("INSERT INTO operators VALUES (%s, 'Demo', '{}')", (sample.operator.id,))
        site = (sample.operator.id, sample.site.id, sample.site.slug)
        connection.execute("INSERT INTO sites (operator_id, site_id, slug, paper) VALUES (%s, %s, %s, '{}')", site)
        connection.execute("INSERT INTO booking_rules VALUES (%s, %s, %s)", (*site[:2], '{"held_back": 2}'))
    migrate(empty_database_url)
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        assert store.bookings.rules(sample.site.id) == BookingRules(held_back=2, deposit=DepositRule.NONE)


@pytest.mark.parametrize(
    ("rule", "minor"), [(DepositRule.AMOUNT, 0), (DepositRule.FEE, 500), (DepositRule.NONE, 1), (DepositRule.AMOUNT, -5)]
)
def test_only_a_fixed_deposit_rule_has_an_amount(rule, minor) -> None:
    with pytest.raises(BadInput):
        BookingRules(deposit=rule, deposit_minor=minor)
