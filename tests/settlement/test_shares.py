"""Shares sum to the whole; the processor's payouts are booked once."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import Invoice, credit_amount, creditable_amount, issue
from forecourt.kernel import BadInput, DocumentId, Money, PaymentId
from forecourt.ledger import AT_PROCESSOR, BANK, CLEARING, FEES, Account, Txn, redate_closed
from forecourt.payments import ClearingLine, Payer, Payment, RowKind, begin_charge
from forecourt.settlement import (
    ShareRule,
    clearing_txn,
    fee_txn,
    payout_txn,
    payouts_in,
    reverse_shares,
    share_key,
    shares_to_post,
    split_net,
)
from money_world import CARD_DRIVER, NOON, OPERATOR, C, P, invoice

SHARES = st.lists(st.decimals("0.01", "30", places=2), max_size=3)


@given(SHARES, st.integers(0, 90_000), st.integers(1, 200))
def test_revenue_shares_sum_to_the_net_amount(percents: list[Decimal], energy_wh: int, idle_min: int) -> None:
    made = invoice(None, (C, 60, energy_wh), (P, idle_min, 0))
    sharing = split_net(made, [ShareRule(f"host {index}", percent) for index, percent in enumerate(percents)], NOON)
    assert sum(payout.amount.minor for payout in sharing.payouts) + sharing.kept.minor == made.net.minor
    assert sharing.txn is None or sum(entry.minor for entry in sharing.txn.entries) == 0


def test_of_equal_shares_the_remaining_cent_goes_to_the_largest_fraction() -> None:
    rules = [ShareRule("a", Decimal("33.33")), ShareRule("b", Decimal("33.33"))]
    sharing = split_net(invoice(), rules, NOON)
    assert [payout.amount.minor for payout in sharing.payouts] == [250, 250]
    assert sharing.kept.minor == 250


@given(SHARES, st.lists(st.integers(1, 120), min_size=1, max_size=6))
def test_credit_notes_over_a_whole_invoice_take_back_all_its_shares(percents: list[Decimal], parts: list[int]) -> None:
    first, rules = invoice(), [ShareRule(f"host {index}", percent) for index, percent in enumerate(percents)]
    notes: list[Invoice] = []
    while left := creditable_amount(first, notes):
        part = credit_amount(first, notes, min(left, Money(parts[len(notes)], "EUR") if len(notes) < len(parts) else left), "x")
        notes.append(issue(part, DocumentId(UUID(int=900 + len(notes))), len(notes) + 1, NOON))
    sharings = [split_net(first, rules, NOON)]
    for note in notes:
        sharings.append(reverse_shares(note, sharings, rules, NOON))
        assert all(one.amount.minor <= 0 for one in sharings[-1].payouts) and sharings[-1].kept.minor <= 0
    for payouts in zip(*(one.payouts for one in sharings), strict=True):
        assert sum(one.amount.minor for one in payouts) == 0
    assert len({one.txn.key for one in sharings if one.txn}) == sum(one.txn is not None for one in sharings)


@given(st.lists(st.booleans(), max_size=6))
def test_a_revenue_share_is_booked_exactly_while_its_invoice_is_paid(earned: list[bool]) -> None:
    """Paid, returned and paid again, with entries of separate keys, none dated before an earlier one."""
    made, posted = invoice(), list[Txn]()
    sharing = split_net(made, [ShareRule("a", Decimal(40)), ShareRule("b", Decimal(5))], NOON)
    for number, there in enumerate(earned):
        if txn := shares_to_post(made, sharing, there, posted, NOON + timedelta(days=number)):
            assert not posted or txn.at == NOON + timedelta(days=number)
            assert ("came back" in txn.text) is not there and txn.about is None
            posted.append(redate_closed(txn, txn.at + timedelta(hours=1)))
        paid = Counter[str]()
        for one in posted:
            paid.update({payout.partner: payout.amount.minor for payout in payouts_in(one)})
        assert {name: minor for name, minor in paid.items() if minor} == (
            {one.partner: one.amount.minor for one in sharing.payouts} if there else {}
        )
        assert shares_to_post(made, sharing, there, posted, NOON) is None
    assert len({one.key for one in posted}) == len(posted) and all(one.key.startswith(share_key(made)) for one in posted)


@pytest.mark.parametrize("rules", [[("a", "60"), ("b", "41")], [("a", "1"), ("a", "1")]])
def test_shares_over_100_percent_or_of_a_duplicate_partner_are_refused(rules: list[tuple[str, str]]) -> None:
    with pytest.raises(BadInput):
        split_net(invoice(), [ShareRule(name, Decimal(percent)) for name, percent in rules], NOON)


@pytest.mark.parametrize("percent", ["0", "-1", "100.01"])
def test_a_share_may_be_up_to_100_percent(percent: str) -> None:
    assert not split_net(invoice(), [ShareRule("a", Decimal(100))], NOON).kept
    with pytest.raises(BadInput):
        ShareRule("a", Decimal(percent))


def payment() -> Payment:
    return begin_charge(
        Payer(OPERATOR, CARD_DRIVER, "pm_1"), PaymentId(UUID(int=60)), DocumentId(UUID(int=70)), None, Money(1000, "EUR"), NOON
    ).payment


def line(gross: int, fee: int, currency: str = "EUR") -> ClearingLine:
    return ClearingLine("clr_1", payment().id, Money(gross, currency), Money(fee, currency), NOON + timedelta(days=1))


def moved_by(txn: Txn) -> Counter[Account]:
    moved = Counter[Account]()
    for entry in txn.entries:
        moved[entry.account] += entry.minor
    return moved


@pytest.mark.parametrize(("gross", "fee"), [(1000, 24), (-500, 0), (10, 10), (1000, 0)])
def test_a_clearing_row_is_booked_from_clearing_to_the_processor_balance_and_fees(gross: int, fee: int) -> None:
    wanted = Counter({CLEARING: -gross, AT_PROCESSOR: gross - fee, FEES: fee})
    assert moved_by(clearing_txn(payment(), line(gross, fee))) == wanted


def test_a_clearing_row_that_fits_no_payment_is_refused() -> None:
    with pytest.raises(BadInput):
        clearing_txn(payment(), line(1000, 24, "USD"))
    with pytest.raises(BadInput):
        clearing_txn(payment(), replace(line(1000, 24), gross=Money(1000, "USD")))
    with pytest.raises(BadInput):
        clearing_txn(payment(), line(0, 0))
    with pytest.raises(BadInput):
        clearing_txn(payment(), replace(line(1000, 24), payment_id=PaymentId(UUID(int=61))))
    with pytest.raises(BadInput):
        clearing_txn(payment(), replace(line(1000, 24), fee=Money(24, "USD")))


def test_fees_and_payouts_are_booked_to_their_accounts_and_zero_ones_refused() -> None:
    fee, payout = replace(line(-30, 0), kind=RowKind.FEE), replace(line(-970, 0), kind=RowKind.PAYOUT, payout="po_1")
    assert moved_by(fee_txn(OPERATOR, fee)) == {AT_PROCESSOR: -30, FEES: 30}
    assert moved_by(payout_txn(OPERATOR, payout)) == {AT_PROCESSOR: -970, BANK: 970}
    assert moved_by(payout_txn(OPERATOR, replace(payout, fee=Money(5, "EUR")))) == {AT_PROCESSOR: -975, BANK: 970, FEES: 5}
    back = payout_txn(OPERATOR, replace(payout, gross=Money(970, "EUR"), kind=RowKind.RETURNED))
    assert (moved_by(back), payout_txn(OPERATOR, payout).text, back.text) == (
        {AT_PROCESSOR: 970, BANK: -970},
        "Paid out by the processor po_1",
        "A payout came back to the processor",
    )
    for books, wrong in ((fee_txn, payout), (fee_txn, replace(fee, gross=Money(0, "EUR"))), (payout_txn, fee)):
        with pytest.raises(BadInput):
            books(OPERATOR, wrong)
    with pytest.raises(BadInput):
        payout_txn(OPERATOR, payout, Money(0, "EUR"))
