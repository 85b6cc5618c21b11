"""Predicted stays: the history of a site counts more than the statements of drivers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planning import QUANTILES, PastVisit, StayPredictor, Visit, backtest_stays

MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)


def visit(day: int, *, driver: str | None = None, says_h: float | None = 4.0, says_wh: float | None = 9000.0) -> Visit:
    start = MONDAY + timedelta(days=day)
    return Visit(start, driver, start + timedelta(hours=says_h) if says_h else None, says_wh)


def past(day: int, hours: float, **said: object) -> PastVisit:
    return PastVisit(visit(day, **said), MONDAY + timedelta(days=day, hours=hours), 1000.0 * hours)  # type: ignore[arg-type]


def middle_h(experience: StayPredictor, now: Visit, at: datetime | None = None) -> float:
    expected = experience.expect(now, 0.0, at or now.start)
    assert expected is not None
    return (expected.leaves[QUANTILES // 2] - now.start).total_seconds() / 3600


TWO_KINDS = StayPredictor(
    [past(day, hours, says_h=says_h) for day in range(0, 70, 7) for hours, says_h in ((9.0, 5.0), (1.0, 2.5)) for _ in "ab"], "UTC"
)


def test_too_few_past_stays_give_no_prediction() -> None:
    assert StayPredictor([], "UTC").expect(visit(21), 0.0, MONDAY) is None
    assert StayPredictor([past(day, 9.0) for day in range(20)], "UTC").expect(visit(21), 0.0, MONDAY) is None


def test_a_stay_is_predicted_from_past_stays_with_similar_statements() -> None:
    assert middle_h(TWO_KINDS, visit(77, says_h=5.0)) == 9.0
    assert middle_h(TWO_KINDS, visit(77, says_h=2.5)) == 1.0


def test_a_prediction_excludes_past_stays_already_exceeded() -> None:
    now = visit(77, says_h=2.5)
    assert middle_h(TWO_KINDS, now, now.start + timedelta(hours=2)) == 9.0


def test_a_drivers_own_history_counts_more_than_the_statement() -> None:
    drivers = [past(day, 9.0 if who == "ann" else 1.0, driver=who) for day in range(0, 140, 7) for who in ("ann", "bob")]
    assert middle_h(StayPredictor(drivers, "UTC"), visit(147, driver="ann")) == 9.0


def test_without_a_statement_past_stays_at_the_same_hour_predict() -> None:
    silent = [past(day, 6.0, says_h=None, says_wh=None) for day in range(0, 140, 7)]
    spoken = [past(day, 1.0) for day in range(0, 140, 7)]
    assert middle_h(StayPredictor(silent + spoken, "UTC"), visit(147, says_h=None, says_wh=None)) == 6.0


def test_a_stay_longer_than_all_past_ones_has_no_prediction() -> None:
    now = visit(77)
    assert TWO_KINDS.expect(now, 0.0, now.start + timedelta(hours=10)) is None


def test_energy_is_predicted_from_similar_stays_that_had_taken_at_least_as_much() -> None:
    now = visit(77, says_h=2.5)
    needs = [expected.need_wh for had in (0.0, 5000.0) if (expected := TWO_KINDS.expect(now, had, now.start))]
    assert needs == [1000.0, 9000.0]
    assert TWO_KINDS.expect(now, 9000.0, now.start) is None


@pytest.mark.parametrize("says_wh", [None, 1.0, 1e5])
@given(gone_h=st.floats(0, 8.9), says_h=st.one_of(st.none(), st.floats(0.01, 300)))
@settings(max_examples=25)
def test_predicted_departures_lie_ahead_and_are_sorted(gone_h: float, says_h: float | None, says_wh: float | None) -> None:
    now = visit(77, says_h=says_h, says_wh=says_wh)
    at = now.start + timedelta(hours=gone_h)
    expected = TWO_KINDS.expect(now, 0.0, at)
    assert expected is not None
    assert list(expected.leaves) == sorted(expected.leaves)
    assert all(one > at for one in expected.leaves)


@pytest.mark.parametrize(("says_h", "better"), [(4.0, True), (9.0, False)], ids=["wrong words", "true words"])
def test_a_prediction_is_backtested_on_the_later_half_of_three_weeks_of_stays(says_h: float, better: bool) -> None:
    """Stays of nine or ten hours; the statements of drivers are far off, or nearly right."""
    stays = [past(day, 9.0 + (car % 2) / 10, says_h=says_h, says_wh=9000.0) for day in range(21) for car in range(6)]
    assert backtest_stays(stays, "UTC", MONDAY + timedelta(days=22))[0] is better


def test_with_too_few_stays_the_statements_of_drivers_are_used() -> None:
    assert backtest_stays([], "UTC", MONDAY) == (False, False)
    assert backtest_stays([past(day, 9.0) for day in range(30)], "UTC", MONDAY + timedelta(days=31)) == (False, False)
