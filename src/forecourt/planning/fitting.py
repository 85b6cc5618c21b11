"""For which sockets there is room at what they can draw."""

from collections.abc import Mapping, Sequence

from forecourt.planning.model import EvseLimits, Limits
from forecourt.planning.wiring import TOLERANCE_A, Grid, grid


def fits(wired: Grid, loads_a: Mapping[str, float], evse: str) -> bool:
    """Whether every row that counts the EVSE holds with its own load among all; rows that it is not on may be over their limit."""
    own_a, group = loads_a.get(evse, 0.0), int(wired.groups[wired.index[evse]])
    others = wired.sums(wired.vector({**loads_a, evse: 0.0}))
    return own_a <= wired.room_a(others, group) + TOLERANCE_A


def who_fits(limits: Limits | Grid, evses: Sequence[EvseLimits], loads_a: Mapping[str, float], wanted: Sequence[str]) -> tuple[str, ...]:
    """Of the EVSEs wanted, in this order, those that may draw their maximum on top of the loads while every row holds.

    Who does not fit is left out, and those after it are tried.
    """
    wired = limits if isinstance(limits, Grid) else grid(limits, evses)
    most_a = {evse.id: float(evse.max_a) for evse in evses}
    kept, currents = [], dict(loads_a)
    for evse in wanted:
        tried = {**currents, evse: most_a[evse]}
        if wired.holds(wired.vector(tried)):
            currents = tried
            kept.append(evse)
    return tuple(kept)
