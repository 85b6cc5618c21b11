"""With one binding limit, filling by priority equals the linear program; otherwise it is left to the program."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planning import EvseLimits, LinearShare, Node, Row, compile_grid
from forecourt.planning.greedy_fill import fill_greedily
from forecourt.planning.sockets import sockets

SINGLE, THREE = ("L1",), ("L1", "L2", "L3")


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 15), st.integers(0, 2**32 - 1), st.booleans())
def test_greedy_filling_is_as_good_as_the_linear_program(count: int, seed: int, panels: bool) -> None:
    draw = np.random.default_rng(seed)
    evses = tuple(EvseLimits(f"e{n}", 32, phases=(SINGLE, THREE)[draw.integers(2)]) for n in range(count))
    half = tuple(e.id for e in evses[::2])
    limits = (Node("site", limit_w=float(draw.uniform(0, 60_000)), evses=tuple(e.id for e in evses)),)
    limits += (Node("panel", limit_a=float(draw.uniform(50, 300)), evses=half),) if panels else ()
    wired, weights = compile_grid(limits, evses), draw.uniform(0.0, 3, count)
    low, high = draw.choice([0.0, 6.0], count, p=[0.8, 0.2]), draw.uniform(6, 32, count)
    found, program = fill_greedily(wired, weights, low, high), LinearShare(wired).solve(weights, low, high)
    if found is None:
        assert panels or program is None or wired.loads_a(low)[0] > wired.limits_a[0]
        return
    assert program is not None and wired.allows(found)
    assert np.all(low - 1e-9 <= found) and np.all(found <= high + 1e-9)
    assert float(weights @ found) == pytest.approx(float(weights @ program), rel=1e-4, abs=1e-3)


def test_angled_phases_and_two_binding_rows_are_left_to_the_linear_program() -> None:
    evses = (EvseLimits("e0", 32), EvseLimits("e1", 32, phase_deg=60.0))
    zero, most = np.zeros(2), np.full(2, 32.0)
    assert fill_greedily(compile_grid((Row("fan", 40.0, (("e0", 1.0), ("e1", 1.0))),), evses), np.ones(2), zero, most) is None
    both = (Row("a", 20.0, (("e0", 1.0),)), Row("b", 10.0, (("e1", 1.0),)))
    assert fill_greedily(compile_grid(both, evses), np.ones(2), zero, most) is None
    assert fill_greedily(compile_grid(both[:1], evses), np.ones(2), zero, most) == pytest.approx([20.0, 32.0])


@given(st.lists(st.sets(st.integers(1, 80), max_size=6), min_size=1, max_size=5), st.floats(0, 90), st.floats(0, 90))
def test_pilots_below_and_above_a_current_equal_a_simple_search(ladders: list[set[int]], amps: float, more: float) -> None:
    evses = tuple(EvseLimits(f"e{n}", 63, allowed_a=tuple(ladder)) for n, ladder in enumerate(ladders))
    places, site = np.arange(len(evses)), sockets(evses)
    for n, evse in enumerate(evses):
        below = [pilot for pilot in evse.pilots_a if pilot <= amps]
        above = [pilot for pilot in evse.pilots_a if pilot >= more]
        assert site.at_most(places, np.full(len(evses), amps))[n] == max(below, default=0)
        if more > 0:
            assert site.at_least(places, np.full(len(evses), more))[n] == min(above, default=max(evse.pilots_a, default=0))
