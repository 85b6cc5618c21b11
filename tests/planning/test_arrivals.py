"""Expected arrivals of today, learned from earlier days of its kind, and plans that reserve power for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planning import Arrivals, EvseLimits, Node, PastVisit, PlanSession, Problem, Solver, Stay, Visit, compile_grid

WEDNESDAY = datetime(2026, 11, 25, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def past(days_ago: int, hour: float, hours: float = 2.0) -> PastVisit:
    start = WEDNESDAY - DAY * days_ago + HOUR * hour
    return PastVisit(Visit(start), start + HOUR * hours, 5000.0)


def test_past_stays_of_working_days_are_expected_again_at_their_hour() -> None:
    arrivals = Arrivals([past(1, 9.0), past(2, 14.0), past(3, 9.0), past(4, 9.0)], "UTC")  # the last two on a weekend
    stays = arrivals.after(WEDNESDAY + HOUR * 6)
    assert [(one.start, one.end, one.times) for one in stays] == [
        (WEDNESDAY + HOUR * 9, WEDNESDAY + HOUR * 11, 1 / 2),
        (WEDNESDAY + HOUR * 14, WEDNESDAY + HOUR * 16, 1 / 2),
    ]
    assert [one.start for one in arrivals.after(WEDNESDAY + HOUR * 9)] == [WEDNESDAY + HOUR * 14]


def test_visits_of_today_or_lasting_into_it_are_not_expected_again() -> None:
    assert Arrivals([past(0, 9.0), past(1, 20.0, hours=6.0)], "UTC").after(WEDNESDAY) == ()
    assert Arrivals([], "UTC").after(WEDNESDAY) == ()


def test_on_the_evening_before_the_next_day_is_expected() -> None:
    (stay,) = Arrivals([past(1, 3.0)], "UTC").after(WEDNESDAY + HOUR * 20)
    assert stay.start == WEDNESDAY + DAY + HOUR * 3


def test_expected_arrivals_keep_their_local_time_over_a_clock_change() -> None:
    (stay,) = Arrivals([PastVisit(Visit(start := datetime(2026, 10, 23, 7, tzinfo=UTC)), start + HOUR, 5000.0)], "Europe/Berlin").after(
        datetime(2026, 10, 26, 0, tzinfo=UTC)
    )
    assert stay.start == datetime(2026, 10, 26, 8, tzinfo=UTC)


def site(limit_w: float, sockets: int, sessions: tuple[PlanSession, ...]) -> Problem:
    names = tuple(f"e{n}" for n in range(sockets))
    evses = tuple(EvseLimits(name, 32) for name in names)
    return Problem(WEDNESDAY, 300, evses, (Node("site", limit_w=limit_w, evses=names),), sessions)


def car(n: int, hours: float, need_wh: float) -> PlanSession:
    return PlanSession(f"s{n}", f"e{n}", WEDNESDAY - HOUR, departure=WEDNESDAY + HOUR * hours, need_wh=need_wh)


def test_a_car_with_time_charges_before_the_hours_that_expected_cars_will_need() -> None:
    problem = site(7360, 12, (car(0, 1 / 12, 600.0), car(1, 8.0, 14_000.0)))
    crowd = tuple(Stay(WEDNESDAY + HOUR / 6, WEDNESDAY + HOUR * 8, 7_000.0, float("inf")) for _ in range(30))
    alone, before_a_crowd = (Solver().plan(replace(problem, expected_stays=coming)).amps for coming in ((), crowd))
    assert before_a_crowd["e1"] > alone["e1"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1, 30), st.floats(0, 20), st.floats(0, 50_000), st.floats(0, 2)), max_size=12),
    st.integers(0, 4),
)
def test_with_any_expected_arrivals_a_plan_is_complete_and_within_its_limits(
    crowd: list[tuple[float, float, float, float]], here: int
) -> None:
    coming = tuple(Stay(WEDNESDAY + HOUR * a, WEDNESDAY + HOUR * (a + b), need, float("inf"), times) for a, b, need, times in crowd)
    problem = replace(site(5000, 4, tuple(car(n, 1.0 + n, 9000.0) for n in range(here))), expected_stays=coming)
    told = Solver().plan(problem).amps
    wired = compile_grid(problem.limits, problem.evses)
    assert set(told) == {f"e{n}" for n in range(here)} and wired.allows(wired.vector(told))
