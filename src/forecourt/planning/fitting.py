"""Which sockets can draw their maximum within the limits."""

from collections.abc import Mapping, Sequence

from forecourt.planning.model import EvseLimits, Limits
from forecourt.planning.wiring import TOLERANCE_A, Grid, compile_grid


def fits(wired: Grid, loads_a: Mapping[str, float], evse: str) -> bool:
    """Whether every row that counts the EVSE holds with its load and all others'; other rows may be over their limit."""
    own_a, group = loads_a.get(evse, 0.0), int(wired.groups[wired.index[evse]])
    other_loads = wired.sums(wired.vector({**loads_a, evse: 0.0}))
    return own_a <= wired.headroom_a(other_loads, group) + TOLERANCE_A


def evses_that_fit(
    limits: Limits | Grid, evses: Sequence[EvseLimits], loads_a: Mapping[str, float], wanted: Sequence[str]
) -> tuple[str, ...]:
    """Those of the wanted EVSEs, in this order, that can draw their maximum on top of the loads while every row holds.

    One that does not fit is skipped, and the next are tried.
    """
    wired = limits if isinstance(limits, Grid) else compile_grid(limits, evses)
    most_a = {evse.id: float(evse.max_a) for evse in evses}
    fitting, currents = [], dict(loads_a)
    for evse in wanted:
        tried = {**currents, evse: most_a[evse]}
        if wired.allows(wired.vector(tried)):
            currents = tried
            fitting.append(evse)
    return tuple(fitting)
