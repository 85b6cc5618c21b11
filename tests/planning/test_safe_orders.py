import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planning import EvseLimits, Row, common_fallback_a, compile_grid, safe_setpoints

NAMES = [f"e{n}" for n in range(6)]
EVSES = tuple(EvseLimits(name, 32, phase_deg=[30, 30, 150, 150, -90, -90][n]) for n, name in enumerate(NAMES))
ROWS = (
    Row("A", 40, tuple((name, weight) for name, weight in zip(NAMES, [1, 1, -1, -1, 0, 0], strict=True))),
    Row("P", 26, tuple((name, weight) for name, weight in zip(NAMES, [0.25, 0.25, -0.5, -0.5, 0.25, 0.25], strict=True))),
)
AMPS = st.lists(st.sampled_from([0, 6, 10, 16, 32]), min_size=6, max_size=6)


WIRED = compile_grid(ROWS, EVSES)


def holding(amps: list[int]) -> dict[str, int]:
    """Those amps, scaled down until the rows hold them."""
    while not WIRED.allows(WIRED.vector(dict(zip(NAMES, amps, strict=True)))):
        amps = [a // 2 for a in amps]
    return dict(zip(NAMES, amps, strict=True))


@settings(max_examples=150, deadline=None)
@given(AMPS, AMPS, st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=6, max_size=6), st.lists(st.booleans(), min_size=6, max_size=6))
def test_rows_hold_whichever_chargers_obey_the_orders(before: list[int], after: list[int], shares: list[float], obeys: list[bool]) -> None:
    counted, wanted = holding(before), holding(after)
    told = {name: int(counted[name] * share) for name, share in zip(NAMES, shares, strict=True)}
    sent = safe_setpoints(WIRED, EVSES, wanted, counted, told)
    drawn = {name: sent[name] if obey else counted[name] for name, obey in zip(NAMES, obeys, strict=True)}
    assert WIRED.allows(WIRED.vector(drawn))


@given(AMPS, AMPS, AMPS)
def test_a_row_over_its_limit_gets_no_additional_load(before: list[int], told_list: list[int], after: list[int]) -> None:
    counted, wanted = dict(zip(NAMES, before, strict=True)), holding(after)
    told = {name: min(counted[name], amps) for name, amps in zip(NAMES, told_list, strict=True)}
    sent = safe_setpoints(WIRED, EVSES, wanted, counted, told)
    most = {name: max(counted[name], amps) for name, amps in sent.items()}
    assert (WIRED.loads_a(WIRED.vector(most)) <= np.maximum(WIRED.loads_a(WIRED.vector(counted)), WIRED.limits_a) + 1e-6).all()


@given(AMPS, AMPS)
def test_lower_currents_are_sent_at_once_and_raises_never_exceed_the_plan(before: list[int], after: list[int]) -> None:
    counted, wanted = holding(before), holding(after)
    sent = safe_setpoints(WIRED, EVSES, wanted, counted, counted)
    assert sent.keys() == wanted.keys()
    assert all(
        sent[name] == wanted[name] if wanted[name] <= counted[name] else counted[name] <= sent[name] <= wanted[name] for name in NAMES
    )


def test_a_raise_waits_until_the_lowering_that_frees_its_power_is_confirmed() -> None:
    rows, pair = (Row("r", 32, (("e0", 1.0), ("e1", 1.0))),), EVSES[:2]
    wanted, told = {"e0": 6, "e1": 26}, {"e0": 32, "e1": 0}
    assert safe_setpoints(rows, pair, wanted, {"e0": 32, "e1": 0}, told) == {"e0": 6, "e1": 0}
    assert safe_setpoints(rows, pair, wanted, {"e0": 6, "e1": 0}, told) == {"e0": 6, "e1": 26}


def test_a_socket_counted_at_its_maximum_is_raised_only_into_free_capacity() -> None:
    rows, pair = (Row("r", 40, (("e0", 1.0), ("e1", 1.0))),), EVSES[:2]
    wanted, counted = {"e0": 6, "e1": 32}, {"e0": 23, "e1": 32}
    assert safe_setpoints(rows, pair, wanted, counted, {"e0": 6, "e1": 0}) == {"e0": 6, "e1": 17}
    assert safe_setpoints(rows, pair, wanted, {**counted, "e0": 6}, {"e0": 6, "e1": 17}) == {"e0": 6, "e1": 32}


def test_the_fallback_is_the_largest_common_pilot_that_all_may_draw_at_once() -> None:
    rows = (Row("r", 40, (("e0", 1.0), ("e1", 1.0))),)
    coarse = EvseLimits("e1", 32, 8, phase_deg=30, allowed_a=(8, 16, 24, 32))
    assert common_fallback_a(rows, EVSES[:2]) == 20
    assert common_fallback_a(rows, (EVSES[0], coarse)) == 16
    assert common_fallback_a((Row("r", 11, (("e0", 1.0), ("e1", 1.0))),), EVSES[:2]) == 0
    assert common_fallback_a(rows, ()) == 0


def test_a_raise_that_does_not_fit_does_not_hold_back_a_later_one() -> None:
    rows = (Row("a", 10, (("e0", 1.0),)), Row("b", 32, (("e1", 1.0),)))
    assert safe_setpoints(rows, EVSES[:2], {"e0": 16, "e1": 32}, {}, {}) == {"e0": 10, "e1": 32}
