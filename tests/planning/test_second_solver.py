"""A second solver agrees: the conic one uses the exact circular constraints."""

from datetime import UTC, datetime, timedelta

import clarabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from forecourt.planning import EvseLimits, Grid, LinearShare, PlanSession, Row, compile_grid, energy_upper_bound
from forecourt.planning.timeline import Precision, Timeline, TimelineModel, maximize_worth

ANGLES = (30.0, 150.0, -90.0, 0.0)


def conic(wired: Grid, weights: np.ndarray, high_a: np.ndarray) -> float:
    """max weights . x with 0 <= x <= high and |phasors @ x| <= limit, by interior points."""
    count, rows = len(weights), len(wired.limits_a)
    blocks, offsets = [-np.eye(count), np.eye(count)], [np.zeros(count), high_a]
    for row in range(rows):
        blocks.append(np.vstack([np.zeros(count), -wired.phasors[row].real, -wired.phasors[row].imag]))
        offsets.append(np.array([wired.limits_a[row], 0.0, 0.0]))
    cones = [clarabel.NonnegativeConeT(2 * count), *(clarabel.SecondOrderConeT(3) for _ in range(rows))]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    matrix = sparse.csc_matrix(np.vstack(blocks))
    zero = sparse.csc_matrix((count, count))
    return -clarabel.DefaultSolver(zero, -weights, matrix, np.concatenate(offsets), cones, settings).solve().obj_val


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 20), st.integers(0, 2**32 - 1), st.booleans())
def test_the_linear_plan_is_as_good_as_that_of_a_conic_solver(count: int, seed: int, worst_case: bool) -> None:
    draw = np.random.default_rng(seed)
    evses = tuple(EvseLimits(f"e{n}", 32, phase_deg=float(draw.choice(ANGLES))) for n in range(count))
    rows = tuple(
        Row(f"r{k}", float(draw.uniform(5, 150)), tuple((e.id, float(draw.choice([-1, -0.5, 0.25, 1]))) for e in evses)) for k in range(3)
    )
    wired = compile_grid(rows, evses, worst_case=worst_case)
    weights, high = draw.uniform(0.1, 3, count), draw.uniform(0, 32, count)
    found = LinearShare(wired).solve(weights, np.zeros(count), high)
    assert found is not None
    assert np.all(wired.loads_a(found) <= wired.limits_a * (1 + 2e-5) + 1e-6)
    assert float(weights @ found) == pytest.approx(conic(wired, weights, high), rel=1e-3, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_the_upper_bound_equals_that_of_a_conic_solver(count: int, seed: int) -> None:
    """All cars are there for the same hour, so that the bound is one step with value 1 for each watt hour."""
    draw = np.random.default_rng(seed)
    evses = tuple(EvseLimits(f"e{n}", 32, phase_deg=float(draw.choice(ANGLES))) for n in range(count))
    rows = tuple(
        Row(f"r{k}", float(draw.uniform(5, 80)), tuple((e.id, float(draw.choice([-0.5, 0.25, 1]))) for e in evses)) for k in range(2)
    )
    noon, needs = datetime(2026, 11, 23, 12, tzinfo=UTC), draw.uniform(100, 9000, count)
    stays = [
        PlanSession(e.id, e.id, noon, departure=noon + timedelta(hours=1), need_wh=float(w)) for e, w in zip(evses, needs, strict=True)
    ]
    best = conic(compile_grid(rows, evses, worst_case=False), np.full(count, 230.0), np.minimum(needs / 230, 32))
    assert best * (1 - 1e-6) - 0.01 <= energy_upper_bound(stays, rows, evses).total_wh <= best * 1.001 + 0.01


def test_a_reused_model_gives_the_value_of_a_new_one() -> None:
    draw = np.random.default_rng(7)
    evses = tuple(EvseLimits(f"e{n}", 32, phase_deg=ANGLES[n % 3]) for n in range(30))
    wired = compile_grid((Row("a", 120, tuple((e.id, 1.0) for e in evses)), Row("b", 60, tuple((e.id, 0.5) for e in evses[::2]))), evses)
    warm = LinearShare(wired)
    for _ in range(30):
        weights, high = draw.uniform(0.1, 3, 30), draw.uniform(0, 32, 30)
        again, cold = warm.solve(weights, np.zeros(30), high), LinearShare(wired).solve(weights, np.zeros(30), high)
        assert again is not None and cold is not None
        assert float(weights @ again) == pytest.approx(float(weights @ cold), rel=1e-4)


def hours(draw: np.random.Generator, wired: Grid, cars: int, periods: int = 5) -> Timeline:
    """Cars that come and go over five hours; always the same shape, so that a program can be kept for it."""
    who, when = np.repeat(np.arange(cars), periods), np.tile(np.arange(periods), cars)
    return Timeline(
        periods=periods,
        who=who,
        when=when,
        low_a=np.zeros(len(who)),
        high_a=32.0 * (draw.uniform(size=len(who)) < 0.7),
        amp_wh=np.full(len(who), 208.0),
        worth=draw.uniform(0.9, 1.2, len(who)),
        group=wired.groups[:cars],
        need_wh=draw.uniform(0, 20_000, cars),
        first_wh=draw.uniform(0, 5000, cars),
        first_worth=np.full(cars, 0.3),
    )


def worth(line: Timeline, amps: np.ndarray) -> float:
    got = np.bincount(line.who, line.amp_wh * amps, len(line.need_wh))
    return float((line.amp_wh * line.worth) @ amps + line.first_worth @ np.minimum(got, line.first_wh))


def test_a_program_reused_over_many_plans_gives_the_value_of_a_new_one() -> None:
    draw = np.random.default_rng(11)
    evses = tuple(EvseLimits(f"e{n}", 32, phase_deg=ANGLES[n % 3]) for n in range(20))
    rows = (Row("a", 60, tuple((e.id, 1.0) for e in evses)), Row("b", 30, tuple((e.id, 0.5) for e in evses[::2])))
    wired, precision = compile_grid(rows, evses), Precision(gap=1e-4, later_gap=1e-4, rounds=20)
    kept = TimelineModel(hours(draw, wired, 20), wired, precision)
    for _ in range(30):
        line = hours(draw, wired, 20)
        again, new = kept.solve(line), maximize_worth(line, wired, precision)
        assert again is not None and new is not None
        assert worth(line, again) == pytest.approx(worth(line, new), rel=2e-4)
        assert np.all(np.bincount(line.who, line.amp_wh * again, 20) <= line.need_wh + 1e-3)
        sums = np.array([np.bincount(wired.groups[line.who], again * (line.when == hour), wired.columns.shape[1]) for hour in range(5)])
        assert np.all(np.abs(sums @ wired.columns.T) <= wired.limits_a * (1 + 2e-4))


def test_minimum_currents_that_do_not_fit_give_no_solution_and_the_model_can_be_reused() -> None:
    evses = (EvseLimits("a", 32),)
    share = LinearShare(compile_grid((Row("r", 5, (("a", 1.0),)),), evses))
    assert share.solve(np.ones(1), np.full(1, 6.0), np.full(1, 32.0)) is None
    assert share.solve(np.ones(1), np.zeros(1), np.full(1, 32.0)) == pytest.approx([5.0])
