"""The rules of the prepaid balance, whatever the amounts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId, PaymentId
from forecourt.payments import (
    AutoTopUp,
    Captured,
    Declined,
    Payer,
    Payment,
    Prepaid,
    Released,
    TopUp,
    Unknown,
    WalletRules,
    begin_top_up,
    begin_top_up_at_page,
    check_auto_top_up,
    check_same_amount,
    check_top_up,
    due_auto_top_up,
    pause_auto_top_up,
    split_refund,
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
def test_a_refund_of_a_balance_is_split_over_its_top_ups_and_never_exceeds_them(loads: list[tuple[int, int]], wanted: int) -> None:
    top_ups = [loaded(number, max(pair), min(pair)) for number, pair in enumerate(loads)]
    can = sum(one.captured.minor for one in top_ups)
    if wanted > can:
        with pytest.raises(Exception, match="cannot be refunded"):
            split_refund(top_ups, eur(wanted))
    else:
        shares = split_refund(top_ups, eur(wanted))
        assert sum(share.minor for _, share in shares) == wanted
        assert all(0 < share.minor <= one.captured.minor for one, share in shares)
        assert len({one.id for one, _ in shares}) == len(shares)


def test_a_refund_goes_to_the_newest_top_up_of_its_currency_first() -> None:
    dollars = replace(loaded(3, 900), currency="USD", state=Captured(Money(900, "USD"), "p", NOW, Money.zero("USD")))
    old, new = loaded(1, 1000, hours=9), loaded(2, 800, hours=2)
    assert split_refund([dollars, old, new], eur(1000)) == ((new, eur(800)), (old, eur(200)))


@given(minor, minor, minor)
def test_a_charge_never_spends_more_than_the_balance_less_other_holds(balance: int, others: int, hold: int) -> None:
    spendable = Prepaid(eur(balance), eur(others + hold)).spendable(eur(hold)).minor
    assert 0 <= spendable <= balance
    if balance >= others + hold:
        assert hold <= spendable <= balance - others


@given(minor, st.lists(st.tuples(st.integers(1, 9000), st.floats(0, 48)), max_size=4))
def test_an_automatic_top_up_follows_its_threshold_and_daily_maximum(balance: int, before: list[tuple[int, float]]) -> None:
    auto = AutoTopUp(OPERATOR, DRIVER, eur(1000), eur(2500))
    top_ups = [loaded(number, amount, hours=hours) for number, (amount, hours) in enumerate(before)]
    due = due_auto_top_up(auto, RULES, Prepaid(eur(balance), eur(0)), top_ups, NOW)
    today = sum(amount for amount, hours in before if hours < 24)
    assert (due is not None) == (balance < 1000 and today + 2500 <= RULES.auto_most.minor)


def test_automatic_top_ups_never_exceed_the_maximum_balance() -> None:
    auto, room = AutoTopUp(OPERATOR, DRIVER, eur(1000), eur(2500)), RULES.most_balance - eur(2500)
    assert due_auto_top_up(auto, RULES, Prepaid(room, eur(0), spent=room), [], NOW) == eur(2500)
    assert due_auto_top_up(auto, RULES, Prepaid(room + eur(1), eur(0), spent=room), [], NOW) is None


def test_pending_top_ups_count_towards_the_maximum_balance() -> None:
    coming = begin_top_up(Payer(OPERATOR, DRIVER, "pm_1"), PaymentId(UUID(int=9)), eur(25_000), TopUp.DRIVER, NOW).payment
    check_top_up(eur(25_000), RULES, Prepaid(eur(0), eur(0)), [coming])
    with pytest.raises(BadInput) as refused:
        check_top_up(eur(25_000), RULES, Prepaid(eur(1), eur(0)), [coming])
    assert refused.value.code == "top_up_most"


@pytest.mark.parametrize(("amount", "balance"), [(999, 0), (25_001, 0), (10_000, 45_000)])
def test_top_ups_outside_the_operators_bounds_are_refused(amount: int, balance: int) -> None:
    with pytest.raises(BadInput):
        check_top_up(eur(amount), RULES, Prepaid(eur(balance), eur(0)), [])
    check_top_up(eur(1000), RULES, Prepaid(eur(0), eur(0)), [])
    with pytest.raises(BadInput, match="not USD"):
        check_top_up(Money(1000, "USD"), RULES, Prepaid(eur(0), eur(0)), [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"most_balance": Money(50_000, "USD")}, "wallet_currency"),
        ({"least_load": eur(0)}, "wallet_least"),
        ({"least_start": eur(0)}, "wallet_least"),
        ({"least_load": eur(25_001)}, "wallet_most"),
        ({"most_load": eur(50_001)}, "wallet_most"),
        ({"auto_most": eur(-1)}, "wallet_auto"),
    ],
)
def test_wallet_rules_that_allow_no_top_up_are_refused(changes: dict[str, Money], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        replace(RULES, **changes)
    assert refused.value.code == code
    one = eur(1)
    assert WalletRules(one, one, one, one, eur(0)).least_load == one


AUTO = AutoTopUp(OPERATOR, DRIVER, eur(1000), eur(2500))


@pytest.mark.parametrize(
    ("threshold", "amount", "code"),
    [
        (1, 1000, None),
        (35_000, 15_000, None),  # together the most a balance may hold, and what a day may take
        (1000, 999, "top_up_amount"),
        (1000, 15_001, "top_up_amount"),
        (0, 2500, "top_up_threshold"),
        (35_001, 15_000, "top_up_threshold"),
    ],
)
def test_an_automatic_top_up_that_could_never_happen_is_refused(threshold: int, amount: int, code: str | None) -> None:
    wish = replace(AUTO, threshold=eur(threshold), amount=eur(amount))
    if code is None:
        check_auto_top_up(wish, RULES)
    else:
        with pytest.raises(BadInput) as refused:
            check_auto_top_up(wish, RULES)
        assert refused.value.code == code
    for other in (replace(wish, amount=Money(amount, "USD")), replace(wish, threshold=Money(threshold, "USD"))):
        with pytest.raises(BadInput, match="The balance is in"):
            check_auto_top_up(other, RULES)


def test_a_daily_maximum_below_the_smallest_top_up_allows_no_automatic_top_up() -> None:
    with pytest.raises(BadInput) as refused:
        check_auto_top_up(replace(AUTO, amount=eur(1000)), replace(RULES, auto_most=eur(999)))
    assert refused.value.code == "top_up_amount"


def test_the_daily_maximum_covers_24_hours_and_ignores_manual_top_ups() -> None:
    low = Prepaid(eur(999), eur(0))
    for top_ups, due in (
        ([loaded(1, 12_501, hours=23.99)], None),
        ([loaded(1, 12_501, hours=24)], eur(2500)),
        ([replace(loaded(1, 12_501), top_up=TopUp.DRIVER)], eur(2500)),
        ([loaded(1, 12_500)], eur(2500)),
    ):
        assert due_auto_top_up(AUTO, RULES, low, top_ups, NOW) == due
    assert due_auto_top_up(AUTO, RULES, Prepaid(eur(1000), eur(0)), [], NOW) is None


def test_no_automatic_top_up_happens_while_disabled_paused_or_pending() -> None:
    low, coming = (
        Prepaid(eur(0), eur(0)),
        begin_top_up(Payer(OPERATOR, DRIVER, "pm_1"), PaymentId(UUID(int=9)), eur(1), TopUp.AUTO, NOW).payment,
    )
    stopped = pause_auto_top_up(AUTO, "card_declined", NOW)
    assert (stopped.paused_at, stopped.paused_why) == (NOW, "card_declined")
    assert pause_auto_top_up(stopped, "again", NOW + timedelta(days=1)) == stopped
    for wish, top_ups in ((replace(AUTO, on=False), []), (stopped, []), (AUTO, [coming])):
        assert due_auto_top_up(wish, RULES, low, top_ups, NOW) is None
    assert due_auto_top_up(AUTO, RULES, Prepaid(Money(0, "USD"), Money(0, "USD")), [], NOW) is None
    by_driver = [begin_top_up(Payer(OPERATOR, DRIVER, "pm_1"), coming.id, eur(amount), TopUp.DRIVER, NOW).payment for amount in (999, 1000)]
    assert [due_auto_top_up(AUTO, RULES, low, [one], NOW) for one in by_driver] == [eur(2500), None], "what is coming is as good as there"
    dollars = begin_top_up(Payer(OPERATOR, DRIVER, "pm_1"), coming.id, Money(1, "USD"), TopUp.AUTO, NOW).payment
    assert due_auto_top_up(AUTO, RULES, low, [dollars], NOW) == eur(2500)


def test_a_repeated_top_up_request_is_the_same_and_one_with_another_amount_is_refused() -> None:
    payer, number = Payer(OPERATOR, DRIVER, "pm_1"), PaymentId(UUID(int=9))
    asked = [
        begin_top_up(payer, number, eur(700), TopUp.DRIVER, NOW).payment,
        begin_top_up_at_page(payer, number, eur(700), False, NOW).payment,
    ]
    unknown = replace(asked[0], state=Unknown(asked[0].state, NOW, "timeout"))  # type: ignore[arg-type]
    for one in (*asked, unknown, loaded(1, 700), loaded(1, 700, 700), replace(asked[0], state=Declined(eur(700), NOW, "no"))):
        check_same_amount(one, eur(700))
        with pytest.raises(Conflict) as refused:
            check_same_amount(one, eur(701))
        assert refused.value.code == "wish_taken"
    check_same_amount(replace(asked[1], state=Released(NOW, "not put up")), eur(5))


@given(minor, minor)
def test_the_available_balance_excludes_holds_and_is_never_negative(balance: int, held: int) -> None:
    assert Prepaid(eur(balance), eur(held)).available.minor == max(0, balance - held)
    assert Prepaid(eur(-1 - balance), eur(held)).spendable(eur(0)) == eur(0), "a bank took a top-up back that was spent"


@pytest.mark.parametrize(("currency", "least"), [("EUR", 1000), ("JPY", 1000), ("KWD", 10_000)])
def test_the_default_wallet_rules_fit_every_currency(currency: str, least: int) -> None:
    rules = WalletRules.usual(currency)
    amounts = (rules.least_load, rules.least_start, rules.auto_most, rules.most_load, rules.most_balance)
    assert amounts == tuple(Money(least * tenths // 10, currency) for tenths in (10, 5, 150, 250, 500))
