"""The sockets, cars and drivers of one site; `forecourt.reservations` decides what is promised to whom."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from uuid import UUID

from _waiting_reasons import Idle, Reasons
from _waiting_visits import ZONE, Outage, Visit

from forecourt.kernel import BookingId, Conflict, DriverId, EvseId, OperatorId, SessionId, SiteId, Span, TokenUid
from forecourt.reservations import (
    BIND_BEFORE,
    EARLY,
    HABIT_HISTORY,
    Booking,
    BookingRules,
    Bound,
    Called,
    Confirmed,
    Habits,
    PastStay,
    Pool,
    PresentCar,
    SlotRequest,
    Ticket,
    arrive,
    bind,
    book_slot,
    break_promise,
    call,
    expected_overstay,
    habits_from_stays,
    leave,
    mark_no_show,
    nearest_starts,
    no_show_due,
    queue_allows,
    queue_order,
    rearranged,
    remaining_stay,
    required_gap,
    resolve_overbooking,
    serve,
    turn_end,
    unbind,
    with_member_lead,
)
from forecourt.stations import BayTraits

ID = UUID(int=1)
RULES = BookingRules()
FLEXIBLE, FARTHEST_OFFER = timedelta(minutes=30), timedelta(hours=1)
# As `forecourt.flows.bookings.availability` has them.
ASSUMED_STAY, SOON_GONE, REPAIRED_WITHIN = timedelta(hours=4), timedelta(minutes=10), timedelta(hours=24)
EARLIER_STAYS = 8
TICK, RETRY = timedelta(minutes=5), timedelta(minutes=30)
_MINUTE, _LATELY = timedelta(minutes=1), 300


@dataclass(frozen=True)
class Policy:
    """named: a booking names a socket. foresees: what cars do here is learned every night, and promises are kept by their chances;
    else each booking keeps its socket longer by what drivers tend to overstay, and a walk-in needs the gap of a usual stay."""

    books: bool = True
    named: bool = False
    queue: bool = True
    foresees: bool = True
    rules: BookingRules = RULES


@dataclass(frozen=True)
class Waited:
    wait: timedelta
    booked: bool
    member: bool


@dataclass(frozen=True)
class Asked:
    short: bool
    member: bool
    accepted: bool


@dataclass
class Parked:
    visit: Visit
    since: datetime
    said: datetime
    claimed: datetime


@dataclass
class Site:
    policy: Policy
    sockets: int
    past: list[PastStay]
    cars: dict[int, Parked] = field(default_factory=dict)
    down: set[int] = field(default_factory=set)
    bookings: dict[int, Booking] = field(default_factory=dict)  # by visit
    group_of: dict[int, int] = field(default_factory=dict)
    bound: set[int] = field(default_factory=set)  # sockets chosen for a booking
    tickets: dict[int, Ticket] = field(default_factory=dict)
    waiting: dict[int, Ticket] = field(default_factory=dict)
    here: dict[int, tuple[Visit, datetime]] = field(default_factory=dict)  # waiting with a booking
    asked: list[Asked] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    waits: list[Waited] = field(default_factory=list)
    served: int = 0
    busy: timedelta = timedelta()
    reasons: Reasons = field(default_factory=Reasons)

    def __post_init__(self) -> None:
        whole = range(self.sockets)
        self.groups = [[one] for one in whole] if self.policy.named else [list(whole)]
        self.live: list[dict[int, Booking]] = [{} for _ in self.groups]
        self.events: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.visits: dict[int, Visit] = {}
        self.dice = random.Random(7)
        self.count = 0
        self.night: date | None = None
        self.habits: Habits | None = None

    def play(self, visits: list[Visit], outages: list[Outage], end: datetime) -> None:
        for visit in visits:
            self.visits[visit.number] = visit
            if self.policy.books and visit.asks_at is not None:
                self._then(visit.asks_at, partial(self._ask, visit))
            elif not visit.no_show:
                self._then(visit.at, partial(self._unannounced, visit))
        for one in outages:
            self._then(one.at, partial(self._fail, one))
        tick = min(one.asks_at or one.at for one in visits)
        while self.events and self.events[0][0] < end:
            if tick <= self.events[0][0]:
                at, tick = tick, tick + TICK
            else:
                at, _, act = heappop(self.events)
                act(at)
            self._learn(at)
            self._keep(at)
        for car in self.cars.values():
            self.busy += end - car.since

    def _learn(self, at: datetime) -> None:
        """Every night, as `forecourt.flows.power.learning`."""
        night = at.astimezone(ZONE).date()
        if night != self.night:
            self.night, self.past = night, [one for one in self.past if one.span.end > at - HABIT_HISTORY]
            self.habits = habits_from_stays(self.past, self.sockets, ZONE.key, at) if self.policy.foresees else None
            self.stayed = [one.span.length for one in self.past[-_LATELY:]]
            self.late = [one.span.end - one.due for one in self.past[-_LATELY:] if one.due]

    def _then(self, at: datetime, act: Callable[[datetime], None]) -> None:
        self.count += 1
        heappush(self.events, (at, self.count, act))

    # Booking

    def _ask(self, visit: Visit, at: datetime) -> None:
        accepted = any(self._hold(visit, visit.at, group, at) for group in self._shuffled()) or self._offered(visit, at)
        self.asked.append(Asked(visit.short, visit.member, accepted))
        if accepted:
            booking = self.bookings[visit.number]
            if not visit.no_show:
                self._then(max(at, booking.promised.start + visit.off), lambda at: self._come_booked(visit, at))
        elif not visit.no_show:
            self._then(visit.at, partial(self._unannounced, visit))

    def _offered(self, visit: Visit, at: datetime) -> bool:
        window = Span(visit.at, visit.at + visit.states)
        for group in self._shuffled():
            for start in nearest_starts(self._pool(group, at), window, at):
                if abs(start - visit.at) <= FARTHEST_OFFER and self._hold(visit, start, group, at):
                    return True
        return False

    def _shuffled(self) -> list[int]:
        return self.dice.sample(range(len(self.groups)), len(self.groups))

    def _hold(self, visit: Visit, start: datetime, group: int, at: datetime) -> bool:
        window = Span(start, start + visit.states)
        flexible = FLEXIBLE if start == visit.at else timedelta()
        wish = SlotRequest(OperatorId(ID), SiteId(ID), "kind", _driver(visit), TokenUid("T"), window, flexible, self._buffer())
        try:
            changed = book_slot(wish, BookingId(UUID(int=visit.number)), visit.number, self._pool(group, at), at)
        except Conflict:
            return False
        self.group_of[visit.number] = group
        self._put(*changed)
        return True

    def _buffer(self) -> timedelta:
        """The recording does not say who drove: earlier stays of the driver are drawn from those of the garage."""
        return timedelta() if self.habits else expected_overstay(self.dice.sample(self.late, min(len(self.late), EARLIER_STAYS)))

    def _put(self, *changed: Booking) -> None:
        for one in changed:
            before, live = self.bookings.get(one.number), self.live[self.group_of[one.number]]
            if before is not None and isinstance(before.state, Bound):
                self.bound.discard(_socket(before.state))
            if isinstance(one.state, Bound):
                self.bound.add(_socket(one.state))
            self.bookings[one.number] = one
            live.pop(one.number, None)
            if one.live:
                live[one.number] = one

    def _queue(self, ticket: Ticket) -> None:
        self.tickets[ticket.number] = ticket
        self.waiting.pop(ticket.number, None)
        if ticket.live:
            self.waiting[ticket.number] = ticket

    def _pool(self, group: int, at: datetime) -> Pool:
        ours = self.groups[group]
        taken = [Span(at, at + REPAIRED_WITHIN) for one in ours if one in self.down]
        here = [car for one in ours if (car := self.cars.get(one))]
        taken += [Span(min(car.since, at), self._leaves(car, at)) for car in here]
        cars = tuple(PresentCar(car.since, car.said) for car in here)
        broken = len(self.down.intersection(ours))
        return Pool(
            len(ours),
            tuple(taken),
            tuple(self.live[group].values()),
            cars=cars,
            broken=broken,
            habits=self.habits,
            too_busy_percent=self.policy.rules.too_busy_percent,
        )

    def _leaves(self, car: Parked, at: datetime) -> datetime:
        if self.habits or at < car.claimed:
            return max(car.claimed, at + SOON_GONE)
        return at + max(SOON_GONE, remaining_stay(self.stayed, at - car.since, timedelta()))

    # Coming and going

    def _come_booked(self, visit: Visit, at: datetime) -> None:
        booking = self.bookings[visit.number]
        due = booking.window.start + visit.off
        if booking.live and due > at:
            self._then(min(due, at + TICK), lambda at: self._come_booked(visit, at))
        elif booking.live:
            self.here[visit.number] = (visit, at)
        else:
            self._unannounced(visit, at)

    def _unannounced(self, visit: Visit, at: datetime) -> None:
        self._come(visit, at, at)

    def _come(self, visit: Visit, at: datetime, since: datetime) -> None:
        """Somebody without a booking (any more) wants a socket."""
        socket = self._walk_in(visit, at)
        if socket is not None:
            self._plug(visit, socket, at, since)
        elif self.policy.queue:
            lead = _MINUTE * self.policy.rules.member_lead_min if visit.member else timedelta()
            ticket = Ticket(UUID(int=visit.number), OperatorId(ID), SiteId(ID), "kind", _driver(visit), TokenUid("T"), visit.number, at, at)
            self._queue(with_member_lead(ticket, lead))
            self._then(max(at, since + visit.patience), lambda at: self._give_up(visit, since, at))
        elif at + RETRY <= since + visit.patience:
            self._then(at + RETRY, lambda at: self._come(visit, at, since))
        else:  # who gets no socket has waited in vain as long as in a queue
            self.waits.append(Waited(visit.patience, False, visit.member))

    def _give_up(self, visit: Visit, since: datetime, at: datetime) -> None:
        ticket = self.tickets[visit.number]
        if ticket.live:
            self._queue(leave(ticket, at))
            self.waits.append(Waited(at - since, False, visit.member))

    def _walk_in(self, visit: Visit, at: datetime) -> int | None:
        free = {_evse(one): BayTraits() for group in self.groups for one in self._free(group)}
        for group, sockets in enumerate(self.groups):
            for socket in self._free(sockets):
                if self._gap(group, visit, at) is not None:
                    return socket if queue_allows(list(self.waiting.values()), _driver(visit), _evse(socket), free) else None
        return None

    def _gap(self, group: int, visit: Visit, at: datetime) -> datetime | None:
        """As `walk_in_gap` in `forecourt.flows.bookings.availability`: what the driver says and the site's least stay have to fit."""
        pool, least = self._pool(group, at), _MINUTE * self.policy.rules.walk_in_min
        if not pool.habits and pool.promised:
            least = required_gap(self.stayed, visit.states, least, ASSUMED_STAY)
        return turn_end(pool, at, least, ASSUMED_STAY, at + visit.states)

    def _free(self, sockets: list[int]) -> list[int]:
        return [one for one in sockets if one not in self.cars and one not in self.down and one not in self.bound]

    def _plug(self, visit: Visit, socket: int, at: datetime, since: datetime, booking: Booking | None = None) -> None:
        assert socket not in self.cars and socket not in self.down
        said = booking.window.end if booking else at + visit.states
        claimed = booking.claim.end if booking else said
        self.cars[socket] = Parked(visit, at, said, claimed)
        self.waits.append(Waited(at - since, booking is not None, visit.member))
        self.served += 1
        self._then(at + visit.stays, lambda at: self._go(visit, socket, at))

    def _go(self, visit: Visit, socket: int, at: datetime) -> None:
        car = self.cars.get(socket)
        if car is not None and car.visit is visit:
            del self.cars[socket]
            self.busy += at - car.since
            self.past.append(PastStay(Span(car.since, at), car.said))

    def _fail(self, outage: Outage, at: datetime) -> None:
        """A car that charged there leaves."""
        car = self.cars.pop(outage.socket, None)
        if car is not None:
            self.busy += at - car.since
        self.down.add(outage.socket)
        self._then(outage.until, lambda _: self.down.discard(outage.socket))

    # What the clock does, as `forecourt.flows.bookings.booking_upkeep` and `forecourt.flows.bookings.queueing` do it

    def _keep(self, at: datetime) -> None:
        for group in range(len(self.groups)):
            if self.live[group]:
                self._keep_bookings(group, at)
        for ticket in queue_order(list(self.waiting.values())):
            if not self._call(ticket, at):
                break
        self.reasons.note(at, self._idle(at))

    def _idle(self, at: datetime) -> Idle:
        due = sum(isinstance(one.state, Bound) and one.window.start <= at for live in self.live for one in live.values())
        free = len(self._free(list(range(self.sockets))))
        return Idle(len(self.waiting) + len(self.here), due, len(self.bound) - due, free, len(self.down))

    def _keep_bookings(self, group: int, at: datetime) -> None:
        pool = self._pool(group, at)
        windows = dict(resolve_overbooking(replace(pool, held_back=0), at))
        if windows:
            self._put(*rearranged(pool.promised, windows))
        for booking in sorted(self.live[group].values(), key=lambda one: one.window.start):
            self._put(self._kept(booking, group, at))

    def _kept(self, booking: Booking, group: int, at: datetime) -> Booking:
        if isinstance(booking.state, Bound) and _socket(booking.state) in self.down:
            booking = unbind(booking, at, "")
        if no_show_due(booking, at):
            return self._let_go(booking, group, at)
        free = self._free(self.groups[group])
        if isinstance(booking.state, Confirmed) and booking.window.start - BIND_BEFORE <= at and free:
            booking = bind(booking, _evse(free[0]), str(free[0]), at)
        if isinstance(booking.state, Bound) and booking.number in self.here and booking.window.start - EARLY <= at:
            visit, since = self.here.pop(booking.number)
            self._plug(visit, _socket(booking.state), at, since, booking)
            booking = arrive(booking, SessionId(ID), at)
        return booking

    def _let_go(self, booking: Booking, group: int, at: datetime) -> Booking:
        if isinstance(booking.state, Bound):
            return mark_no_show(booking, at)
        cause = self._cause(group, at)
        self.broken.append(cause)
        if booking.number in self.here:
            visit, since = self.here.pop(booking.number)
            self._then(at, lambda at: self._come(visit, at, since))
        return break_promise(booking, at, cause)

    def _cause(self, group: int, at: datetime) -> str:
        ours = self.groups[group]
        if self.down & set(ours):
            return "fault"
        return "overstay" if any(at > self.cars[one].said for one in ours if one in self.cars) else "walk_in"

    def _call(self, ticket: Ticket, at: datetime) -> bool:
        """Who is called stands there, and plugs in at once."""
        visit = self.visits[ticket.number]
        for group, sockets in enumerate(self.groups):
            free = self._free(sockets)
            until = self._gap(group, visit, at) if free else None
            if until is not None:
                called = call(ticket, Called(_evse(free[0]), at, at + TICK, until), "")
                self._queue(serve(called, SessionId(ID), at))
                self._plug(visit, free[0], at, ticket.joined_at)
                return True
        return False


def _driver(visit: Visit) -> DriverId:
    return DriverId(UUID(int=visit.number))


def _evse(socket: int) -> EvseId:
    return EvseId(UUID(int=socket))


def _socket(state: Bound) -> int:
    return state.evse_id.int
