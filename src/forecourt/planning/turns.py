"""Who has a place when the floors of all do not fit: locked turns, forced cuts, and rotation."""

from collections.abc import Sequence
from dataclasses import replace

from forecourt.planning.linear import Floats
from forecourt.planning.model import Policy
from forecourt.planning.wants import Want
from forecourt.planning.wiring import Grid


def make_room(grid: Grid, fixed_a: Floats, asked: Sequence[Want], policy: Policy) -> list[Want]:
    """Locks only what fits: where the limits force a cut, the cars that were served longest go first."""
    kept = fixed_a.copy()
    result = {want.session.evse: want for want in asked}
    for want in sorted((want for want in asked if want.locked), key=_claim):
        kept[grid.index[want.session.evse]] = want.floor_a
        if not grid.holds(kept):
            kept[grid.index[want.session.evse]] = 0
            result[want.session.evse] = replace(want, locked=False)
    return list(result.values())


def _claim(want: Want) -> tuple[float, float]:
    """Smallest keeps its place first: whoever was paused before, then the most urgent."""
    return (-want.session.pauses, -want.weight)
