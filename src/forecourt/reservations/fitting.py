"""Bays that differ: is there one for everybody, from start to end of each stay?

Counting is enough only if all bays are alike: each meets every need, and none has claims of its own later on (maintenance) that nobody
can be moved around. Otherwise every stay needs a group of bays that meets its need, and at no instant may a group have more stays than
bays; a group then always has enough bays (interval graphs are perfect). A sweep from start to start tries the groups, starting with
those that serve the fewest needs, and backtracks where a stay finds none; states found hopeless are not tried again. The
problem is NP-hard in general (interval scheduling with job-dependent machines: Kolen, Lenstra, Papadimitriou, Spieksma 2007), so after
TRIES the search gives up and answers no: everything that is promised has been proved to fit.

Whether one more fits is asked for many starts at once. So the promises are laid out once, each gapless stretch of time by
itself. One more stay may find a group free as things lie, or exceed any layout by the count alone; only otherwise a sweep rearranges
the stays AROUND it, and ends where everything lies as before.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, cached_property

from forecourt.kernel import EvseId, Span
from forecourt.reservations.model import Booking, Bound
from forecourt.reservations.pool import BayGroup, Pool, max_overlap, peak_claims
from forecourt.stations import ANY_BAY, BayNeed, merged

TRIES = 20_000
AROUND = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Stay:
    """groups: where it may be, best first. pinned: it is there already, even if the group is overfull."""

    claim: Span
    groups: tuple[int, ...]
    pinned: bool = False


class _Stretch:
    """Stays by start that form a chain without a gap: each overlaps or touches another."""

    def __init__(self, reach: Span, stays: Sequence[Stay], room: Sequence[int]) -> None:
        self.reach, self.stays, self._room = reach, stays, room

    @cached_property
    def homes(self) -> tuple[int, ...] | None:
        """A group for each stay; None if not all can be kept."""
        return assign_groups(self._room, self.stays)


class Layout:
    """The promises of a pool, laid out once for several questions, which share the budget of TRIES."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self._room, self._tries, self._alike = pool, _room(pool), TRIES, cache(pool.is_uniform)
        self._works = {span for group in pool.groups for span in group.later}

    def fits(self, claim: Span, need: BayNeed = ANY_BAY, evse_id: EvseId | None = None) -> bool:
        """Whether one more stay can be promised besides all others, at a certain bay if one is named. Stays that cannot be kept anyway are
        no reason to refuse others, except where they compete for the same bays."""
        if self._alike(need) or (self._pool.all_meet(need) and not any(self._is_worked_in(one) for one in self._near(claim))):
            return peak_claims(self._pool, claim) < self._pool.bookable
        new = Stay(claim, _groups(self._pool, need, evse_id))
        touched = self._near(claim)
        homes = [home for one in touched for home in one.homes or ()]
        stays = [stay for one in touched for stay in one.stays]
        return self._one_more(stays, homes, new) if len(homes) == len(stays) else self._fits_beside_unkeepable(new)

    def all_fit(self) -> bool:
        """Whether every promise can be kept as things lie."""
        if not self._pool.all_meet():
            return all(one.homes is not None for one in self._stretches)
        return all(self._is_feasible(one) for one in self._stretches)

    def _is_feasible(self, stretch: _Stretch) -> bool:
        """The same for a stretch, if all bays meet every need."""
        if self._is_worked_in(stretch):
            return stretch.homes is not None
        return max_overlap((one.claim for one in stretch.stays), stretch.reach) <= self._pool.bookable

    def _is_worked_in(self, stretch: _Stretch) -> bool:
        return any(one.overlaps(stretch.reach) for one in self._works)

    def _near(self, claim: Span) -> list[_Stretch]:
        return [one for one in self._stretches if one.reach.overlaps(claim)]

    @cached_property
    def _stays(self) -> list[Stay]:
        return _stays(self._pool)

    @cached_property
    def _stretches(self) -> list[_Stretch]:
        ordered = sorted(self._stays, key=_turn)
        found, number = list[_Stretch](), 0
        for reach in merged(one.claim for one in ordered):
            first = number
            while number < len(ordered) and ordered[number].claim.start <= reach.end:
                number += 1
            found.append(_Stretch(reach, ordered[first:number], self._room))
        return found

    def _one_more(self, stays: Sequence[Stay], homes: Sequence[int], new: Stay) -> bool:
        near = [(stay, home) for stay, home in zip(stays, homes, strict=True) if stay.claim.overlaps(new.claim)]
        for group in new.groups:
            if max_overlap((stay.claim for stay, home in near if home == group), new.claim) < self._room[group]:
                return True
        if _too_many(self._room, [stay for stay, _ in near], new):
            return False
        at = bisect_right(stays, _turn(new), key=_turn)
        first = bisect_right(stays, new.claim.start - AROUND, key=lambda one: one.claim.start)
        sweep = _Sweep(self._room, [*stays[:at], new, *stays[at:]], [*homes[:at], None, *homes[at:]], first, new.claim.end)
        found, self._tries = sweep.settle(self._tries), self._tries - sweep.steps
        return found

    def _fits_beside_unkeepable(self, new: Stay) -> bool:
        kept, lost = _keepable(self._room, _chained(self._stays, new.claim))
        in_the_way = any(one.claim.overlaps(new.claim) and set(one.groups) & set(new.groups) for one in lost)
        return not in_the_way and assign_groups(self._room, [*kept, new]) is not None


def fits(pool: Pool, claim: Span, need: BayNeed = ANY_BAY, evse_id: EvseId | None = None) -> bool:
    """`Layout.fits` for a single question."""
    return Layout(pool).fits(claim, need, evse_id)


def all_fit(pool: Pool) -> bool:
    """Whether every promise can be kept as things lie."""
    return Layout(pool).all_fit()


def cost_to_others(pool: Pool, claim: Span, evse_id: EvseId) -> tuple[bool, tuple[int, bool, int]]:
    """What giving somebody this bay would cost others, for sorting, lowest first: whether a promise could no longer be kept,
    then how many needs the bay can serve."""
    group_rank = next((group.bay.sort_key for group in pool.groups if evse_id in group.evses), (0, False, 0))
    return not pool.is_uniform() and not fits(replace(pool, held_back=0), claim, ANY_BAY, evse_id), group_rank


def assign_groups(room: Sequence[int], stays: Sequence[Stay], tries: int = TRIES) -> tuple[int, ...] | None:
    """A group for each stay; None if there is no way, or none was found."""
    order = sorted(range(len(stays)), key=lambda one: _turn(stays[one]))
    sweep = _Sweep(room, [stays[one] for one in order])
    homes = sweep.homes if sweep.settle(tries) else None
    return tuple(home for _, home in sorted(zip(order, homes, strict=True))) if homes is not None else None


class _Sweep:
    """homes: the groups of the stays placed so far. there: for each step, which of the earlier stays are still present then.

    usual: each stay's present group, if known; stays before `first` keep theirs, and from `settled` on everybody does, as soon as
    those still present have theirs.
    """

    def __init__(
        self,
        room: Sequence[int],
        stays: Sequence[Stay],
        usual: Sequence[int | None] = (),
        first: int = 0,
        settled: datetime | None = None,
    ) -> None:
        self.steps = 0
        self.homes: list[int] = [home for home in usual[:first] if home is not None]
        self._room, self._stays, self._usual, self._first, self._settled = room, stays, usual, first, settled
        self._there: list[tuple[int, ...]] = []
        self._open: list[Iterator[int]] = []
        self._dead = set[tuple[int, tuple[tuple[int, datetime, bool], ...]]]()

    def settle(self, tries: int) -> bool:
        while len(self.homes) < len(self._stays) and self.steps < tries:
            self.steps += 1
            if self._first + len(self._open) == len(self.homes):
                self._arrive()
                if self._lie_as_before():
                    return True
            home = next(self._open[-1], None)
            if home is not None:
                self.homes.append(home)
            elif not self._go_back():
                return False
        return len(self.homes) == len(self._stays)

    def _arrive(self) -> None:
        step = len(self.homes)
        start = self._stays[step].claim.start
        before = (*self._there[-1], step - 1) if self._there else tuple(range(step))
        self._there.append(tuple(one for one in before if self._stays[one].claim.end > start))
        self._open.append(iter(()) if self._dead and self._state() in self._dead else self._homes_for(step))

    def _lie_as_before(self) -> bool:
        step = len(self.homes)
        if self._settled is None or self._stays[step].claim.start < self._settled:
            return False
        return all(self.homes[one] == self._usual[one] for one in self._there[-1])

    def _homes_for(self, step: int) -> Iterator[int]:
        stay, usual = self._stays[step], self._usual[step] if self._usual else None
        here: dict[int, list[bool]] = {}
        for one in self._there[step - self._first]:
            here.setdefault(self.homes[one], []).append(self._stays[one].pinned)
        for group in sorted(stay.groups, key=lambda one: one != usual):
            there = here.get(group, ())
            if len(there) < self._room[group] or (stay.pinned and all(there)):
                yield group

    def _go_back(self) -> bool:
        self._dead.add(self._state())
        self._open.pop()
        self._there.pop()
        if len(self.homes) == self._first:
            return False
        self.homes.pop()
        return True

    def _state(self) -> tuple[int, tuple[tuple[int, datetime, bool], ...]]:
        there = ((self.homes[one], self._stays[one].claim.end, self._stays[one].pinned) for one in self._there[-1])
        return len(self._there), tuple(sorted(there))


def _turn(stay: Stay) -> tuple[datetime, bool]:
    """Sort key for the order in which stays are placed."""
    return stay.claim.start, not stay.pinned


def _too_many(room: Sequence[int], near: Sequence[Stay], new: Stay) -> bool:
    """Whether counting alone shows that one more cannot fit: some groups have fewer bays than stays confined to them."""
    wanted = frozenset(new.groups)
    regions = {wanted | set(one.groups) for one in near} | {wanted}
    for instant in {new.claim.start, *(one.claim.start for one in near if one.claim.start > new.claim.start)}:
        at_instant = [one for one in near if one.claim.contains(instant)]
        pinned = [one.groups[0] for one in at_instant if one.pinned]
        loose = [one for one in at_instant if not one.pinned]
        for region in regions:
            if sum(region.issuperset(one.groups) for one in loose) >= sum(max(0, room[one] - pinned.count(one)) for one in region):
                return True
    return False


def _room(pool: Pool) -> list[int]:
    """Bays of each group that may be promised: those held back are the ones that serve the fewest needs, and are free for longest."""
    held_back, rooms = pool.held_back, list[int]()
    for group in _ordered(pool):
        taken = min(held_back, len(group.evses))
        rooms.append(len(group.evses) - taken)
        held_back -= taken
    return rooms


def _ordered(pool: Pool) -> list[BayGroup]:
    return sorted(pool.groups, key=lambda one: (one.bay.sort_key, bool(one.later)))


def _groups(pool: Pool, need: BayNeed, evse_id: EvseId | None = None) -> tuple[int, ...]:
    ordered = _ordered(pool)
    at_bay = tuple(number for number, one in enumerate(ordered) if evse_id in one.evses)
    return at_bay or tuple(number for number, one in enumerate(ordered) if need.met_by(one.bay))


def _stays(pool: Pool) -> list[Stay]:
    pinned = [Stay(span, (number,), pinned=True) for number, group in enumerate(_ordered(pool)) for span in group.taken]
    promised = [_promised(pool, one) for one in sorted(pool.promised, key=lambda one: (one.made_at, one.number))]
    return pinned + sorted(promised, key=lambda one: not one.pinned)


def _promised(pool: Pool, booking: Booking) -> Stay:
    bound = booking.state.evse_id if isinstance(booking.state, Bound) else None
    at_bay = bound is not None and any(bound in group.evses for group in pool.groups)
    return Stay(booking.claim, _groups(pool, booking.need, bound), pinned=at_bay)


def _chained(stays: Sequence[Stay], claim: Span) -> list[Stay]:
    """The stays connected to the claim, directly or through others, in their order: no others affect it."""
    reach = next(one for one in merged([claim, *(one.claim for one in stays)]) if one.overlaps(claim))
    return [one for one in stays if one.claim.overlaps(reach)]


def _keepable(room: Sequence[int], stays: Sequence[Stay]) -> tuple[list[Stay], list[Stay]]:
    """Which stays can be kept, tried in order of promise, and which cannot."""
    kept, lost = list[Stay](), list[Stay]()
    if assign_groups(room, stays) is not None:
        return list(stays), lost
    for one in stays:
        (kept if assign_groups(room, [*kept, one]) is not None else lost).append(one)
    return kept, lost
