"""A loop is continuous while its turns complete without a gap."""

from datetime import UTC, datetime, timedelta

from forecourt.jobs.continuity import Continuity

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def after(*completed: float) -> Continuity:
    continuity = Continuity(timedelta(minutes=5))
    for minute in completed:
        continuity.completed(at(minute))
    return continuity


def test_a_loop_is_continuous_from_its_first_turn() -> None:
    assert after().unbroken_since(at(7)) == at(7)
    assert after(0, 4, 9).unbroken_since(at(14)) == at(0)


def test_a_gap_or_failed_turns_break_the_continuity_of_a_loop() -> None:
    assert after(0, 4).unbroken_since(at(9.1)) == at(9.1)
    assert after(0, 4, 20, 24).unbroken_since(at(28)) == at(20)
