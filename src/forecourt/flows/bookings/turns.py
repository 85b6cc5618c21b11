"""Whose socket it is now: the effect of a turn in the queue on everybody who comes to one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.drivers import group_of
from forecourt.flows.desk.booking_notices import notify_turn
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.outbox import ChargerOrder, Delivery
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, EvseId, Ids, SessionId, Span, TokenUid, instant_text
from forecourt.notices import NoticeKind
from forecourt.reservations import EARLY, Bound, Called, Ticket, extend_call, queue_allows, serve, ticket_of, withdraw_call
from forecourt.stations import BayNeed, CancelReserve, ConnectorState, Evse, Outcome, Reserve, Site, StartCharge, maintenance_of

# A start reported later than this is long past: stopping the charge would lose the energy already delivered.
RECENT_START = timedelta(minutes=2)
# How long a charger may take from accepting a remote start to reporting the charge.
STARTS_WITHIN = timedelta(minutes=2)
_NOT_STARTED = (Outcome.REJECTED, Outcome.UNREACHABLE, Outcome.UNANSWERED)
_MOMENT = timedelta(microseconds=1)


def is_reserved_for_another(store: Store, evse: Evse, driver_id: DriverId) -> bool:
    """Whether a booking of somebody else has this socket now."""
    holders = (one for one in store.bookings.live_at(evse.site_id) if isinstance(one.state, Bound) and one.state.evse_id == evse.id)
    return any(one.driver_id != driver_id for one in holders)


def may_start(store: Store, evse: Evse, driver_id: DriverId, at: datetime) -> bool:
    """Whether the queue lets a driver use a socket: it is their turn, they have a booking now, or there are enough for all."""
    tickets = [one for one in store.queue.live_at(evse.site_id) if one.kind == evse.kind]
    if not tickets:
        return True
    if has_booking_now(store, evse, driver_id, at):
        return all(one.called_to != evse.id or one.driver_id == driver_id for one in tickets)
    free = {evse.id: evse.offers} | {one.id: one.offers for one in free_sockets(store, evse, tickets, at)}
    return queue_allows(tickets, driver_id, evse.id, free)


def has_booking_now(store: Store, evse: Evse, driver_id: DriverId, at: datetime) -> bool:
    live_bookings = store.bookings.live_at(evse.site_id)
    return any(one.driver_id == driver_id and one.kind == evse.kind and one.window.start - EARLY <= at for one in live_bookings)


def free_sockets(store: Store, template: Evse, tickets: Sequence[Ticket], at: datetime, until: datetime | None = None) -> Iterator[Evse]:
    """Sockets of the same kind and site that are unused, not reserved, and not under maintenance (until then)."""
    site, span = store.stations.site(template.site_id), Span(at, max(until or at, at + _MOMENT))
    reserved = {one.state.evse_id for one in store.bookings.live_at(template.site_id) if isinstance(one.state, Bound)}
    reserved |= {one.called_to for one in tickets if one.called_to is not None}
    occupied = reserved | {one.evse_id for one in store.sessions.open_at(template.site_id)}
    for evse in store.stations.evses(template.site_id):
        available = evse.kind == template.kind and store.stations.socket(evse.id).state is ConnectorState.AVAILABLE
        if available and evse.id not in occupied and serves(site, evse, span):
            yield evse


def serves(site: Site, evse: Evse, span: Span) -> bool:
    """Whether no maintenance of this socket lies in the span."""
    return maintenance_of(site, evse.label, span) is None


def has_start_ordered(store: Store, evse: Evse, at: datetime, but_of: TokenUid | None = None) -> bool:
    """Whether a charger was asked a moment ago to start a charge there (for a token other than but_of) and has not refused."""
    return any(
        (one.done_at is None or one.outcome.startswith(Outcome.ACCEPTED)) and at - one.item.due_at < STARTS_WITHIN
        for one, start in _starts(store, evse)
        if start.token != but_of
    )


def was_start_refused(store: Store, evse: Evse, driver_id: DriverId, since: datetime) -> bool:
    """Whether a driver tried to start there, and the charger refused or could not be reached."""
    own_tokens = {token.uid for token in store.drivers.tokens_of(driver_id)}
    refused = (one for one, start in _starts(store, evse) if start.token in own_tokens and one.outcome.startswith(_NOT_STARTED))
    return any(one.item.due_at >= since for one in refused)


def _starts(store: Store, evse: Evse) -> Iterator[tuple[Delivery, StartCharge]]:
    """The latest starts ordered at a socket."""
    for delivery in store.outbox.history(evse.charger_id, limit=20):
        wanted = delivery.item.work.order if isinstance(delivery.item.work, ChargerOrder) else None
        if isinstance(wanted, StartCharge) and wanted.evse_number == evse.number:
            yield delivery, wanted


def serve_ticket(store: Store, evse: Evse, driver_id: DriverId, session_id: SessionId, at: datetime, ids: Ids) -> None:
    """A driver is charging: their place in this queue is served, whichever socket of the kind they use."""
    if ticket_of(_tickets_for(store, evse), driver_id) is None:
        return
    store.bookings.lock_pool(evse.site_id, evse.kind)  # the clock may be about to call the next
    ticket = ticket_of(_tickets_for(store, evse), driver_id)
    if ticket is not None:
        if ticket.called_to not in (None, evse.id):
            release_turn(store, ticket, at, ids)
        store.queue.put(serve(ticket, session_id, at))


def extend_turn(store: Store, evse: Evse, driver_id: DriverId, at: datetime, needs: timedelta) -> None:
    """A start is being ordered: extend the reservation until it can have begun."""
    ticket = ticket_of(_tickets_for(store, evse), driver_id)
    if ticket is not None and ticket.called_to == evse.id:
        store.queue.put(extend_call(ticket, at + needs))


def reserve_for_turn(store: Store, ticket: Ticket, turn: Called, ids: Ids) -> None:
    """Have the charger reserve the socket for the driver's cards. If it refuses, we reject others' cards ourselves."""
    evse = store.stations.evse(turn.evse_id)
    wanted = Reserve(ticket.number, evse.number, ticket.token, turn.until, group_of(ticket.driver_id))
    enqueue_order(store, evse.charger_id, wanted, turn.called_at, ids, f"turn/{ticket.id}/{instant_text(turn.called_at)}")


def release_turn(store: Store, ticket: Ticket, at: datetime, ids: Ids) -> None:
    if isinstance(ticket.state, Called):
        evse = store.stations.evse(ticket.state.evse_id)
        key = f"turn-over/{ticket.id}/{instant_text(ticket.state.called_at)}"
        enqueue_order(store, evse.charger_id, CancelReserve(ticket.number), at, ids, key)


def withdraw_turn(store: Store, ticket: Ticket, at: datetime, ids: Ids, kind: NoticeKind = NoticeKind.TURN_LOST) -> None:
    """A booking needs the socket, it has failed, or somebody else is charging there (TURN_TAKEN); the driver is next again."""
    if ticket.called_to is not None:
        release_turn(store, ticket, at, ids)
        store.queue.put(withdraw_call(ticket, at, store.stations.evse(ticket.called_to).label))
        notify_turn(store, ticket, kind, at)


def free_latest_turn(store: Store, template: Evse, need: BayNeed, at: datetime, ids: Ids) -> Evse | None:
    """Free a socket for a booking: of the drivers called to one that meets its need and not there yet, the last in the queue gives it up.
    Returns the socket, if there is one."""
    called = [
        one for one in _tickets_for(store, template) if one.called_to and _not_come(store, one) and _meets(store, one.called_to, need)
    ]
    if not called:
        return None
    last = max(called, key=lambda one: one.sort_key)
    withdraw_turn(store, last, at, ids)
    return store.stations.evse(last.called_to) if last.called_to else None


def _meets(store: Store, evse_id: EvseId, need: BayNeed) -> bool:
    return need.met_by(store.stations.evse(evse_id).offers)


def _not_come(store: Store, ticket: Ticket) -> bool:
    if ticket.called_to is None:
        return False
    idle = store.stations.socket(ticket.called_to).state in (ConnectorState.AVAILABLE, ConnectorState.RESERVED)
    return idle and store.sessions.open_on(ticket.called_to) is None


def _tickets_for(store: Store, evse: Evse) -> list[Ticket]:
    return [one for one in store.queue.live_at(evse.site_id) if one.kind == evse.kind]


def renumbered(store: Store, ticket: Ticket) -> Ticket:
    """Use a new reservation id for each turn: a late cancellation of the previous one must not undo the new one."""
    return replace(ticket, number=store.bookings.next_number())
