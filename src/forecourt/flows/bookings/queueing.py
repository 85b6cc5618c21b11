"""The queue for sockets of a kind: join, let others go first, leave; and what happens to it as time passes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.drivers import decide, verdict_label
from forecourt.flows.bookings.availability import (
    ASSUMED_STAY,
    OUT_OF_USE,
    SHORTEST_REMAINING_STAY,
    expected_departure,
    pool_of,
    recent_stays,
    stated_departure,
    suitable_sockets,
    walk_in_gap,
)
from forecourt.flows.bookings.driver_tokens import token_at
from forecourt.flows.bookings.turns import free_sockets, has_start_ordered, release_turn, renumbered, reserve_for_turn, withdraw_turn
from forecourt.flows.desk.booking_notices import notify_turn
from forecourt.flows.desk.orders import is_connected
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.buyer import plans_of
from forecourt.flows.prices.price_finding import sockets_of
from forecourt.kernel import Conflict, DriverId, EvseId, Forbidden, Ids, NotFound, SiteId, Span
from forecourt.notices import NoticeKind
from forecourt.reservations import (
    MIN_STAYS,
    BookingRules,
    Called,
    Pool,
    Ticket,
    ahead_of,
    assign_bays,
    call,
    change_need,
    cost_to_others,
    count_ahead,
    displayed_error,
    estimate_error,
    expire,
    give_way,
    leave,
    mark_skipped,
    next_behind,
    predict_turns,
    queue_order,
    remaining_stay,
    turn_end,
    with_member_lead,
    withdraw_call,
)
from forecourt.sessions import Session
from forecourt.stations import ANY_BAY, BayNeed, ConnectorState, Evse, Verdict, out_of_service


@dataclass(frozen=True, slots=True)
class JoinQueue:
    """need: of the bay; None = unchanged if already in the queue, otherwise the driver's usual need if some bay meets it."""

    site_id: SiteId
    kind: str
    driver_id: DriverId
    need: BayNeed | None = None


@dataclass(frozen=True, slots=True)
class WaitEstimate:
    """ahead: how many drivers are waiting in front for bays that would suit. at: when the turn is expected, None = not today.
    give_or_take: the median error of waits estimated here. measured: there were enough of them; otherwise give_or_take is a guess."""

    ahead: int
    at: datetime | None
    give_or_take: timedelta
    measured: bool


def join_queue(store: Store, wanted: JoinQueue, at: datetime, ids: Ids) -> Ticket:
    """Take a place in the queue; joining again returns the same place, with the new need. Raises Conflict "free_now" if there is nothing
    to wait for."""
    need = _usual(store, wanted) if wanted.need is None else wanted.need
    sockets = suitable_sockets(store, wanted.site_id, wanted.kind, need)
    store.bookings.lock_pool(wanted.site_id, wanted.kind)
    known = store.queue.live_of(wanted.driver_id)
    if known is not None and (known.site_id, known.kind) == (wanted.site_id, wanted.kind):
        return known if wanted.need in (None, known.need) else _with_new_need(store, known, need, at, ids)
    if known is not None:
        raise Conflict("queued_already", "You are already in another queue.", "Leave that one first.")
    site = store.stations.site(wanted.site_id)
    if site.ended(at):
        raise Conflict("site_ended", "{place} has closed for good.", "Choose another place.", place=site.name)
    _may_charge(store, sockets[0], wanted.driver_id, at)
    waiting = [one for one in store.queue.live_at(wanted.site_id) if one.kind == wanted.kind]
    if not waiting and not has_to_wait(store, wanted.site_id, wanted.kind, need, at, wanted.driver_id):
        raise Conflict("free_now", "A bay is free now, so there is no need to wait.", "Plug in, or start from the app.")
    ticket = replace(_joined(store, sockets[0], wanted.driver_id, at, ids), need=need)
    store.queue.put(replace(ticket, foreseen_at=estimate_wait(store, ticket, at).at))
    _advance(store, wanted.site_id, wanted.kind, at, ids)
    return store.queue.ticket(ticket.id) or ticket


def has_to_wait(store: Store, site_id: SiteId, kind: str, need: BayNeed, at: datetime, driver_id: DriverId | None = None) -> bool:
    """Whether a driver without a booking would find no suitable socket to start at now. driver_id: who, if known."""
    tickets = [one for one in store.queue.live_at(site_id) if one.kind == kind]
    template = sockets_of(store, site_id, kind)[0]
    free = list(free_sockets(store, template, tickets, at))
    needs = [*(one.need for one in ahead_of(tickets, None)), need]
    if assign_bays([_meeting(free, one) for one in needs])[-1] is None:
        return True
    unlike = {one.offers: one for one in free if need.met_by(one.offers)}.values()
    return all(_gap(store, one, driver_id, at) is None for one in unlike)


def _meeting(free: Sequence[Evse], need: BayNeed) -> list[EvseId]:
    return [one.id for one in free if need.met_by(one.offers)]


def join_at_charger(store: Store, evse: Evse, driver_id: DriverId, at: datetime, ids: Ids) -> None:
    """Queue a driver who showed a card while others wait, or at another's socket; drivers who may not queue are left out."""
    with suppress(Conflict, Forbidden):
        join_queue(store, JoinQueue(evse.site_id, evse.kind, driver_id), at, ids)


def leave_queue(store: Store, driver_id: DriverId, ticket_id: UUID, at: datetime, ids: Ids) -> Ticket:
    """Give the place up; a socket reserved for it goes to the next at once. Leaving twice is no error."""
    ticket = _own(store, driver_id, ticket_id)
    left = leave(ticket, at)
    if left is not ticket:
        release_turn(store, ticket, at, ids)
        store.queue.put(left)
        _advance(store, ticket.site_id, ticket.kind, at, ids)
    return left


def pass_turn(store: Store, driver_id: DriverId, ticket_id: UUID, at: datetime, ids: Ids) -> Ticket:
    """Let the next driver go first, and stay in the queue right behind."""
    ticket = _own(store, driver_id, ticket_id)
    passed = give_way(ticket, next_after(store, ticket), at)
    release_turn(store, ticket, at, ids)
    store.queue.put(passed)
    _advance(store, ticket.site_id, ticket.kind, at, ids)
    return store.queue.ticket(ticket_id) or passed


def next_after(store: Store, ticket: Ticket) -> Ticket | None:
    """Who would be next if this driver let others go first; if called to a bay, only drivers whom it suits."""
    bay = store.stations.evse(ticket.called_to).offers if ticket.called_to else None
    same_kind = (one for one in store.queue.live_at(ticket.site_id) if one.kind == ticket.kind)
    return next_behind([one for one in same_kind if bay is None or one.need.met_by(bay)], ticket)


def _with_new_need(store: Store, ticket: Ticket, need: BayNeed, at: datetime, ids: Ids) -> Ticket:
    """Keep the place with another need; a reserved bay that does not meet it goes to the next."""
    changed_ticket = change_need(ticket, need)
    called_bay = store.stations.evse(ticket.called_to) if ticket.called_to else None
    if called_bay and not need.met_by(called_bay.offers):
        release_turn(store, ticket, at, ids)
        changed_ticket = withdraw_call(changed_ticket, at, called_bay.label)
    store.queue.put(changed_ticket)
    _advance(store, ticket.site_id, ticket.kind, at, ids)
    return store.queue.ticket(ticket.id) or changed_ticket


def advance_queue(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Bring the site's queues up to the instant: end unused turns, call the next. Returns how many changes; repeating changes nothing."""
    changed = 0
    for kind in sorted({ticket.kind for ticket in store.queue.live_at(site_id)}):
        store.bookings.lock_pool(site_id, kind)
        changed += _advance(store, site_id, kind, at, ids)
    return changed


def estimate_wait(store: Store, ticket: Ticket, at: datetime) -> WaitEstimate:
    """How many are ahead of a ticket and when its turn should come, judged by how long cars stay here."""
    tickets = [one for one in store.queue.live_at(ticket.site_id) if one.kind == ticket.kind and one.id != ticket.id]
    needs = [*(one.need for one in ahead_of(tickets, ticket)), ticket.need]
    return _outlook(store, ticket.site_id, ticket.kind, needs, at)


def estimate_wait_of_next(store: Store, site_id: SiteId, kind: str, at: datetime, need: BayNeed = ANY_BAY) -> WaitEstimate:
    """The outlook for a driver who joined now."""
    tickets = [one for one in store.queue.live_at(site_id) if one.kind == kind]
    return _outlook(store, site_id, kind, [*(one.need for one in ahead_of(tickets, None)), need], at)


def _outlook(store: Store, site_id: SiteId, kind: str, needs: Sequence[BayNeed], at: datetime) -> WaitEstimate:
    """needs: of the drivers in front, in order, and last of the one who asks."""
    known = recent_stays(store, site_id, kind)
    lately = known if len(known) >= MIN_STAYS else ()
    expected_stay = remaining_stay(lately, timedelta(), ASSUMED_STAY)

    def leaves(store: Store, session: Session, at: datetime) -> datetime:
        promised = expected_departure(store, session, at, lambda: known)
        if session.booking_id:
            return promised
        likely = max(session.started_at, at) + max(SHORTEST_REMAINING_STAY, remaining_stay(lately, at - session.started_at, expected_stay))
        return min(promised, likely)

    pool = pool_of(store, site_id, kind, at, leaves)
    pool = _with_plugged(store, pool, site_id, kind, at)
    foreseen = predict_turns(pool, needs, at, _least(store, site_id, kind, None, at), expected_stay)[-1]
    wait = foreseen - at if foreseen else timedelta()
    called, bays = store.queue.latest_called(site_id, kind), {one.bay for one in pool.groups}
    return WaitEstimate(count_ahead(needs, bays), foreseen, displayed_error(called, wait), estimate_error(called) is not None)


def _with_plugged(store: Store, pool: Pool, site_id: SiteId, kind: str, at: datetime) -> Pool:
    """The pool with sockets that have a cable plugged in but no charge: somebody is about to start, or to leave."""
    same_kind = [one for one in store.stations.evses(site_id) if one.kind == kind]
    plugged = [
        one for one in same_kind if store.stations.socket(one.id).state is ConnectorState.OCCUPIED and not store.sessions.open_on(one.id)
    ]
    soon = Span(at, at + SHORTEST_REMAINING_STAY)
    groups = (replace(one, taken=(*one.taken, *(soon for evse in plugged if evse.id in one.evses))) for one in pool.groups)
    return replace(pool, taken=(*pool.taken, *(soon for _ in plugged)), groups=tuple(groups))


def _advance(store: Store, site_id: SiteId, kind: str, at: datetime, ids: Ids) -> int:
    """The caller holds the pool's lock. A driver whose stay would be too long before the next booking, or whose need no free bay meets,
    keeps the place without blocking those behind: otherwise the socket would stand idle."""
    rules = store.bookings.rules(site_id)
    before = [one for one in store.queue.live_at(site_id) if one.kind == kind]
    changed = sum(_end_turn(store, ticket, rules, at, ids) for ticket in before if ticket.called_to is not None)
    waiting = [one for one in queue_order(store.queue.live_at(site_id)) if one.kind == kind and one.is_waiting]
    free = _free_for_turn(store, waiting[0], rules, at) if waiting else []
    stay_on: list[tuple[Ticket, str]] = []
    for index, ticket in enumerate(waiting):
        if not free:
            break  # nobody behind has a better claim
        found = _bay_for(store, ticket, waiting[index + 1 :], free, at)
        if found is None:
            stay_on.append((ticket, "stay_too_long" if _meeting(free, ticket.need) else "bay_unlike"))
            continue
        for one, reason in stay_on:
            store.queue.put(mark_skipped(one, reason, at))
        bay, until = found
        _call(store, ticket, bay, Called(bay.id, at, at + timedelta(minutes=rules.plug_in_min), until), ids)
        changed, free = changed + 1, _free_for_turn(store, ticket, rules, at)
    return changed


def _bay_for(
    store: Store, ticket: Ticket, later_tickets: Sequence[Ticket], free: Sequence[Evse], at: datetime
) -> tuple[Evse, datetime] | None:
    """The free bay that takes least from others, chosen so that nobody behind misses out; and until when it is free."""
    bays, later_choices = list(free), [_meeting(free, one.need) for one in later_tickets]
    while (chosen := assign_bays([_meeting(bays, ticket.need), *later_choices])[0]) is not None:
        bay = next(one for one in bays if one.id == chosen)
        until = _gap(store, bay, ticket.driver_id, at)
        if until is not None:
            return bay, until
        bays = [one for one in bays if one.offers != bay.offers]
    return None


def _end_turn(store: Store, ticket: Ticket, rules: BookingRules, at: datetime, ids: Ids) -> bool:
    """Take back a socket that cannot be kept, with the driver next again; end a turn that nobody used."""
    if not isinstance(ticket.state, Called):
        return False
    evse_id = ticket.state.evse_id
    session, state = store.sessions.open_on(evse_id), store.stations.socket(evse_id).state
    is_used_by_other = session is not None and session.token is not None and session.driver_id != ticket.driver_id
    evse = store.stations.evse(evse_id)
    if is_used_by_other or state in OUT_OF_USE or out_of_service(store.stations.site(ticket.site_id), evse.label, at):
        withdraw_turn(store, ticket, at, ids, NoticeKind.TURN_TAKEN if is_used_by_other else NoticeKind.TURN_LOST)
        return True
    # A cable is plugged in but no card was shown yet: that may be the driver.
    is_occupied = state is ConnectorState.OCCUPIED or session is not None
    if at >= ticket.state.until + (timedelta(minutes=rules.plug_in_min) if is_occupied else timedelta()):
        release_turn(store, ticket, at, ids)
        store.queue.put(expire(ticket, at))
        notify_turn(store, ticket, NoticeKind.TURN_OVER, at)
        return True
    return False


def _free_for_turn(store: Store, ticket: Ticket, rules: BookingRules, at: datetime) -> list[Evse]:
    """The sockets free of use, reservations and maintenance for the minimum stay; first those that take least from others."""
    sockets = [evse for evse in store.stations.evses(ticket.site_id) if evse.kind == ticket.kind]
    tickets = [one for one in store.queue.live_at(ticket.site_id) if one.kind == ticket.kind]
    until = at + timedelta(minutes=rules.plug_in_min + rules.walk_in_min)
    free = [one for one in free_sockets(store, sockets[0], tickets, at, until) if not has_start_ordered(store, one, at)] if sockets else []
    pool, stay = pool_of(store, ticket.site_id, ticket.kind, at), Span(at, until)
    return sorted(free, key=lambda one: (not is_connected(store, one.charger_id), *cost_to_others(pool, stay, one.id), one.label))


def _call(store: Store, ticket: Ticket, evse: Evse, turn: Called, ids: Ids) -> None:
    called = call(renumbered(store, ticket), turn, evse.label)
    store.queue.put(called)
    reserve_for_turn(store, called, turn, ids)
    notify_turn(store, called, NoticeKind.TURN, turn.called_at)


def _gap(store: Store, template: Evse, driver_id: DriverId | None, at: datetime) -> datetime | None:
    pool: Pool = pool_of(store, template.site_id, template.kind, at)
    min_stay = _least(store, template.site_id, template.kind, driver_id, at) if pool.habits is None else _coming(store, template.site_id)
    return turn_end(pool, at, min_stay, ASSUMED_STAY, stated_departure(store, driver_id, template.site_id, at), template.id)


def _coming(store: Store, site_id: SiteId) -> timedelta:
    """The time to get there, plus the site's minimum stay."""
    rules = store.bookings.rules(site_id)
    return timedelta(minutes=rules.plug_in_min + rules.walk_in_min)


def _least(store: Store, site_id: SiteId, kind: str, driver_id: DriverId | None, at: datetime) -> timedelta:
    """The minimum length of a turn: the time to get there plus the stay expected of a walk-in, at most a usual stay."""
    plug_in_time = timedelta(minutes=store.bookings.rules(site_id).plug_in_min)
    return min(ASSUMED_STAY, plug_in_time + walk_in_gap(store, site_id, kind, driver_id, at))


def _joined(store: Store, like: Evse, driver_id: DriverId, at: datetime, ids: Ids) -> Ticket:
    token = token_at(store, like.site_id, driver_id).uid
    ticket = Ticket(ids.new(at), like.operator_id, like.site_id, like.kind, driver_id, token, store.bookings.next_number(), at, at)
    member = bool(plans_of(store, driver_id, at))  # of a membership plan, or of a group of the operator's
    return with_member_lead(ticket, timedelta(minutes=store.bookings.rules(like.site_id).member_lead_min if member else 0))


def _usual(store: Store, wanted: JoinQueue) -> BayNeed:
    need = store.drivers.driver(wanted.driver_id).bay_need
    return need if any(need.met_by(one.offers) for one in sockets_of(store, wanted.site_id, wanted.kind)) else ANY_BAY


def _may_charge(store: Store, template: Evse, driver_id: DriverId, at: datetime) -> None:
    verdict = decide(token_at(store, template.site_id, driver_id), store.payments.debt_status(driver_id), at)
    if verdict is not Verdict.ACCEPTED:
        raise Forbidden("token_refused", "Your account cannot charge: {why}.", "Check your account.", why=verdict_label(verdict))
    if any(one.site_id == template.site_id for one in store.sessions.open_of(driver_id)):
        raise Conflict("charging_already", "You are already charging here.", "Join again when you have unplugged.")


def _own(store: Store, driver_id: DriverId, ticket_id: UUID) -> Ticket:
    """The ticket, read after taking the pool's lock."""
    ticket = _look_up(store, driver_id, ticket_id)
    store.bookings.lock_pool(ticket.site_id, ticket.kind)
    return _look_up(store, driver_id, ticket_id)


def _look_up(store: Store, driver_id: DriverId, ticket_id: UUID) -> Ticket:
    """Others' places are treated as not existing."""
    ticket = store.queue.ticket(ticket_id)
    if ticket is None or ticket.driver_id != driver_id:
        raise NotFound("ticket", "You are not in that queue.")
    return ticket
