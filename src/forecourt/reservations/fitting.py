"""Bays that are not alike: is there one for everybody, from start to end of each stay?

Counting answers that only where all bays are alike. Else every stay needs a group of bays that meets its need, and at no instant may a
group have more stays than bays; a group always has bays enough then (interval graphs are perfect). A sweep from start to start tries the
groups, those first that serve the least, and goes back where a stay finds none; states found hopeless are not looked at again. The
question is NP-hard in general (interval scheduling with job-dependent machines: Kolen, Lenstra, Papadimitriou, Spieksma 2007), so after
TRIES it is given up, and the answer is no: what is promised was seen to fit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.kernel import EvseId, Span
from forecourt.reservations.model import Booking, Bound
from forecourt.reservations.pool import BayGroup, Pool, most_claimed
from forecourt.stations import ANY_BAY, BayNeed, merged

TRIES = 20_000


@dataclass(frozen=True, slots=True)
class Stay:
    """groups: where it may be, best first. pinned: it is there already, even where that is too much."""

    claim: Span
    groups: tuple[int, ...]
    pinned: bool = False


def fits(pool: Pool, claim: Span, need: BayNeed = ANY_BAY, evse_id: EvseId | None = None) -> bool:
    """Whether one more can be promised besides all that is, at a certain bay if one is named. Who has no bay as things stand is not
    helped by refusing others, but where they are wanted as well."""
    if pool.alike(need):
        return most_claimed(pool, claim) < pool.promisable
    new, room = Stay(claim, _groups(pool, need, evse_id)), _room(pool)
    others = _chained(_stays(pool), claim)
    if share_out(room, [*others, new]) is not None:
        return True
    kept, lost = _kept(room, others)
    in_the_way = any(one.claim.overlaps(claim) and set(one.groups) & set(new.groups) for one in lost)
    return bool(lost) and not in_the_way and share_out(room, [*kept, new]) is not None


def all_fit(pool: Pool) -> bool:
    """Whether everything promised can be kept as it lies."""
    return share_out(_room(pool), _stays(pool)) is not None


def takes(pool: Pool, claim: Span, evse_id: EvseId) -> tuple[bool, tuple[int, bool, int]]:
    """What it would take from others to give somebody this bay, the less the better: whether somebody promised another could not be
    kept, then how much the bay can serve."""
    standing = next((group.bay.standing for group in pool.groups if evse_id in group.evses), (0, False, 0))
    return not pool.alike() and not fits(replace(pool, held_back=0), claim, ANY_BAY, evse_id), standing


def share_out(room: Sequence[int], stays: Sequence[Stay], tries: int = TRIES) -> tuple[int, ...] | None:
    """A group for each stay; None if there is no way, or none was found."""
    order = sorted(range(len(stays)), key=lambda one: (stays[one].claim.start, not stays[one].pinned))
    sweep = _Sweep(room, [stays[one] for one in order])
    homes = sweep.homes if sweep.settle(tries) else None
    return tuple(home for _, home in sorted(zip(order, homes, strict=True))) if homes is not None else None


class _Sweep:
    """homes: the groups of the stays so far. there: for each step, who of those before is still there then."""

    def __init__(self, room: Sequence[int], stays: Sequence[Stay]) -> None:
        self.homes: list[int] = []
        self._room, self._stays = room, stays
        self._there: list[tuple[int, ...]] = []
        self._open: list[Iterator[int]] = []
        self._dead = set[tuple[int, tuple[tuple[int, datetime, bool], ...]]]()

    def settle(self, tries: int) -> bool:
        while len(self.homes) < len(self._stays) and tries > 0:
            tries -= 1
            if len(self._open) == len(self.homes):
                self._arrive()
            home = next(self._open[-1], None)
            if home is not None:
                self.homes.append(home)
            elif not self._go_back():
                return False
        return len(self.homes) == len(self._stays)

    def _arrive(self) -> None:
        step = len(self.homes)
        start = self._stays[step].claim.start
        before = (*self._there[-1], step - 1) if self._there else ()
        self._there.append(tuple(one for one in before if self._stays[one].claim.end > start))
        self._open.append(iter(()) if self._state() in self._dead else self._homes_for(step))

    def _homes_for(self, step: int) -> Iterator[int]:
        stay, there = self._stays[step], self._there[step]
        for group in stay.groups:
            here = [self._stays[one] for one in there if self.homes[one] == group]
            if len(here) < self._room[group] or (stay.pinned and all(one.pinned for one in here)):
                yield group

    def _go_back(self) -> bool:
        self._dead.add(self._state())
        self._open.pop()
        self._there.pop()
        if not self.homes:
            return False
        self.homes.pop()
        return True

    def _state(self) -> tuple[int, tuple[tuple[int, datetime, bool], ...]]:
        there = ((self.homes[one], self._stays[one].claim.end, self._stays[one].pinned) for one in self._there[-1])
        return len(self._there), tuple(sorted(there))


def _room(pool: Pool) -> list[int]:
    """Bays of each group that may be promised: those held back are such as serve the least."""
    back, room = pool.held_back, list[int]()
    for group in _ordered(pool):
        taken = min(back, len(group.evses))
        room.append(len(group.evses) - taken)
        back -= taken
    return room


def _ordered(pool: Pool) -> list[BayGroup]:
    return sorted(pool.groups, key=lambda one: one.bay.standing)


def _groups(pool: Pool, need: BayNeed, evse_id: EvseId | None = None) -> tuple[int, ...]:
    ordered = _ordered(pool)
    at_bay = tuple(number for number, one in enumerate(ordered) if evse_id in one.evses)
    return at_bay or tuple(number for number, one in enumerate(ordered) if need.met_by(one.bay))


def _stays(pool: Pool) -> list[Stay]:
    taken = [Stay(span, (number,), pinned=True) for number, group in enumerate(_ordered(pool)) for span in group.taken]
    promised = [_promised(pool, one) for one in sorted(pool.promised, key=lambda one: (one.made_at, one.number))]
    return taken + sorted(promised, key=lambda one: not one.pinned)


def _promised(pool: Pool, booking: Booking) -> Stay:
    bound = booking.state.evse_id if isinstance(booking.state, Bound) else None
    at_bay = bound is not None and any(bound in group.evses for group in pool.groups)
    return Stay(booking.claim, _groups(pool, booking.need, bound), pinned=at_bay)


def _chained(stays: Sequence[Stay], claim: Span) -> list[Stay]:
    """Those that touch the claim, or one that does, and so on, in their order: the others do not matter to it."""
    reach = next(one for one in merged([claim, *(one.claim for one in stays)]) if one.overlaps(claim))
    return [one for one in stays if one.claim.overlaps(reach)]


def _kept(room: Sequence[int], stays: Sequence[Stay]) -> tuple[list[Stay], list[Stay]]:
    """Who can be kept, those promised first before others, and who cannot."""
    kept, lost = list[Stay](), list[Stay]()
    if share_out(room, stays) is not None:
        return list(stays), lost
    for one in stays:
        (kept if share_out(room, [*kept, one]) is not None else lost).append(one)
    return kept, lost
