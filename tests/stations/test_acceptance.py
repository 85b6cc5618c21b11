"""The acceptance test of a socket as a machine: limits told, readings seen, time gone by; and what it finds."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from forecourt.stations import AcceptanceTest, Finding, accepted, cancelled, limits_to_test, passed, told, watched

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
        test = accepted(told(test, at(second)), at(second))
        for amps in readings:
            second += 10
            test = watched(test, round(amps * 1000), at(second))
    return test


def test_the_limits_are_the_lowest_a_higher_one_and_none_and_the_higher_one_first_where_little_is_drawn() -> None:
    assert begun(16).limits_a == (6, 12, 0)
    assert begun(7).limits_a == (12, 6, 12, 0)
    assert begun(20, (8, 16, 24)).limits_a == (8, 16, 0)
    assert begun(20, (10,)).limits_a == (0, 10, 0)


def test_a_socket_that_keeps_every_limit_obeys() -> None:
    test = play(begun(16), (16, 6), (6, 12), (12, 0.2))
    assert (test.finding, [step.took_s for step in test.steps]) == (Finding.OBEYS, [20, 20, 20])


def test_one_that_needs_more_than_half_a_minute_obeys_late() -> None:
    test = play(begun(16), (16,) * 9 + (6,), (12,), (0,))
    assert (test.finding, test.because) == (Finding.LATE, "It kept every limit, but needed up to 100 seconds.")


def test_one_that_still_draws_more_after_three_minutes_ignores_limits() -> None:
    test = play(begun(16), (16,) * 18)
    assert (test.finding, test.ended_at) == (Finding.IGNORES, at(180))


def test_one_that_goes_down_but_does_not_pause_ignores_limits() -> None:
    assert play(begun(16), (6,), (12,), (6,) * 18).finding is Finding.IGNORES


def test_a_car_that_had_slowed_down_by_itself_shows_nothing() -> None:
    test = play(begun(16), (5,), (5,) * 18)
    assert (test.finding, test.because) == (Finding.GAVE_UP, "The car did not take more than 5.0 A when it was offered 12 A.")


def test_without_an_answer_or_readings_it_gives_up() -> None:
    asked = told(begun(16), NOON)
    assert passed(asked, at(179)) == asked
    assert "did not answer" in passed(asked, at(180)).because
    assert "No reading" in passed(accepted(asked, at(5)), at(185)).because
    assert "make room" in passed(begun(16), at(600)).because


def test_readings_from_before_the_answer_or_out_of_order_and_news_after_the_end_change_nothing() -> None:
    test = accepted(told(begun(16), NOON), at(10))
    assert watched(test, 6000, at(9)) == test
    once = watched(test, 16_000, at(20))
    assert watched(once, 6000, at(15)) == once
    over = cancelled(once, at(30))
    assert (watched(over, 6000, at(40)), passed(over, at(999)), over.next_a) == (over, over, None)
