"""How much power can be promised for a slot so that it is available whoever else comes and wherever each car is placed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise

import numpy as np

from forecourt.kernel import Span
from forecourt.planning.model import EvseLimits, Limits, Node
from forecourt.planning.profiles import SITE_LEAD, Profile
from forecourt.planning.sockets import Floats, Ints, Sockets, sockets
from forecourt.planning.wiring import TOLERANCE_A, compile_grid

# Number of directions in which a phasor sum is checked; between two it could be 0.1 % longer, so the limit is lowered by that much.
_DIRECTIONS = 72
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class PowerClaim:
    """Power promised throughout a span to one car, at whichever of these EVSEs it is placed."""

    evses: tuple[str, ...]
    span: Span
    power_w: int


class PowerHeadroom:
    """A site's limits and the promises made under them.

    At every instant, all promises plus the smallest pilots of all other EVSEs fit every row together, at whichever of its
    EVSEs each promise is kept, and whatever part of its share each car takes. others_percent: at most this part of each limit is reserved
    for the smallest pilots of others, if they add up to more. allowance: what all EVSEs together may draw over time, in addition to the
    limits; plans lower the power slightly ahead of it.
    """

    def __init__(
        self,
        limits: Limits,
        evses: Sequence[EvseLimits],
        claims: Sequence[PowerClaim] = (),
        others_percent: int = 100,
        allowance: Profile | None = None,
    ) -> None:
        self._limits, self._evses, self._allowance = limits, tuple(evses), allowance
        self._wired = _wired(limits, self._evses)
        self._claims = tuple(claims)
        self._others_percent = others_percent
        self._within: dict[float, PowerHeadroom] = {}  # by the power the site is allowed
        self._found_w: dict[tuple[tuple[str, ...], tuple[int, ...]], int] = {}  # by kind and claims present: slots of a day share these

    def most_w(self, evses: Sequence[str], span: Span, wanted_w: int) -> int:
        """The most watts, up to wanted_w, that can be promised to one more car at any of these EVSEs throughout the span; 0 = none.

        Grows with the limits, shrinks with each promise and with a longer span. Raises KeyError for an unknown EVSE.
        """
        kind = tuple(evses)
        if self._allowance is not None:
            return min(self._allowed(watts).most_w(kind, part, wanted_w) for part, watts in _parts(self._allowance, span))
        return max(0, min(wanted_w, *(self._beside_w(kind, crowd) for crowd in self._crowds(span))))

    def _allowed(self, watts: float) -> "PowerHeadroom":
        if watts not in self._within:
            node = () if watts == math.inf else (Node("allowance", limit_w=watts, evses=tuple(one.id for one in self._evses)),)
            self._within[watts] = PowerHeadroom((*self._limits, *node), self._evses, self._claims, self._others_percent)
        return self._within[watts]

    def _crowds(self, span: Span) -> set[tuple[int, ...]]:
        """The sets of simultaneous claims to check: one per instant at which a claim begins, since in between none are added."""
        near = [number for number, one in enumerate(self._claims) if one.span.overlaps(span)]
        instants = {max(span.start, self._claims[number].span.start) for number in near} | {span.start}
        return {tuple(number for number in near if self._claims[number].span.contains(at)) for at in instants}

    def _beside_w(self, kind: tuple[str, ...], claim_numbers: tuple[int, ...]) -> int:
        """The most for one more car of a kind next to these claims."""
        if (kind, claim_numbers) not in self._found_w:
            by_evses: dict[tuple[str, ...], list[int]] = {kind: []}
            for one in (self._claims[number] for number in claim_numbers):
                by_evses.setdefault(one.evses, []).append(one.power_w)
            own_w = by_evses.pop(kind)
            other_powers = [(self._wired.places(names), powers_w) for names, powers_w in by_evses.items()]
            remaining = [
                self._wired.left(other_powers, part) for part in ((None,) if self._others_percent >= 100 else (None, self._others_percent))
            ]
            self._found_w[kind, claim_numbers] = self._wired.most_w(self._wired.places(kind), own_w, remaining)
        return self._found_w[kind, claim_numbers]


def _parts(allowance: Profile, span: Span) -> list[tuple[Span, float]]:
    """The span cut where the allowance of plans changes, with the watts of each part."""
    changes = {one.start - early for one in allowance.steps for early in (timedelta(), SITE_LEAD)}
    edges = [span.start, *sorted(one for one in changes if span.start < one < span.end), span.end]
    parts = [Span(start, end) for start, end in pairwise(edges)]
    return [(part, allowance.site_order_limit_w(part.start + part.length / 2)) for part in parts]


@dataclass(frozen=True, slots=True)
class _Wired:
    """loads: (rows, EVSEs) what one amp adds to a row seen in one direction, never negative; limits_a: (rows,).
    floors: (rows,) the sum of all EVSEs' smallest pilots. row_of: (rows,) which of the site's rows is seen."""

    sockets: Sockets
    ladders: tuple[tuple[int, ...], ...]
    loads: Floats
    limits_a: Floats
    floors: Floats
    row_of: Ints

    def places(self, evses: Sequence[str]) -> Ints:
        return np.array([self.sockets.index[one] for one in evses], dtype=np.int64)

    def levels_w(self, places: Ints) -> list[int]:
        """Rising power levels in whole watts that some pilot of these EVSEs gives and all of the EVSEs can reach."""
        tops = [(self.ladders[place], float(self.sockets.watts_per_amp[place])) for place in places.tolist()]
        most_w = min((math.floor(ladder[-1] * watts + _ROUNDING) if ladder else 0 for ladder, watts in tops), default=0)
        found = {math.floor(pilot * watts + _ROUNDING) for ladder, watts in tops for pilot in ladder}
        return sorted(watts for watts in found if 0 < watts <= most_w)

    def left(self, others: Sequence[tuple[Ints, Sequence[int]]], percent: int | None) -> "_Left":
        """What the claims of other kinds leave of each row beside all floors; with percent: beside that part of its limit."""
        whole = percent is not None
        free = self.limits_a * (1 - percent / 100) if percent is not None else self.limits_a - self.floors
        return _Left(free - sum((self.worst(places, powers_w, whole) for places, powers_w in others), start=np.zeros(len(free))), whole)

    def worst(self, places: Ints, powers_w: Sequence[int], whole: bool) -> Floats:
        """(rows,) the most that these powers can add, each at an EVSE of its own: the largest where they weigh most.

        whole: count all amps they take, wherever they are; otherwise only those above the EVSE's smallest pilot.
        """
        amps = [self.sockets.at_least(places, power_w / self.sockets.watts_per_amp[places] - _ROUNDING) for power_w in powers_w]
        most_a = sorted((float((one if whole else one - self.sockets.floor_a[places]).max(initial=0)) for one in amps), reverse=True)
        most_a = most_a[: len(places)]
        return np.asarray(-np.sort(-self.loads[:, places], axis=1)[:, : len(most_a)] @ np.array(most_a, dtype=np.float64))

    def most_w(self, places: Ints, own_w: Sequence[int], left: Sequence["_Left"]) -> int:
        """The most that one more car can have at these EVSEs beside those already there: in each row it is enough that one of the
        remainders suffices, the same one from every direction.

        Rows that do not count these EVSEs are ignored.
        """
        counts, levels = self.loads[:, places].any(axis=1), self.levels_w(places)
        low, high = 0, len(levels)  # the number of levels sure to fit, and the number that may fit at most
        while low < high:
            middle = (low + high + 1) // 2
            over = [(self.worst(places, [*own_w, levels[middle - 1]], one.whole) > one.amps) & counts for one in left]
            low, high = (low, middle - 1) if set.intersection(*(set(self.row_of[one].tolist()) for one in over)) else (middle, high)
        return levels[low - 1] if low else 0


@dataclass(frozen=True, slots=True)
class _Left:
    """(rows,) amps left. whole: for all that a promise takes; otherwise for what it takes above the smallest pilot."""

    amps: Floats
    whole: bool


@lru_cache(maxsize=64)
def _wired(limits: Limits, evses: tuple[EvseLimits, ...]) -> _Wired:
    grid, known = compile_grid(limits, evses, worst_case=False), sockets(evses)
    loads, limits_a, row_of = [np.zeros((0, len(evses)))], [np.zeros(0)], [np.zeros(0, dtype=np.int64)]
    for row, (phasors, limit_a) in enumerate(zip(grid.phasors, grid.limits_a, strict=True)):
        angles = np.angle(phasors[np.abs(phasors) > 0])
        straight = not angles.size or float(np.abs(np.exp(1j * angles) - np.exp(1j * angles[0])).max()) < _ROUNDING
        seen_from = angles[:1] if straight else np.arange(_DIRECTIONS) * (2 * math.pi / _DIRECTIONS)
        # A car may take less than its share, so components against the direction are not relied on.
        loads.append(np.maximum((phasors * np.exp(-1j * seen_from)[:, None]).real, 0.0))
        lower = 1.0 if straight else math.cos(math.pi / _DIRECTIONS)
        limits_a.append(np.full(len(seen_from), limit_a * lower + TOLERANCE_A))
        row_of.append(np.full(len(seen_from), row, dtype=np.int64))
    rows, most_a = np.concatenate(loads), np.concatenate(limits_a)
    close = rows @ known.max_a > most_a  # other rows hold whatever anybody draws
    return _Wired(
        known, tuple(one.pilots_a for one in evses), rows[close], most_a[close], rows[close] @ known.floor_a, np.concatenate(row_of)[close]
    )
