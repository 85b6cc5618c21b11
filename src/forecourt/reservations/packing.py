"""Make room for one more stay by moving others inside what they were promised.

Sockets of a kind are interchangeable, so stays fit if at no step more are claimed than there are sockets
(interval graphs are perfect: that many lanes then suffice). It remains to choose the starts. `pack` searches for
them by ejection: the new stay is put where it conflicts least, then one stay after the other is moved out of an
overfull step to where it conflicts least, but not soon back to where it was (tabu search; Glover 1989). Before that,
an interval in which the stays must claim more than there is (energetic reasoning; Erschler, Lopez 1990) proves
most hopeless requests hopeless at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from forecourt.reservations.occupancy import Occupancy

# How many moves a request is worth: more find little (see benchmarks/booking.py), and a driver is waiting for the answer.
MOVES = 200
_TABU = 8
# An overfull step outweighs any distance; among equals the nearest is best, with a little randomness.
_FINE, _FAR, _CHANCE = 64, 24, 4


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay of `length` steps that may begin at any of `starts`; `start` is its present or preferred one."""

    starts: range
    length: int
    start: int

    def claim(self, start: int) -> int:
        return ((1 << self.length) - 1) << start


def pack(profile: Occupancy, stays: Sequence[Stay], new: Stay, moves: int = MOVES) -> tuple[int, ...] | None:
    """The starts of all stays, the new one's last; None if no way was found.

    profile: contains the present claims of the stays and all other claims. Nothing is moved needlessly: if the new
    stay fits beside the others, it gets the possible start nearest to its preferred one.
    """
    start = _nearest_free(profile, new)
    if start is not None:
        return (*(stay.start for stay in stays), start)
    open_starts = [one for one in new.starts if not profile.blocked & new.claim(one)]
    if profile.over or not moves or not open_starts or impossible(stays, new, profile):
        return None
    taken, search = profile.full, _Search(profile, [*stays, new], [*(stay.start for stay in stays), None])
    search.put(len(stays), min(open_starts, key=lambda one: (_hits(taken, new, one), abs(one - new.start))))
    return search.settle(moves)


def spread(profile: Occupancy, stays: Sequence[Stay], moves: int = MOVES) -> tuple[int, ...] | None:
    """Starts that leave no step overfull, if some are overfull now; None if no way was found."""
    return _Search(profile, list(stays), [stay.start for stay in stays]).settle(moves)


def impossible(stays: Sequence[Stay], new: Stay, profile: Occupancy) -> bool:
    """True if in some interval the stays must claim more socket steps than there are. False proves nothing."""
    reach = new.length + new.starts[-1] - new.starts[0]
    low, high = max(0, new.starts[0] - reach), new.starts[-1] + new.length + reach
    near = [stay for stay in stays if stay.starts[0] < high and stay.starts[-1] + stay.length > low] + [new]
    begins = {stay.starts[0] for stay in near} | {stay.starts[-1] for stay in near}
    return any(_overdrawn(near, begin, high, profile.sockets) for begin in begins if low <= begin < new.starts[0] + new.length)


def _overdrawn(stays: Sequence[Stay], begin: int, high: int, sockets: int) -> bool:
    """For one begin, check all ends at once: each stay's minimum share of [begin, end) is a ramp in the end; the ramps are summed."""
    bends = [0] * (high - begin + 1)
    for stay in stays:
        inside = min(stay.length, stay.starts[0] + stay.length - begin)
        at = max(stay.starts[-1] - begin, 0)
        if inside > 0 and at < len(bends):
            bends[at] += 1
            if at + inside < len(bends):
                bends[at + inside] -= 1
    slope = spent = 0
    for width, bend in enumerate(bends):
        if spent > sockets * width:
            return True
        slope += bend
        spent += slope
    return False


def _hits(taken: int, stay: Stay, start: int) -> int:
    return (taken & stay.claim(start)).bit_count()


def _nearest_free(profile: Occupancy, new: Stay) -> int | None:
    taken = profile.full | profile.blocked
    free = [start for start in new.starts if not taken & new.claim(start)]
    return min(free, key=lambda start: (abs(start - new.start), start), default=None)


class _Search:
    """at: the present start of each stay; None = not placed yet."""

    def __init__(self, profile: Occupancy, stays: list[Stay], at: list[int | None]) -> None:
        self.profile = profile
        self.stays = stays
        self.at = at
        self._tabu: dict[tuple[int, int], int] = {}
        self._seed = 12345

    def put(self, number: int, start: int) -> None:
        stay, before = self.stays[number], self.at[number]
        if before is not None:
            self.profile.drop(stay.claim(before))
        self.profile.add(stay.claim(start))
        self.at[number] = start

    def settle(self, moves: int) -> tuple[int, ...] | None:
        for turn in range(moves):
            if not self.profile.over:
                break
            move = self._best_move(self._crowded_step(), turn)
            if move is None:
                if not self._tabu:
                    return None  # no stay can ever leave that step
                self._tabu.clear()
                continue
            number, start = move
            self._tabu[number, self.at[number] or 0] = turn + _TABU + self._chance(_TABU)
            self.put(number, start)
        if self.profile.over:
            return None
        return tuple(start for start in self.at if start is not None)

    def _crowded_step(self) -> int:
        """The first overfull step, the last, or one in between: always choosing the same one would go in circles."""
        over = self.profile.over
        first, last = (over & -over).bit_length() - 1, over.bit_length() - 1
        among = (first, last, first + self._chance(last - first + 1))[self._chance(3)]
        return among if over >> among & 1 else last

    def _best_move(self, step: int, turn: int) -> tuple[int, int] | None:
        """The stay and new start that take a claim off the step and leave the fewest overfull steps."""
        best, least = None, 0
        for number, stay in enumerate(self.stays):
            at = self.at[number]
            if at is None or not at <= step < at + stay.length or len(stay.starts) < 2:
                continue
            taken = self.profile.without(stay.claim(at))
            now = _hits(taken, stay, at)
            for start in stay.starts:
                if start <= step < start + stay.length or self._tabu.get((number, start), -1) > turn:
                    continue
                if self.profile.blocked & stay.claim(start):
                    continue
                cost = (_hits(taken, stay, start) - now) * _FINE + min(abs(start - stay.start), _FAR) + self._chance(_CHANCE)
                if best is None or cost < least:
                    best, least = (number, start), cost
        return best

    def _chance(self, below: int) -> int:
        """A small generator of its own, so that the same request gets the same answer (Park, Miller 1988)."""
        self._seed = self._seed * 48271 % 2147483647
        return self._seed % below
