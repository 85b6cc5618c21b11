"""For which sockets there is room at the most they can draw."""

from collections.abc import Mapping, Sequence

from forecourt.planning.model import EvseLimits, Limits
from forecourt.planning.wiring import Grid, grid


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
