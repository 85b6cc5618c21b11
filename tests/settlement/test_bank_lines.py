"""Matching bank lines with ledger entries: by reference, exact amount and date; payouts also by amount alone."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from forecourt.kernel import Money
from forecourt.ledger import BANK, OTHER_BOOKS, Posting, Txn
from forecourt.settlement import BankLine, BankMove, line_id, match_line
from money_world import OPERATOR

DAY = date(2026, 6, 1)


def move(position: int, minor: int = 500, days: int = 0, key: str = "transfer") -> BankMove:
    at = datetime.combine(DAY + timedelta(days=days), time(0), UTC)
    posting = Posting(OTHER_BOOKS, BANK, Money(abs(minor), "EUR"))  # what it moved is told beside it
    return BankMove(position, at.date(), minor, Txn(f"{key}/n{position}", OPERATOR, at, "", UUID(int=position), (posting,)))


def found(text: str, *moves: BankMove) -> int | None:
    line = BankLine(line_id("A", text), "A", DAY, Money(500, "EUR"), text)
    chosen = match_line(line, moves, lambda txn: (txn.key.replace("/", "-"), "another of its names"))
    return chosen.position if chosen else None


def test_a_referenced_entry_matches_only_with_its_exact_amount() -> None:
    assert found("transfer-n1", move(1)) == 1
    assert [found("transfer-n1", move(1, minor)) for minor in (499, 501, -500)] == [None] * 3


def test_of_several_referenced_entries_the_nearest_in_time_matches() -> None:
    named = "transfer-n1 transfer-n2 transfer-n3"
    assert found(named, move(1, days=-3), move(2, days=2), move(3, days=9)) == 2
    assert found(named, move(2, days=2), move(1, days=-2)) == 1


def test_an_entry_more_than_ninety_days_away_does_not_match() -> None:
    assert [found("transfer-n1", move(1, days=days)) for days in (-91, -90, 90, 91)] == [None, 1, 1, None]


def test_a_bank_line_without_a_reference_matches_only_the_oldest_recent_payout_of_its_amount() -> None:
    assert found("STRIPE", move(1, days=-5), move(2, days=2, key="payout"), move(3, days=-2, key="payout")) == 3
    assert [found("STRIPE", move(1, days=days, key="payout")) for days in (-11, -10, 10, 11)] == [None, 1, 1, None]
    assert found("STRIPE for INV-2026-000001", move(1, key="payout")) is None


def test_a_reference_of_less_than_five_characters_matches_nothing() -> None:
    line = BankLine(line_id("A"), "A", DAY, Money(1, "EUR"), "Rent of 2026")
    assert not line.names("2026") and not line.names("r-e-n-t") and line.names("RENT O") and line.names("RENT OF")
