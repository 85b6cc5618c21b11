"""What of a new plan may be sent at once. A charger counts with its old current until it has proved to keep the new one."""

from collections.abc import Mapping, Sequence

from forecourt.planning.model import EvseLimits, Limits
from forecourt.planning.wiring import TOLERANCE_A, Grid, compile_grid

_NOBODY: Mapping[str, float] = {}


def safe_setpoints(
    limits: Limits | Grid,
    evses: Sequence[EvseLimits],
    wanted_a: Mapping[str, int],
    counted_a: Mapping[str, float],
    obeyed_a: Mapping[str, int],
) -> dict[str, int]:
    """The amps to send to each EVSE of the plan now: what the plan wants, a raise as far as there is room, or the present limit.

    wanted_a: the plan's setpoints, in the order in which raises are granted. counted_a: what each EVSE may be drawing
    now, as verified or at worst. obeyed_a: the lowest limit it may be keeping to, if it obeys. Missing EVSEs count as 0.

    Anything above obeyed_a is a raise, even for an EVSE counted at its maximum because its obedience is unproved: if it does obey, the
    raise adds to what the others may still be drawing. Whichever of the orders are obeyed, now or later, every row holds (provided
    the counted currents held it), and nothing is added to a row that is already over its limit.
    """
    wired = limits if isinstance(limits, Grid) else compile_grid(limits, evses)
    sums = wired.phasors @ wired.vector(counted_a)
    pilots = {evse.id: evse.pilots_a for evse in evses}
    now = {}
    for evse, amps in wanted_a.items():
        have, obeyed = counted_a.get(evse, 0.0), obeyed_a.get(evse, 0)
        if amps <= obeyed:
            now[evse] = amps
            continue
        group = int(wired.groups[wired.index[evse]])
        others = sums - wired.columns[:, group] * have
        room = wired.headroom_a(others, group) + TOLERANCE_A
        now[evse] = max((pilot for pilot in pilots[evse] if obeyed < pilot <= min(amps, room)), default=obeyed)
        sums = others + wired.columns[:, group] * max(have, now[evse])
    return now


def common_fallback_a(limits: Limits | Grid, evses: Sequence[EvseLimits], holding_a: Mapping[str, float] = _NOBODY) -> int:
    """The current every EVSE may offer at the same time without a planner (TxDefaultProfile): the largest common pilot
    for which every row holds if all draw it, otherwise 0. holding_a: what some may draw instead."""
    if not evses or len(holding_a) == len(evses):
        return 0
    wired = limits if isinstance(limits, Grid) else compile_grid(limits, evses)
    common = set.intersection(*(set(evse.pilots_a) for evse in evses))
    return max((pilot for pilot in common if wired.allows(wired.vector({evse.id: pilot for evse in evses} | dict(holding_a)))), default=0)


def all_fit_at_max(limits: Limits | Grid, evses: Sequence[EvseLimits]) -> bool:
    """Whether every row holds with all EVSEs at their maximum: then nobody ever has to make room for anybody."""
    wired = limits if isinstance(limits, Grid) else compile_grid(limits, evses)
    return wired.allows(wired.vector({evse.id: evse.max_a for evse in evses}))
