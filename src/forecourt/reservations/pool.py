"""The sockets of one kind at one site, and all that claims them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.kernel import EvseId, Span
from forecourt.reservations.habits import Habits
from forecourt.reservations.model import Booking, Bound
from forecourt.stations import ANY_BAY, BayNeed, BayTraits


@dataclass(frozen=True, slots=True)
class Car:
    """due: when it was booked, or said, to leave; None = nobody has said."""

    since: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True)
class BayGroup:
    """Bays of a pool that are alike, and of what the pool has, what concerns them. later: of the taken, what begins only after now
    (maintenance), at each of these bays at the same times."""

    bay: BayTraits
    evses: frozenset[EvseId]
    taken: tuple[Span, ...] = ()
    cars: tuple[Car, ...] = ()
    broken: int = 0
    later: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Pool:
    """The sockets of one kind at one site (one connector type and power class), and all that claims them.

    sockets: those that serve at all. taken: spans in which one of them is claimed and that cannot move: a charge that runs
    until it should end, a socket that is out of order or under maintenance. promised: live bookings. closed: spans in which
    the site serves nobody. held_back: sockets never promised ahead, so that a fault or a late car breaks no promise;
    walk-ins have them meanwhile. cars, broken: those of the taken that are a car, and how many are out of order now.
    habits: what cars do here, where enough is known. too_busy_percent: see `BookingRules`. groups: the same bays, those that are
    alike together.
    """

    sockets: int
    taken: tuple[Span, ...] = ()
    promised: tuple[Booking, ...] = ()
    closed: tuple[Span, ...] = ()
    held_back: int = 0
    cars: tuple[Car, ...] = ()
    broken: int = 0
    habits: Habits | None = None
    too_busy_percent: int = 100
    groups: tuple[BayGroup, ...] = ()

    @property
    def promisable(self) -> int:
        return max(0, self.sockets - self.held_back)

    def claims(self) -> Iterator[Span]:
        yield from self.taken
        for booking in self.promised:
            yield booking.claim

    def alike(self, need: BayNeed = ANY_BAY) -> bool:
        """Whether it is all the same which bay somebody gets: every one meets this need, and each that was promised, and none is taken at
        later times than the others. What is taken now already, and then free, may be at any of them: only how many are counts."""
        return len({one.later for one in self.groups}) < 2 and self.all_meet(need)

    def all_meet(self, need: BayNeed = ANY_BAY) -> bool:
        """Whether every bay meets this need, and each that was promised."""
        needs = {need, *(one.need for one in self.promised)}
        return all(one.met_by(group.bay) for group in self.groups for one in needs)

    def narrowed(self, need: BayNeed) -> "Pool":
        """The bays that meet a need, and who must have one of them."""
        inside = [group for group in self.groups if need.met_by(group.bay)]
        ours, sockets = {evse for group in inside for evse in group.evses}, sum(len(group.evses) for group in inside)
        others = [group.bay for group in self.groups if group not in inside]
        return replace(
            self,
            sockets=sockets,
            taken=tuple(span for group in inside for span in group.taken),
            promised=tuple(one for one in self.promised if _must_be_in(one, ours, others)),
            held_back=max(0, self.held_back - (self.sockets - sockets)),
            cars=tuple(car for group in inside for car in group.cars),
            broken=sum(group.broken for group in inside),
            groups=tuple(inside),
        )

    def views(self, evse_id: EvseId | None = None) -> "Iterator[Pool]":
        """All of it, and what is left of it for each need that was promised; those a bay is in, if one is named."""
        yield self
        if not self.alike():
            for need in {one.need for one in self.promised} - {ANY_BAY}:
                view = self.narrowed(need)
                if evse_id is None or any(evse_id in group.evses for group in view.groups):
                    yield view


def grouped(bays: Mapping[EvseId, BayTraits], taken: Mapping[EvseId, Sequence[Span]], at: datetime) -> Iterator[BayGroup]:
    """The bays that are alike together, with what takes them."""
    kinds = {one: (bay, tuple(span for span in taken.get(one, ()) if span.start > at)) for one, bay in bays.items()}
    for kind in dict.fromkeys(kinds.values()):
        ours = [one for one, its in kinds.items() if its == kind]
        yield BayGroup(kind[0], frozenset(ours), tuple(span for one in ours for span in taken.get(one, ())), later=kind[1])


def _must_be_in(booking: Booking, evses: set[EvseId], others: list[BayTraits]) -> bool:
    if isinstance(booking.state, Bound):
        return booking.state.evse_id in evses
    return not any(booking.need.met_by(bay) for bay in others)


def most_claimed(pool: Pool, window: Span) -> int:
    return most_at_once(pool.claims(), window)


def most_at_once(spans: Iterable[Span], window: Span) -> int:
    """How many of them are live together at some instant of the window."""
    claims = [span for span in spans if span.overlaps(window)]
    # An end sorts before a start at the same instant: half-open spans that touch do not overlap.
    changes = sorted([(span.start, 1) for span in claims] + [(span.end, -1) for span in claims])
    # Claims live before the window starts are all still live when it does, so counting from their starts is exact.
    busy = most = 0
    for instant, change in changes:
        busy += change
        if instant < window.end:
            most = max(most, busy)
    return most
