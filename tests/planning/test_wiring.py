from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.planning import EvseLimits, Node, Row, compile_grid

AMPS = st.integers(0, 32)


def evse(name: str, *phases: str) -> EvseLimits:
    return EvseLimits(name, 32, phases=phases)


def test_current_between_two_lines_and_a_single_phase_current_add_at_30_degrees() -> None:
    wired = compile_grid((Node("panel", limit_a=50, evses=("a", "b")),), (evse("a", "L1"), evse("b", "L1", "L2")))
    assert wired.loads_a(wired.vector({"a": 10, "b": 10})).max() == pytest.approx(20 * np.cos(np.radians(15)))


def test_a_three_phase_car_loads_each_phase_and_a_single_phase_car_only_its_own() -> None:
    nodes = (Node("panel", limit_a=20, evses=("a", "b")),)
    wired = compile_grid(nodes, (evse("a", "L1", "L2", "L3"), evse("b", "L1")))
    assert wired.exceeded(wired.vector({"a": 12, "b": 10})) == ("panel L1",)
    assert wired.allows(wired.vector({"a": 20}))


@pytest.mark.parametrize("line", ["L1", "L2", "L3"])
def test_on_each_line_a_three_phase_car_adds_directly_to_single_phase_cars(line: str) -> None:
    row = Row(line, 40, (("a", 1.0), ("b", 1.0)))
    wired = compile_grid((row,), (evse("a", "L1", "L2", "L3"), evse("b", line)))
    assert wired.allows(wired.vector({"a": 20, "b": 20}))
    assert not wired.allows(wired.vector({"a": 20, "b": 21}))


def test_a_parent_node_counts_all_below_it_and_watts_over_all_phases() -> None:
    nodes = (Node("site", limit_w=11_500), Node("left", "site", evses=("a",)), Node("right", "site", evses=("b",)))
    wired = compile_grid(nodes, (evse("a", "L1"), evse("b", "L1", "L2", "L3")))
    assert wired.allows(wired.vector({"a": 20, "b": 10}))
    assert wired.exceeded(wired.vector({"a": 21, "b": 10})) == ("site",)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.sampled_from([0, 30, 150, -90, 77.0])), min_size=1, max_size=6), st.data())
def test_worst_case_rows_hold_for_any_part_of_its_current_that_each_car_draws(
    terms: list[tuple[float, float]], data: st.DataObject
) -> None:
    evses = tuple(EvseLimits(f"e{n}", 32, phase_deg=deg) for n, (_, deg) in enumerate(terms))
    row = Row("row", 20.0, tuple((f"e{n}", weight) for n, (weight, _) in enumerate(terms)))
    amps = np.array(data.draw(st.lists(AMPS, min_size=len(terms), max_size=len(terms))), dtype=float)
    as_is = compile_grid((row,), evses, worst_case=False)
    parts = [as_is.loads_a(amps * np.array(mask)).max() for mask in product((0, 1), repeat=len(terms))]
    worst = compile_grid((row,), evses).loads_a(amps)
    assert max(worst, default=0.0) == pytest.approx(max(parts), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(AMPS, min_size=7, max_size=7), st.integers(0, 6))
def test_the_headroom_of_a_socket_ends_at_the_first_full_row_that_counts_it(amps: list[int], place: int) -> None:
    """Compared with the load of every row just below and above it. Two sockets have the same angle; the last one is in no row."""
    angles = [30.0, 30.0, 150.0, -90.0, -90.0, 77.0, 0.0]
    evses = tuple(EvseLimits(f"e{n}", 32, phase_deg=deg) for n, deg in enumerate(angles))
    named = {"A": (50.0, [1, 1, -1, 0, 0, 0.5]), "P": (26.0, [0.25, 0.25, -0.5, 0.25, 0.25, 1])}
    rows = tuple(
        Row(name, most, tuple((f"e{n}", weight) for n, weight in enumerate(weights) if weight)) for name, (most, weights) in named.items()
    )
    wired, currents = compile_grid(rows, evses), np.array(amps, dtype=float)
    sums, group = wired.sums(currents), int(wired.groups[place])
    counting = np.abs(wired.phasors[:, place]) > 0
    headroom_a, more = wired.headroom_a(sums, group), np.zeros(7)
    assert wired.headrooms_a(sums)[group] == headroom_a
    if not counting.any():
        assert headroom_a == np.inf and wired.tightest(sums, [group]) == {group: ""}
        return
    row = wired.tightest_row(sums, group)
    assert counting[row] and wired.tightest(sums, [group]) == {group: wired.names[row]}
    more[place] = headroom_a + 1e-3
    assert wired.loads_a(currents + more)[row] > wired.limits_a[row], "that row is full then"
    more[place] = headroom_a * (1 - 1e-9)
    full = wired.loads_a(currents + more) > wired.limits_a + 1e-6
    over = wired.loads_a(currents) > wired.limits_a
    assert not (full & counting).any() or (headroom_a == 0 and (over & counting).any())


def test_a_row_is_exceeded_only_above_its_limit_and_a_tiny_tolerance() -> None:
    wired = compile_grid((Row("r", 10, (("a", 1.0),)),), (evse("a", "L1"),))
    for amps, holds in ((10.0, True), (10.0 + 9e-7, True), (10.0 + 2e-6, False)):
        assert (wired.allows(wired.vector({"a": amps})), wired.exceeded(wired.vector({"a": amps}))) == (holds, () if holds else ("r",))


def test_an_evse_listed_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="listed twice"):
        compile_grid((), (evse("a", "L1"), evse("a", "L2")))


def test_a_cyclic_tree_a_missing_parent_and_an_unknown_evse_are_refused() -> None:
    one = (evse("a", "L1"),)
    with pytest.raises(BadInput, match="below itself"):
        compile_grid((Node("x", "y", 10, evses=("a",)), Node("y", "x", 10)), one)
    with pytest.raises(BadInput, match="not in the tree"):
        compile_grid((Node("x", "nowhere", 10),), one)
    with pytest.raises(BadInput, match="not among the EVSEs"):
        compile_grid((Row("r", 10, (("b", 1.0),)),), one)


@pytest.mark.parametrize("limit", [float("nan"), float("inf"), -0.1])
def test_an_invalid_limit_of_a_row_or_node_is_refused(limit: float) -> None:
    for wrong in (Row("r", limit, (("a", 1.0),)), Node("n", limit_a=limit, evses=("a",)), Node("n", limit_w=limit, evses=("a",))):
        with pytest.raises(BadInput, match="not a current"):
            compile_grid((wrong,), (evse("a", "L1"),))


def test_rows_and_tree_limits_apply_together_exactly_to_the_watt() -> None:
    row, three = Row("row", 12, (("a", 1.0),)), evse("b", "L1", "L2", "L3")
    for watts, over in ((6_900, ()), (6_899, ("site",))):
        wired = compile_grid((row, Node("site", limit_w=watts), Node("hall", "site", 10, evses=("b",))), (evse("a", "L1"), three))
        assert wired.exceeded(wired.vector({"b": 10})) == over
        assert wired.exceeded(wired.vector({"a": 13})) == ("row",)
        assert wired.exceeded(wired.vector({"b": 11})) == ("site", "hall L1", "hall L2", "hall L3")
