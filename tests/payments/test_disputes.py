"""Disputed payments: whatever the verdict, the amount is on one account."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import Money, PaymentId, TokenUid
from forecourt.ledger import CLEARING, DISPUTED, WRITE_OFF, Account, wallet
from forecourt.payments import Captured, Dispute, DisputeRecord, DisputeState, Payment, TopUp, update_dispute
from money_world import CARD_DRIVER, NOON, OPERATOR

ZERO, AMOUNT = Money(0, "EUR"), Money(700, "EUR")


def payment(top_up: TopUp | None) -> Payment:
    return Payment(PaymentId(UUID(int=60)), OPERATOR, CARD_DRIVER, "pm_1", "EUR", NOON, Captured(AMOUNT, "p", NOON, ZERO), top_up=top_up)


def record(state: DisputeState, minute: int) -> DisputeRecord:
    return DisputeRecord("dp_1", state.value, AMOUNT, ZERO, "fraudulent", NOON, NOON + timedelta(minutes=minute))


@given(st.sampled_from([None, TopUp.DRIVER]), st.lists(st.sampled_from(DisputeState), min_size=1, max_size=8), st.integers(0, 99))
def test_a_disputed_amount_is_on_one_account_whatever_is_decided_or_repeated(
    top_up: TopUp | None, told: list[DisputeState], late: int
) -> None:
    """For a top-up the driver's balance bears it until it is won. After every step an older record is repeated."""
    known: Dispute | None = None
    books, keys, where = Counter[Account](), set[str](), CLEARING
    for minute, state in enumerate(told):
        older = late % (minute + 1)
        for news in (record(state, minute), record(told[older], older)):
            moved = update_dispute(known, payment(top_up), news, NOON)
            known = moved.dispute
            for txn in moved.txns:
                assert txn.key not in keys
                keys.add(txn.key)
                books.update({entry.account: entry.minor for entry in txn.entries})
        where = {DisputeState.WON: CLEARING, DisputeState.LOST: WRITE_OFF}.get(state, DISPUTED)
        where = wallet(CARD_DRIVER) if top_up and where is not CLEARING else where
        assert known is not None and known.state is state and known.open == (state not in (DisputeState.WON, DisputeState.LOST))
        assert known.withheld == (ZERO if state is DisputeState.WON else AMOUNT)
        assert {one: minor for one, minor in books.items() if minor} == ({} if where is CLEARING else {CLEARING: -700, where: 700})


def test_a_verdict_without_money_movement_is_not_undone_by_an_older_record() -> None:
    """Both have the time at which the dispute began; a later verdict still reverses it."""
    open_one = update_dispute(None, payment(None), record(DisputeState.NEEDS_ANSWER, 0), NOON).dispute
    lost = update_dispute(open_one, payment(None), record(DisputeState.LOST, 0), NOON).dispute
    assert lost.state is DisputeState.LOST
    late = update_dispute(lost, payment(None), record(DisputeState.NEEDS_ANSWER, 0), NOON)
    assert (late.dispute, late.txns, late.changed) == (lost, (), False)
    assert update_dispute(lost, payment(None), record(DisputeState.WON, 1), NOON).dispute.state is DisputeState.WON


def test_a_repeated_verdict_is_not_undone_by_an_older_record_in_between() -> None:
    won = update_dispute(None, payment(None), record(DisputeState.WON, 0), NOON).dispute
    again = update_dispute(won, payment(None), record(DisputeState.WON, 2), NOON)
    assert (again.dispute.changed_at, again.txns) == (NOON + timedelta(minutes=2), ())
    between = update_dispute(again.dispute, payment(None), record(DisputeState.LOST, 1), NOON)
    assert (between.dispute, between.txns, between.changed) == (again.dispute, (), False)


def test_a_new_deadline_or_state_of_a_dispute_is_stored_and_other_facts_are_kept() -> None:
    """The parked amount is what is returned, and blocked cards are known until it is won."""
    first = update_dispute(None, payment(None), record(DisputeState.NEEDS_ANSWER, 0), NOON)
    known = replace(first.dispute, blocked=(TokenUid("04A"),))
    assert first.changed and not update_dispute(known, payment(None), record(DisputeState.NEEDS_ANSWER, 0), NOON).changed
    for state in (DisputeState.NEEDS_ANSWER, DisputeState.UNDER_REVIEW):
        told = replace(record(state, 0), answer_by=NOON + timedelta(days=9), fee=Money(1500, "EUR"), amount=Money(600, "EUR"))
        moved = update_dispute(known, payment(None), told, NOON)
        assert moved.changed and moved.dispute == replace(known, state=state, answer_by=told.answer_by, fee=told.fee)
    (back,) = update_dispute(known, payment(None), replace(record(DisputeState.WON, 5), amount=Money(600, "EUR")), NOON).txns
    assert [one.amount for one in back.postings] == [AMOUNT]
