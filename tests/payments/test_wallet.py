"""The rules of the prepaid balance, whatever the amounts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, DriverId, Money, OperatorId, PaymentId
from forecourt.payments import (
    AutoTopUp,
    Captured,
    Payer,
    Payment,
    Prepaid,
    TopUp,
    WalletRules,
    check_load,
    due_load,
    load,
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


def test_a_return_goes_to_the_newest_top_up_of_its_currency_first() -> None:
    dollars = replace(loaded(3, 900), currency="USD", state=Captured(Money(900, "USD"), "p", NOW, Money.zero("USD")))
    old, new = loaded(1, 1000, hours=9), loaded(2, 800, hours=2)
    assert shares_of_return([dollars, old, new], eur(1000)) == ((new, eur(800)), (old, eur(200)))


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


def test_a_balance_never_passes_its_most_by_itself_not_even_while_it_is_being_spent() -> None:
    auto, room = AutoTopUp(OPERATOR, DRIVER, eur(1000), eur(2500)), RULES.most_balance - eur(2500)
    assert due_load(auto, RULES, Prepaid(room, eur(0), spent=room), [], NOW) == eur(2500)
    assert due_load(auto, RULES, Prepaid(room + eur(1), eur(0), spent=room), [], NOW) is None


def test_what_is_on_its_way_counts_as_if_it_were_there() -> None:
    coming = load(Payer(OPERATOR, DRIVER, "pm_1"), PaymentId(UUID(int=9)), eur(25_000), TopUp.DRIVER, NOW).payment
    check_load(eur(25_000), RULES, Prepaid(eur(0), eur(0)), [coming])
    with pytest.raises(BadInput) as refused:
        check_load(eur(25_000), RULES, Prepaid(eur(1), eur(0)), [coming])
    assert refused.value.code == "top_up_most"


@pytest.mark.parametrize(("amount", "balance"), [(999, 0), (25_001, 0), (10_000, 45_000)])
def test_the_operators_bounds_hold(amount: int, balance: int) -> None:
    with pytest.raises(BadInput):
        check_load(eur(amount), RULES, Prepaid(eur(balance), eur(0)), [])
    check_load(eur(1000), RULES, Prepaid(eur(0), eur(0)), [])


@pytest.mark.parametrize(("currency", "least"), [("EUR", 1000), ("JPY", 1000), ("KWD", 10_000)])
def test_the_usual_rules_fit_every_currency(currency: str, least: int) -> None:
    assert WalletRules.usual(currency).least_load == Money(least, currency)
