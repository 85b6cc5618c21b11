"""The acceptance test of a socket as a state machine: limits, readings, time, and its result."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.stations import AcceptanceTest, Finding, cancelled, limit_accepted, limit_sent, limits_to_test, reading_received, time_passed

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PILOTS = tuple(range(6, 33))


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def begun(draws_a: float, pilots: tuple[int, ...] = PILOTS) -> AcceptanceTest:
    ids = (UUID(int=number) for number in range(5))
    return AcceptanceTest(*ids, "ops", NOON, limits_to_test(pilots, round(draws_a * 1000)))


def play(test: AcceptanceTest, *limits: tuple[float, ...]) -> AcceptanceTest:
    """For each limit: the amps read every ten seconds after it was accepted."""
    second = 0.0
    for readings in limits:
        test = limit_accepted(limit_sent(test, at(second)), at(second))
        for amps in readings:
            second += 10
            test = reading_received(test, round(amps * 1000), at(second))
    return test


def test_the_acceptance_test_sets_the_lowest_limit_a_higher_one_and_zero() -> None:
    assert begun(16).limits_a == (6, 12, 0)
    assert begun(7).limits_a == (12, 6, 12, 0)
    assert begun(20, (8, 16, 24)).limits_a == (8, 16, 0)
    assert begun(20, (10,)).limits_a == (0, 10, 0)


def test_the_higher_limit_is_tested_first_if_the_car_draws_less_than_two_amps_above_the_lowest() -> None:
    assert [begun(draws).limits_a for draws in (8, 7.999)] == [(6, 12, 0), (12, 6, 12, 0)]
    assert [begun(draws, (10,)).limits_a for draws in (2, 1.999)] == [(0, 10, 0), (10, 0, 10, 0)]
    assert begun(20, (6, 20, 32)).limits_a == (6, 20, 0), "the next one, where none is about twice as high"


@pytest.mark.parametrize(
    ("limits", "amps", "kept"),
    [((), 6.7, True), ((), 6.701, False), (((6,),), 8, True), (((6,),), 7.999, False), (((6,),), 12.7, True), (((6,),), 12.701, False)],
)
def test_a_limit_is_met_within_meter_tolerance_and_a_higher_one_lets_the_car_rise(limits, amps: float, kept: bool) -> None:
    test = play(begun(16), *limits, (amps,))
    assert (test.steps[-1].obeyed_at is not None, test.next_a is not None) == (kept, kept)


def test_the_rise_of_a_car_is_not_timed_and_thirty_seconds_down_are_in_time() -> None:
    assert play(begun(16), (16, 16, 6), (6,) * 9 + (12,), (12, 12, 0)).because == "It kept every limit, within 30 seconds."
    assert play(begun(16), (16,) * 3 + (6,), (12,), (0,)).finding is Finding.LATE


def test_the_test_waits_at_most_ten_minutes_for_power_for_the_higher_limit() -> None:
    test = play(begun(16), (16, 6))
    assert (test.next_a, test.waits_since) == (12, at(20))
    assert time_passed(test, at(619)) == test and time_passed(test, at(620)).finding is Finding.GAVE_UP


def test_a_socket_that_meets_every_limit_obeys() -> None:
    test = play(begun(16), (16, 6), (6, 12), (12, 0.2))
    assert (test.finding, [step.took_s for step in test.steps]) == (Finding.OBEYS, [20, 20, 20])


def test_a_socket_that_needs_more_than_half_a_minute_obeys_late() -> None:
    test = play(begun(16), (16,) * 9 + (6,), (12,), (0,))
    assert (test.finding, test.because) == (Finding.LATE, "It kept every limit, but needed up to 100 seconds.")


def test_a_socket_still_above_its_limit_after_three_minutes_ignores_limits() -> None:
    test = play(begun(16), (16,) * 18)
    assert (test.finding, test.ended_at) == (Finding.IGNORES, at(180))


def test_a_socket_that_lowers_its_current_but_does_not_pause_ignores_limits() -> None:
    assert play(begun(16), (6,), (12,), (6,) * 18).finding is Finding.IGNORES


def test_a_car_that_reduced_its_current_by_itself_gives_no_result() -> None:
    test = play(begun(16), (5,), (5,) * 18)
    assert (test.finding, test.because) == (Finding.GAVE_UP, "The car did not take more than 5.0 A when offered 12 A.")


def test_without_an_answer_or_readings_the_test_gives_up() -> None:
    asked = limit_sent(begun(16), NOON)
    assert time_passed(asked, at(179)) == asked
    assert "did not answer" in time_passed(asked, at(180)).because
    assert "No current reading" in time_passed(limit_accepted(asked, at(5)), at(185)).because
    assert "make room" in time_passed(begun(16), at(600)).because


def test_readings_from_before_the_answer_out_of_order_or_after_the_end_change_nothing() -> None:
    test = limit_accepted(limit_sent(begun(16), NOON), at(10))
    assert reading_received(test, 6000, at(9)) == test
    once = reading_received(test, 16_000, at(20))
    assert reading_received(once, 6000, at(15)) == once
    over = cancelled(once, at(30))
    assert (reading_received(over, 6000, at(40)), time_passed(over, at(999)), over.next_a) == (over, over, None)
