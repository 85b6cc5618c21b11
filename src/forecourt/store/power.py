"""The power drawn by a site, from the meter readings of its sessions."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from forecourt.kernel import Span
from forecourt.sessions import MeterPoint


def power_steps(traces: Iterable[Sequence[MeterPoint]], span: Span, step_s: int) -> list[tuple[datetime, int]]:
    """The mean power (W) of all sessions in each step of the span, by the step's start; the last step may be shorter.

    traces: each session's points by time. Energy is spread evenly between two points.
    """
    steps = -(-int(span.length.total_seconds()) // step_s)
    energy_wh = [0.0] * steps
    for points in traces:
        for before, after in pairwise(points):
            _spread(
                energy_wh,
                (before.at - span.start).total_seconds(),
                (after.at - span.start).total_seconds(),
                after.energy_wh - before.energy_wh,
                step_s,
            )
    starts = [span.start + timedelta(seconds=step_s * index) for index in range(steps)]
    lengths = [min(timedelta(seconds=step_s), span.end - start).total_seconds() for start in starts]
    return [(start, round(wh * 3600 / length)) for start, wh, length in zip(starts, energy_wh, lengths, strict=True)]


def _spread(energy_wh: list[float], start_s: float, end_s: float, rise_wh: int, step_s: int) -> None:
    if rise_wh <= 0 or end_s <= start_s:
        return
    first, last = max(0, int(start_s // step_s)), min(len(energy_wh), int(-(-end_s // step_s)))
    for index in range(first, last):
        within_s = min(end_s, (index + 1) * step_s) - max(start_s, index * step_s)
        energy_wh[index] += rise_wh * max(0.0, within_s) / (end_s - start_s)
