"""Bank lines and their matched ledger entries: the missing amount is always the remainder."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import Money
from forecourt.settlement import BankLine, StoredLine, add_matches, line_id, remove_match
from money_world import NOON, OPERATOR
from settlement.test_bank_lines import DAY, move

AMOUNTS = st.integers(-900, 900).filter(bool)


@given(AMOUNTS, st.lists(st.lists(AMOUNTS, min_size=1, max_size=3), min_size=1, max_size=3), st.data())
def test_the_missing_amount_of_a_bank_line_is_its_amount_less_its_matched_entries(
    amount: int, steps: list[list[int]], data: st.DataObject
) -> None:
    line = BankLine(line_id("A", amount), "A", DAY, Money(amount, "EUR"), "text")
    kept, has = StoredLine(line, OPERATOR, "reader", NOON, to_review=4), dict[int, int]()
    for step, minors in enumerate(steps):
        moves = [move(10 * step + at, minor) for at, minor in enumerate(minors)]
        kept = add_matches(kept, moves, f"match {step}", f"person {step}", NOON + timedelta(hours=step))
        has |= {one.position: one.minor for one in moves}
        assert (kept.note, kept.by, kept.at, kept.to_review) == (f"match {step}", f"person {step}", NOON + timedelta(hours=step), 0)
        if data.draw(st.booleans()):
            gone = data.draw(st.sampled_from(sorted(has)))
            kept = remove_match(kept, gone, has.pop(gone), "taken back")
            assert kept.note == "taken back"
        assert (kept.line, kept.positions) == (line, tuple(has))
        assert kept.missing == Money(amount - sum(has.values()), "EUR") and kept.open is (sum(has.values()) != amount)
