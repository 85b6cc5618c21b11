"""Many cars that begin at once, as after an outage, begin one after another: a grid does not like steps."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from forecourt.flows.ports.plans import Grant
from forecourt.kernel import EvseId

# Up to this many begin together.
FEW = 4
# The last one waits no longer than this: what is ordered of its charger meanwhile waits behind it.
WITHIN = timedelta(seconds=30)
APART = timedelta(seconds=2)


def staggered(grants: Mapping[EvseId, Grant], allowed_a: Sequence[tuple[EvseId, int]]) -> Mapping[EvseId, timedelta]:
    """How long each order that begins a charge waits; nothing where few begin. allowed_a: in the order of their turns."""
    begin = [evse_id for evse_id, amps in allowed_a if amps > 0 and not grants[evse_id].told_a]
    if len(begin) <= FEW:
        return {}
    apart = min(APART, WITHIN // (len(begin) - 1))
    return {evse_id: place * apart for place, evse_id in enumerate(begin)}
