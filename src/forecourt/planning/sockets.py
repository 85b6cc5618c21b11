"""What the EVSEs of a site can offer, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecourt.planning.model import EvseLimits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sockets:
    """(EVSEs,) each, in the order of the grid; floor_a: its smallest pilot, 0 if it has none.

    The pilots of all kinds of EVSE are stored in one rising array, _ladder: each kind has a stretch that begins with 0, offset by
    _span_a times its number. _base: the offset of each EVSE's stretch; _last: the index of its last entry.
    """

    index: Mapping[str, int]
    watts_per_amp: Floats
    min_a: Ints
    max_a: Ints
    floor_a: Ints
    _base: Ints
    _last: Ints
    _ladder: Ints
    _span_a: int

    def at_most(self, places: Ints, amps: Floats | Ints) -> Ints:
        """The largest pilot of each place that is at most these amps (>= 0); 0 if there is none."""
        base = self._base[places]
        return self._ladder[self._ladder.searchsorted(base + self._whole(amps), "right") - 1] - base

    def at_least(self, places: Ints, amps: Floats | Ints) -> Ints:
        """The smallest pilot of each place that is at least these amps (> 0); its largest pilot if all are smaller."""
        base = self._base[places]
        found = self._ladder.searchsorted(base + self._whole(np.ceil(amps)), "left")
        return self._ladder[np.minimum(found, self._last[places])] - base

    def _whole(self, amps: Floats | Ints) -> Ints:
        """Rounded down, within the stretch."""
        return np.minimum(np.maximum(amps, 0), self._span_a - 1).astype(np.int64)


def sockets(evses: Sequence[EvseLimits]) -> Sockets:
    pilots = [evse.pilots_a for evse in evses]
    kinds = {ladder: number for number, ladder in enumerate(dict.fromkeys(pilots))}
    span_a = max((ladder[-1] for ladder in kinds if ladder), default=0) + 2
    stretches = [np.array((0, *ladder), dtype=np.int64) + number * span_a for ladder, number in kinds.items()]
    ends = np.cumsum([len(stretch) for stretch in stretches], dtype=np.int64) - 1
    kind = np.array([kinds[ladder] for ladder in pilots], dtype=np.int64)
    return Sockets(
        index={evse.id: place for place, evse in enumerate(evses)},
        watts_per_amp=np.array([evse.watts_per_amp for evse in evses], dtype=np.float64),
        min_a=np.array([evse.min_a for evse in evses], dtype=np.int64),
        max_a=np.array([evse.max_a for evse in evses], dtype=np.int64),
        floor_a=np.array([ladder[0] if ladder else 0 for ladder in pilots], dtype=np.int64),
        _base=kind * span_a,
        _last=ends[kind] if stretches else kind,
        _ladder=np.concatenate(stretches) if stretches else np.zeros(0, np.int64),
        _span_a=span_a,
    )
