"""What of a new plan may be sent at once. A charger counts at its old current until it has proved the new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecourt.planning.model import EvseLimits, Limits
from forecourt.planning.wiring import TOLERANCE_A, Grid, grid


@dataclass(frozen=True, slots=True)
class Release:
    """Amps by EVSE. lower: send now, they can hurt nobody. raise_now: safe already, as much of each raise as there is room
    for. held: what the plan wants for those that must wait for the rest until others are verified."""

    lower: Mapping[str, int]
    raise_now: Mapping[str, int]
    held: Mapping[str, int]


def release(limits: Limits | Grid, evses: Sequence[EvseLimits], wanted_a: Mapping[str, int], counted_a: Mapping[str, float]) -> Release:
    """wanted_a: the plan's setpoints, in the order in which raises are granted. counted_a: what each EVSE may be drawing
    now, as verified or at worst; an EVSE that is not named counts as 0.

    Whatever part of the orders sent is obeyed, now or later, every row holds (as long as the counted currents held it).
    """
    wired = limits if isinstance(limits, Grid) else grid(limits, evses)
    at_worst = wired.vector(counted_a)
    sums = wired.phasors @ at_worst
    lower, now, held = {}, {}, {}
    pilots = {evse.id: evse.pilots_a for evse in evses}
    for evse, amps in wanted_a.items():
        have = counted_a.get(evse, 0.0)
        if amps <= have:
            lower[evse] = amps
            continue
        group = int(wired.groups[wired.index[evse]])
        room = wired.room_a(sums, group) + TOLERANCE_A
        fits = max((pilot for pilot in pilots[evse] if have < pilot <= min(amps, have + room)), default=None)
        if fits is not None:
            now[evse] = fits
            sums = sums + wired.columns[:, group] * (fits - have)
        if fits != amps:
            held[evse] = amps
    return Release(lower, now, held)


def fallback_a(limits: Limits | Grid, evses: Sequence[EvseLimits]) -> int:
    """The current every EVSE may offer at once without a planner (TxDefaultProfile): the largest pilot common to all
    that holds every row with all of them drawing it, else 0."""
    if not evses:
        return 0
    wired = limits if isinstance(limits, Grid) else grid(limits, evses)
    common = set.intersection(*(set(evse.pilots_a) for evse in evses))
    return max((pilot for pilot in common if wired.holds(wired.vector({evse.id: pilot for evse in evses}))), default=0)
