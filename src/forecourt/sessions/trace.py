"""From meter points to the phases that a tariff is applied to."""

from collections.abc import Sequence
from datetime import datetime

from forecourt.sessions.model import MeterPoint
from forecourt.tariffs import Phase


def phases_of(points: Sequence[MeterPoint], until: datetime) -> tuple[Phase, ...]:
    """Contiguous phases from the first point to `until`; their energies add up to the last point's.

    points: by time, the first is the start. Between two points the state is the earlier one's and the energy is
    spread evenly. Neighbours of the same state without energy are merged. Points after `until` are ignored.
    """
    phases: list[Phase] = []
    points = [point for point in points if point.at <= until]
    for index, point in enumerate(points):
        last = index + 1 == len(points)
        end = until if last else points[index + 1].at
        energy_wh = 0 if last else points[index + 1].energy_wh - point.energy_wh
        if end <= point.at:
            continue
        before = phases[-1] if phases else None
        if before is not None and before.state is point.state and before.energy_wh == energy_wh == 0:
            phases[-1] = Phase(point.state, before.start, end, 0)
        else:
            phases.append(Phase(point.state, point.at, end, energy_wh))
    return tuple(phases)
