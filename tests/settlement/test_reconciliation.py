"""Booked payments and refunds, compared with the rows of the processor's clearing file."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import Money, PaymentId
from forecourt.ledger import AT_PROCESSOR, CLEARING, Posting, Txn, receivable
from forecourt.payments import ClearingLine
from forecourt.settlement import Mismatch, payment_discrepancies
from money_world import CARD_DRIVER, NOON, OPERATOR

ID, WEEKS = PaymentId(UUID(int=60)), NOON + timedelta(days=30)
Move = tuple[str, bool, int, int]


def txn(move: Move, number: int = 0) -> Txn:
    """side: money in or out; told: by a row of the file; minor; the hour in which it happened."""
    side, told, minor, hour = move
    other = AT_PROCESSOR if told else receivable(CARD_DRIVER)
    pair = (other, CLEARING) if (side == "in") is not told else (CLEARING, other)
    key = f"cleared/{number}" if told else f"capture/{number}"
    return Txn(key, OPERATOR, NOON + timedelta(hours=hour), "x", ID, (Posting(*pair, Money(minor, "EUR")),))


def left(moves: Sequence[Move], others: Sequence[Move]) -> list[Move]:
    """Struck out against the others by amount, the oldest first."""
    found, gone = [], [move[2] for move in others]
    for move in sorted(moves, key=lambda move: move[3]):
        if move[2] in gone:
            gone.remove(move[2])
        else:
            found.append(move)
    return found


MOVES = st.lists(st.tuples(st.sampled_from(["in", "out"]), st.booleans(), st.integers(1, 3), st.integers(0, 99)), min_size=1, max_size=9)


@given(MOVES)
def test_discrepancies_are_what_remains_after_pairing_equal_amounts(moves: list[Move]) -> None:
    found = {one.subject: one for one in payment_discrepancies([txn(move, n) for n, move in enumerate(moves)], (), WEEKS)}
    for side, sign in (("in", 1), ("out", -1)):
        ours, theirs = ([move for move in moves if move[:2] == (side, told)] for told in (False, True))
        doubt = found.pop(f"{ID}/{side}", None)
        if sum(move[2] for move in ours) == sum(move[2] for move in theirs):
            assert doubt is None
            continue
        booked, told = left(ours, theirs), left(theirs, ours)
        assert doubt is not None and doubt.payment_id == ID
        assert doubt.kind is (Mismatch.AMOUNT if booked and told else Mismatch.MISSING if booked else Mismatch.UNBOOKED)
        assert doubt.booked == (Money(sign * sum(move[2] for move in booked), "EUR") if booked else None)
        assert doubt.reported == (Money(sign * sum(move[2] for move in told), "EUR") if told else None)
        assert doubt.since == NOON + timedelta(hours=min(move[3] for move in booked or told))
    assert not found


@pytest.mark.parametrize(("told", "waits"), [(False, timedelta(days=5)), (True, timedelta(hours=6))])
def test_missing_rows_are_reported_after_days_and_unexpected_ones_after_hours(told: bool, waits: timedelta) -> None:
    """Booked payments count from the oldest: its row must have arrived by then."""
    moves = [txn(("in", told, 5, 0)), txn(("in", told, 6, 9), 1)]
    since = NOON + timedelta(hours=9 if told else 0) + waits
    assert not payment_discrepancies(moves, (), since - timedelta(seconds=1)) and payment_discrepancies(moves, (), since)


def test_an_unbooked_clearing_row_explains_the_missing_amount_on_its_side() -> None:
    moves = [txn(("in", False, 5, 0)), txn(("out", False, 2, 0), 1)]
    for gross, explained in ((500, "in"), (-500, "out")):
        row = ClearingLine("clr_1", ID, Money(gross, "CHF"), Money(0, "CHF"), NOON)
        assert [one.subject for one in payment_discrepancies(moves, [row], WEEKS)] == [f"{ID}/{'out' if explained == 'in' else 'in'}"]
