"""The rules of the prepaid balance, whatever the amounts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, DriverId, Money, OperatorId, PaymentId
from forecourt.payments import (
    AutoTopUp,
    Captured,
    Payment,
    Prepaid,
    TopUp,
    WalletRules,
    check_load,
    due_load,
    shares_of_return,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
OPERATOR, DRIVER = OperatorId(UUID(int=1)), DriverId(UUID(int=2))
RULES = WalletRules.usual("EUR")
minor = st.integers(0, 60_000)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def loaded(number: int, taken: int, returned: int = 0, hours: float = 1) -> Payment:
    at = NOW - timedelta(hours=hours)
    state = Captured(eur(taken), "p", at, eur(returned))
    return Payment(PaymentId(UUID(int=number)), OPERATOR, DRIVER, "pm_1", "EUR", at, state, top_up=TopUp.AUTO)


@given(st.lists(st.tuples(st.integers(1, 9000), st.integers(0, 9000)), max_size=6), st.integers(1, 20_000))
def test_a_return_is_split_over_what_top_ups_can_give_and_never_more(loads: list[tuple[int, int]], wanted: int) -> None:
    top_ups = [loaded(number, max(pair), min(pair)) for number, pair in enumerate(loads)]
    can = sum(one.captured.minor for one in top_ups)
    if wanted > can:
        with pytest.raises(Exception, match="cannot go back"):
            shares_of_return(top_ups, eur(wanted))
    else:
        shares = shares_of_return(top_ups, eur(wanted))
        assert sum(share.minor for _, share in shares) == wanted
        assert all(0 < share.minor <= one.captured.minor for one, share in shares)
        assert len({one.id for one, _ in shares}) == len(shares)


@given(minor, minor, minor)
def test_a_charge_never_takes_what_is_not_there_or_what_others_hold(balance: int, others: int, hold: int) -> None:
    spendable = Prepaid(eur(balance), eur(others + hold)).spendable(eur(hold)).minor
    assert 0 <= spendable <= balance
    if balance >= others + hold:
        assert hold <= spendable <= balance - others


@given(minor, st.lists(st.tuples(st.integers(1, 9000), st.floats(0, 48)), max_size=4))
def test_an_automatic_top_up_keeps_to_threshold_and_day(balance: int, before: list[tuple[int, float]]) -> None:
    auto = AutoTopUp(OPERATOR, DRIVER, eur(1000), eur(2500))
    top_ups = [loaded(number, amount, hours=hours) for number, (amount, hours) in enumerate(before)]
    due = due_load(auto, RULES, Prepaid(eur(balance), eur(0)), top_ups, NOW)
    today = sum(amount for amount, hours in before if hours < 24)
    assert (due is not None) == (balance < 1000 and today + 2500 <= RULES.auto_most.minor)


@pytest.mark.parametrize(("amount", "balance"), [(999, 0), (25_001, 0), (10_000, 45_000)])
def test_the_operators_bounds_hold(amount: int, balance: int) -> None:
    with pytest.raises(BadInput):
        check_load(eur(amount), RULES, Prepaid(eur(balance), eur(0)), [])
    check_load(eur(1000), RULES, Prepaid(eur(0), eur(0)), [])


@pytest.mark.parametrize(("currency", "least"), [("EUR", 1000), ("JPY", 1000), ("KWD", 10_000)])
def test_the_usual_rules_fit_every_currency(currency: str, least: int) -> None:
    assert WalletRules.usual(currency).least_load == Money(least, currency)
