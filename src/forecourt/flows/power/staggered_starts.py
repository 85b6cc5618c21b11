"""If many cars start at once, as after an outage, they are started one after another: a grid dislikes steps."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from forecourt.flows.ports.power_plans import Grant
from forecourt.kernel import EvseId

# Up to this many start together.
FEW = 4
# The longest wait of the last one: other orders to its charger wait behind it.
WITHIN = timedelta(seconds=30)
APART = timedelta(seconds=2)


def staggered(grants: Mapping[EvseId, Grant], allowed_a: Sequence[tuple[EvseId, int]]) -> Mapping[EvseId, timedelta]:
    """How long to delay each order that starts a charge; empty if few start. allowed_a: in the order of their turns."""
    begin = [evse_id for evse_id, amps in allowed_a if amps > 0 and not grants[evse_id].applied_a]
    if len(begin) <= FEW:
        return {}
    gap = min(APART, WITHIN // (len(begin) - 1))
    return {evse_id: place * gap for place, evse_id in enumerate(begin)}
