"""Simulated days with faults, at small size: no limit is exceeded."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def play() -> Iterator[Callable[..., dict[str, float]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        import _fault_day
        import faults

        patch.setattr(_fault_day, "DAY_S", 4 * 3600)
        yield lambda seed, **terms: faults.play(seed, faults.Terms(**terms))


@pytest.mark.parametrize(("seed", "losing"), [(2, False), (3, True), (5, False), (8, True)])
def test_no_limit_is_exceeded_with_any_faults_of_chargers_links_readings_and_planners(play, seed: int, losing: bool) -> None:
    """losing: chargers lose their fallback limits; violations that nobody could foresee are not counted."""
    day = play(seed, losing=losing)
    assert (day["over_a"], day["plans"] > 20, day["delivered_wh"] > 20_000) == (0, True, True)


def test_a_planner_that_raises_limits_too_early_is_detected(play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same days with a planner that raises limits before others have been lowered."""
    import forecourt.flows.power.power_planning as planning

    def at_once(_limits: object, _evses: object, wanted_a: dict[str, int], _counted: object, _told: object) -> dict[str, int]:
        return dict(wanted_a)

    monkeypatch.setattr(planning, "safe_setpoints", at_once)
    assert any(play(seed)["over_a"] > 0 for seed in (2, 3, 5, 8))


def test_a_planner_that_trusts_a_lost_fallback_is_detected(play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planner that still counts on a fallback although its charger has restarted with other firmware, or was offline."""
    import _fault_day

    import forecourt.flows.chargers.boot as boot
    import forecourt.flows.power.fallbacks as fallbacks

    monkeypatch.setattr(_fault_day, "DAY_S", 8 * 3600)
    monkeypatch.setattr(fallbacks, "RECHECKED_AFTER", fallbacks.RESENT_AFTER)
    for heeds in ("forget_fallback", "send_fallback"):
        monkeypatch.setattr(boot, heeds, lambda *_: None)
    assert play(111, losing=True, lost_h=4)["over_a"] > 0
