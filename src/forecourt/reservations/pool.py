"""The sockets of one kind at one site, and all that claims them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.kernel import EvseId, Span
from forecourt.reservations.habits import Habits
from forecourt.reservations.model import Booking, Bound
from forecourt.stations import ANY_BAY, BayNeed, BayTraits


@dataclass(frozen=True, slots=True)
class PresentCar:
    """due: when it is to leave, by its booking or statement; None = unknown."""

    since: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True)
class BayGroup:
    """Bays of a pool that are alike, with their part of the pool's values. later: those of `taken` that begin after now
    (maintenance), the same for each of these bays."""

    bay: BayTraits
    evses: frozenset[EvseId]
    taken: tuple[Span, ...] = ()
    cars: tuple[PresentCar, ...] = ()
    broken: int = 0
    later: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Pool:
    """The sockets of one kind at one site (one connector type and power class), and all that claims them.

    sockets: those in service. taken: fixed claims, each on one socket for a span: a charge until its expected end, a socket that is
    out of order or under maintenance. promised: live bookings. closed: spans in which the site is closed. held_back: sockets never
    promised ahead, so that a fault or a late car breaks no promise; walk-ins may use them meanwhile. cars, broken: which of `taken` are
    cars, and how many sockets are out of order now. habits: how cars behave here, if enough is known. too_busy_percent: see
    `BookingRules`. groups: the same bays, grouped by likeness.
    """

    sockets: int
    taken: tuple[Span, ...] = ()
    promised: tuple[Booking, ...] = ()
    closed: tuple[Span, ...] = ()
    held_back: int = 0
    cars: tuple[PresentCar, ...] = ()
    broken: int = 0
    habits: Habits | None = None
    too_busy_percent: int = 100
    groups: tuple[BayGroup, ...] = ()

    @property
    def bookable(self) -> int:
        return max(0, self.sockets - self.held_back)

    def claims(self) -> Iterator[Span]:
        yield from self.taken
        for booking in self.promised:
            yield booking.claim

    def is_uniform(self, need: BayNeed = ANY_BAY) -> bool:
        """Whether it makes no difference which bay somebody gets: every one meets this need and all promised ones, and none has later
        claims of its own. Claims that have begun may be at any of them: only their number counts."""
        return len({one.later for one in self.groups}) < 2 and self.all_meet(need)

    def all_meet(self, need: BayNeed = ANY_BAY) -> bool:
        """Whether every bay meets this need and all promised ones."""
        needs = {need, *(one.need for one in self.promised)}
        return all(one.met_by(group.bay) for group in self.groups for one in needs)

    def for_need(self, need: BayNeed) -> "Pool":
        """The part of the pool that meets a need, with the bookings that must have one of its bays."""
        inside = [group for group in self.groups if need.met_by(group.bay)]
        evses_in_groups, sockets = {evse for group in inside for evse in group.evses}, sum(len(group.evses) for group in inside)
        others = [group.bay for group in self.groups if group not in inside]
        return replace(
            self,
            sockets=sockets,
            taken=tuple(span for group in inside for span in group.taken),
            promised=tuple(one for one in self.promised if _must_be_in(one, evses_in_groups, others)),
            held_back=max(0, self.held_back - (self.sockets - sockets)),
            cars=tuple(car for group in inside for car in group.cars),
            broken=sum(group.broken for group in inside),
            groups=tuple(inside),
        )

    def views(self, evse_id: EvseId | None = None) -> "Iterator[Pool]":
        """The whole pool, and its part for each promised need; if a bay is named, only parts that include it."""
        yield self
        if not self.is_uniform():
            for need in {one.need for one in self.promised} - {ANY_BAY}:
                view = self.for_need(need)
                if evse_id is None or any(evse_id in group.evses for group in view.groups):
                    yield view


def group_bays(bays: Mapping[EvseId, BayTraits], taken: Mapping[EvseId, Sequence[Span]], at: datetime) -> Iterator[BayGroup]:
    """Group the bays that are alike, with their claims."""
    kinds = {one: (bay, tuple(span for span in taken.get(one, ()) if span.start > at)) for one, bay in bays.items()}
    for kind in dict.fromkeys(kinds.values()):
        alike = [one for one, its in kinds.items() if its == kind]
        yield BayGroup(kind[0], frozenset(alike), tuple(span for one in alike for span in taken.get(one, ())), later=kind[1])


def _must_be_in(booking: Booking, evses: set[EvseId], others: list[BayTraits]) -> bool:
    if isinstance(booking.state, Bound):
        return booking.state.evse_id in evses
    return not any(booking.need.met_by(bay) for bay in others)


def peak_claims(pool: Pool, window: Span) -> int:
    return max_overlap(pool.claims(), window)


def max_overlap(spans: Iterable[Span], window: Span) -> int:
    """The greatest number of spans that overlap at some instant of the window."""
    claims = [span for span in spans if span.overlaps(window)]
    # An end sorts before a start at the same instant: half-open spans that touch do not overlap.
    changes = sorted([(span.start, 1) for span in claims] + [(span.end, -1) for span in claims])
    # Claims live before the window starts are all still live when it does, so counting from their starts is exact.
    busy = highest = 0
    for instant, change in changes:
        busy += change
        if instant < window.end:
            highest = max(highest, busy)
    return highest
