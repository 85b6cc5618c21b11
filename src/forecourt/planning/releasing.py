"""What of a new plan may be sent at once. A charger counts at its old current until it has proved the new one."""

from collections.abc import Mapping, Sequence

from forecourt.planning.model import EvseLimits, Limits
from forecourt.planning.wiring import TOLERANCE_A, Grid, grid

_NOBODY: Mapping[str, float] = {}


def release(
    limits: Limits | Grid,
    evses: Sequence[EvseLimits],
    wanted_a: Mapping[str, int],
    counted_a: Mapping[str, float],
    told_a: Mapping[str, int],
) -> dict[str, int]:
    """The amps each EVSE of the plan may be told now: what it wants, as much of a raise as there is room for, or no more than it keeps to.

    wanted_a: the plan's setpoints, in the order in which raises are granted. counted_a: what each EVSE may be drawing
    now, as verified or at worst. told_a: the least limit it may be keeping to, if it obeys. An EVSE that is not named counts as 0.

    More than it was told is a raise, also for one that is counted at its maximum because nobody trusts it: if it does obey, it
    adds to what the others may still be drawing. Whatever part of the orders is obeyed, now or later, every row holds (as
    long as the counted currents held it), and nothing is added to a row that is over its limit already.
    """
    wired = limits if isinstance(limits, Grid) else grid(limits, evses)
    sums = wired.phasors @ wired.vector(counted_a)
    pilots = {evse.id: evse.pilots_a for evse in evses}
    now = {}
    for evse, amps in wanted_a.items():
        have, told = counted_a.get(evse, 0.0), told_a.get(evse, 0)
        if amps <= told:
            now[evse] = amps
            continue
        group = int(wired.groups[wired.index[evse]])
        others = sums - wired.columns[:, group] * have
        room = wired.room_a(others, group) + TOLERANCE_A
        now[evse] = max((pilot for pilot in pilots[evse] if told < pilot <= min(amps, room)), default=told)
        sums = others + wired.columns[:, group] * max(have, now[evse])
    return now


def fallback_a(limits: Limits | Grid, evses: Sequence[EvseLimits], holding_a: Mapping[str, float] = _NOBODY) -> int:
    """The current every EVSE may offer at once without a planner (TxDefaultProfile): the largest pilot common to all
    that holds every row with all of them drawing it, else 0. holding_a: what some may draw instead."""
    if not evses or len(holding_a) == len(evses):
        return 0
    wired = limits if isinstance(limits, Grid) else grid(limits, evses)
    common = set.intersection(*(set(evse.pilots_a) for evse in evses))
    return max((pilot for pilot in common if wired.holds(wired.vector({evse.id: pilot for evse in evses} | dict(holding_a)))), default=0)


def all_fit(limits: Limits | Grid, evses: Sequence[EvseLimits]) -> bool:
    """Whether every row holds with all of them drawing all they can: then nobody ever has to make room for anybody."""
    wired = limits if isinstance(limits, Grid) else grid(limits, evses)
    return wired.holds(wired.vector({evse.id: evse.max_a for evse in evses}))
