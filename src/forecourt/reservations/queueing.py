"""The queue: who is next, who may start outside it, how long it takes, and whether it was fair."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from forecourt.kernel import DriverId, EvseId, Span
from forecourt.reservations.availability import beside_promises, free_until
from forecourt.reservations.fitting import fits
from forecourt.reservations.model import GRACE
from forecourt.reservations.pool import BayGroup, Pool, PresentCar, peak_claims
from forecourt.reservations.shortage_risk import AHEAD, promises_are_safe
from forecourt.reservations.ticket import Left, Served, Ticket
from forecourt.stations import ANY_BAY, BayNeed, BayTraits

# Fewer turns than this do not show how wrong estimates tend to be.
MIN_TURNS = 5
# Fewer stays than this do not show how long the next one will be.
MIN_STAYS = 5
_UNSURE = timedelta(minutes=15)
_MOMENT = timedelta(microseconds=1)


def queue_order(tickets: Sequence[Ticket]) -> list[Ticket]:
    """The drivers who wait or are called, first come, first served.

    A member is placed as if they had come a fixed lead earlier; a driver who passes is placed right behind the next. So nobody is
    overtaken by somebody who came later than the lead, except by passing.
    """
    return sorted((one for one in tickets if one.live), key=lambda one: one.sort_key)


def ahead_of(tickets: Sequence[Ticket], ticket: Ticket | None) -> list[Ticket]:
    """The drivers waiting ahead of this one; None: ahead of somebody who is not in the queue."""
    return [one for one in queue_order(tickets) if one.is_waiting and (ticket is None or one.sort_key < ticket.sort_key)]


def count_ahead(needs: Sequence[BayNeed], bays: Collection[BayTraits]) -> int:
    """How many of those in front affect the last one's wait: drivers who could use a bay that fits the last one, or one
    that such a driver would otherwise take. needs: in the order of the queue, the last one's at the end."""
    reach, others, found = {one for one in bays if needs[-1].met_by(one)}, list(needs[:-1]), 0
    while near := [one for one in others if any(one.met_by(bay) for bay in reach)]:
        reach |= {bay for bay in bays if any(one.met_by(bay) for one in near)}
        others = [one for one in others if one not in near]
        found += len(near)
    return found


def next_behind(tickets: Sequence[Ticket], ticket: Ticket) -> Ticket | None:
    return next((one for one in queue_order(tickets) if one.is_waiting and one.sort_key > ticket.sort_key), None)


def ticket_of(tickets: Sequence[Ticket], driver_id: DriverId) -> Ticket | None:
    return next((one for one in tickets if one.live and one.driver_id == driver_id), None)


def assign_bays(wanted: Sequence[Sequence[EvseId]]) -> list[EvseId | None]:
    """Assign a bay to each driver in line, from those they could use, best first: nobody goes without for the sake of somebody behind; and
    drivers who can be served besides those in front are, even if one of those gets another bay (one augmenting path each)."""
    holder: dict[EvseId, int] = {}

    def seat(one: int, seen: set[EvseId]) -> bool:
        for bay in wanted[one]:
            if bay not in seen:
                seen.add(bay)
                if bay not in holder or seat(holder[bay], seen):
                    holder[bay] = one
                    return True
        return False

    for one in range(len(wanted)):
        seat(one, set())
    bays = {one: bay for bay, one in holder.items()}
    return [bays.get(one) for one in range(len(wanted))]


def queue_allows(tickets: Sequence[Ticket], driver_id: DriverId, evse_id: EvseId, free: Mapping[EvseId, BayTraits]) -> bool:
    """Whether a driver without a booking may start at a socket as far as the queue is concerned: nobody in front goes without for it.

    tickets: for this kind of socket. free: unused sockets of the kind that are reserved for nobody, including this one.
    """
    own_ticket = ticket_of(tickets, driver_id)
    holder = next((one for one in tickets if one.called_to == evse_id), None)
    if holder is not None:
        return holder is own_ticket
    if own_ticket is not None and own_ticket.called_to is not None:
        return True
    wanted = [[bay for bay, offered in free.items() if one.need.met_by(offered)] for one in ahead_of(tickets, own_ticket)]
    return _served(wanted) == _served([[bay for bay in bays if bay != evse_id] for bays in wanted])


def _served(wanted: Sequence[Sequence[EvseId]]) -> int:
    return sum(bay is not None for bay in assign_bays(wanted))


def turn_end(
    pool: Pool, at: datetime, least: timedelta, most: timedelta, due: datetime | None = None, evse_id: EvseId | None = None
) -> datetime | None:
    """Until when a driver who comes now without a booking may stay, at most `most`; None if that is less than the minimum turn.

    due: when they say they will leave. evse_id: the bay; if bays differ, its features may be promised to others.
    If habits are known, the chance that promises can be kept counts, given how long such cars stay.
    """
    ends = [_turn_beside(view, at, least, most, due) for view in pool.views(evse_id)]
    if pool.is_uniform():
        return ends[0]
    if None in ends:
        return None
    until = min(one for one in ends if one is not None)
    starts = {one.window.start for one in pool.promised if at + least <= one.window.start < until}
    nearer = (end for end in sorted({until, *starts}, reverse=True) if end > at)
    until_works = min((span.start for group in pool.groups if evse_id in group.evses for span in group.later), default=until)
    without_reserve = replace(pool, held_back=0)  # once the bay's own maintenance begins, staying there takes it from nobody
    return next((end for end in nearer if fits(without_reserve, Span(at, min(end, until_works)), ANY_BAY, evse_id)), None)


def _turn_beside(pool: Pool, at: datetime, least: timedelta, most: timedelta, due: datetime | None) -> datetime | None:
    until = free_until(beside_promises(pool, at, most) if pool.habits is None else replace(pool, promised=()), at, most)
    if until is None or until - at < least:
        return None
    if pool.habits is None or promises_are_safe(pool, at, _soon(at), (PresentCar(at, None),)):
        return until
    if due is not None and promises_are_safe(pool, at, _soon(at), (PresentCar(at, due),)):
        return min(until, max(due, at + least))
    return None


def _soon(at: datetime) -> Span:
    """Promises whose driver may still come, and those that begin while a car that starts now may still be there."""
    return Span(at - GRACE, at + AHEAD)


def required_gap(lengths: Sequence[timedelta], stated: timedelta | None, least: timedelta, most: timedelta) -> timedelta:
    """How long a socket must be free of promises for an unannounced driver: the median of recent stays, or the stated stay if that is
    longer (people leave later than they say); the site's minimum stay if too little is known,
    and never more than the maximum."""
    typical = _median(lengths) if len(lengths) >= MIN_STAYS else least
    return max(least, min(max(stated or typical, typical), most))


def predict_turns(pool: Pool, needs: Sequence[BayNeed], at: datetime, least: timedelta, typical: timedelta) -> tuple[datetime | None, ...]:
    """When each of the next turns should come, given each driver's need, if everybody who is called stays the usual time.

    pool: with the expected departures of the cars there now. None: not within the time the pool covers.
    """
    found: list[datetime | None] = []
    for need in needs:
        view = pool if need == ANY_BAY else pool.for_need(need)
        start = _first_gap(view, at, least)
        found.append(start)
        if start is not None:
            stay = free_until(view, start, typical) or start + least
            pool = _with_stay(pool, need, Span(start, max(stay, start + least)))
    return tuple(found)


def _with_stay(pool: Pool, need: BayNeed, stay: Span) -> Pool:
    """Add a stay to the pool, at the bay that serves the fewest needs of those free then."""
    fitting = sorted((one for one in pool.groups if need.met_by(one.bay)), key=lambda one: (_full(one, stay.start), one.bay.sort_key))
    groups = (replace(one, taken=(*one.taken, stay)) if fitting and one is fitting[0] else one for one in pool.groups)
    return replace(pool, taken=(*pool.taken, stay), groups=tuple(groups))


def _full(group: BayGroup, at: datetime) -> bool:
    return sum(span.contains(at) for span in group.taken) >= len(group.evses)


def _first_gap(pool: Pool, at: datetime, least: timedelta) -> datetime | None:
    """The first instant from which a socket is free for the minimum time: now, or when a claim or closing ends."""
    ends = {span.end for span in (*pool.claims(), *pool.closed) if span.end > at}
    for start in (at, *sorted(ends)):
        window = Span(start, start + max(least, _MOMENT))
        if not any(span.overlaps(window) for span in pool.closed) and peak_claims(pool, window) < pool.sockets:
            return start
    return None


def remaining_stay(lengths: Sequence[timedelta], stayed: timedelta, typical: timedelta) -> timedelta:
    """How much longer a car is expected to stay after staying so long: the median of longer stays, less the time stayed."""
    longer = [one for one in lengths if one > stayed]
    return _median(longer) - stayed if longer else max(typical - stayed, timedelta())


def estimate_error(tickets: Sequence[Ticket]) -> timedelta | None:
    """The median error of estimated waits. None until enough is known."""
    errors = [abs(one.first_called_at - one.foreseen_at) for one in tickets if one.first_called_at and one.foreseen_at]
    return _median(errors) if len(errors) >= MIN_TURNS else None


def displayed_error(tickets: Sequence[Ticket], wait: timedelta) -> timedelta:
    """The error to show with an estimate: the one learned here, otherwise a quarter of an hour or half the wait."""
    return estimate_error(tickets) or max(_UNSURE, wait / 2)


def _median(lengths: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median(one // timedelta(seconds=1) for one in lengths))


@dataclass(frozen=True, slots=True)
class Inversions:
    """Pairs in which the later comer's turn came first, by what allowed it. unexplained must be 0."""

    by_lead: int = 0
    by_pass: int = 0
    by_stay: int = 0
    by_need: int = 0
    unexplained: int = 0

    @property
    def pairs(self) -> int:
        return self.by_lead + self.by_pass + self.by_stay + self.by_need + self.unexplained


def inversions(tickets: Sequence[Ticket]) -> Inversions:
    """Count, over the tickets of one kind at one site, who was called while somebody who came earlier was still waiting."""
    counted = Inversions()
    for later in tickets:
        for earlier in tickets:
            if _inverted(earlier, later):
                if earlier.passed:
                    counted = replace(counted, by_pass=counted.by_pass + 1)
                elif later.member and not earlier.member:
                    counted = replace(counted, by_lead=counted.by_lead + 1)
                elif _let_by(earlier, "stay_too_long", later):
                    counted = replace(counted, by_stay=counted.by_stay + 1)
                elif _let_by(earlier, "bay_unlike", later):
                    counted = replace(counted, by_need=counted.by_need + 1)
                else:
                    counted = replace(counted, unexplained=counted.unexplained + 1)
    return counted


def _let_by(earlier: Ticket, code: str, later: Ticket) -> bool:
    since = earlier.skipped_since(code)
    return since is not None and later.first_called_at is not None and since <= later.first_called_at


def _inverted(earlier: Ticket, later: Ticket) -> bool:
    if earlier.joined_at >= later.joined_at or later.first_called_at is None:
        return False
    turn = earlier.first_called_at
    if turn is None and isinstance(earlier.state, Left | Served):
        turn = earlier.state.left_at if isinstance(earlier.state, Left) else earlier.state.served_at
    return turn is None or later.first_called_at < turn
