"""What happens to bookings as time passes: choose the socket shortly before, replace it if it fails, end no-shows."""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.drivers import group_of
from forecourt.flows.bookings.availability import OUT_OF_USE, pool_of
from forecourt.flows.bookings.compensation import cause_of_broken_promise, compensate, is_offline
from forecourt.flows.bookings.consecutive_bookings import stay_for_next_booking
from forecourt.flows.bookings.power_risk import recheck_power_risk
from forecourt.flows.bookings.reserving import release_slot, release_socket
from forecourt.flows.bookings.turns import free_latest_turn, free_sockets, has_start_ordered, serves, was_start_refused
from forecourt.flows.desk.booking_notices import notify_booking
from forecourt.flows.desk.orders import enqueue_order, enqueue_task, is_connected
from forecourt.flows.ports.outbox import InvoiceNoShow
from forecourt.flows.ports.store import Store
from forecourt.kernel import EvseId, Ids, SiteId, Span, instant_text
from forecourt.notices import NoticeKind
from forecourt.reservations import (
    BIND_BEFORE,
    EARLY,
    GRACE,
    Booking,
    Bound,
    Broken,
    Confirmed,
    Missed,
    Pool,
    add_note,
    bind,
    blocked_bays,
    break_early,
    break_promise,
    cost_to_others,
    is_bay_unreachable,
    is_waiting_for_bay,
    last_notified_bay,
    mark_bay_unreachable,
    mark_no_show,
    no_show_due,
    rearranged,
    resolve_overbooking,
    unbind,
    was_last_bay_blocked,
)
from forecourt.stations import ConnectorState, Evse, Reserve

# Messages from a charger arrive and are applied within this time; after an outage, counted from its reconnection.
MESSAGES_WITHIN = timedelta(minutes=1)


def advance_bookings(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Bring the site's live bookings up to the instant; return the number of changes. Repeating it changes nothing."""
    changed = 0
    for kind in sorted({booking.kind for booking in store.bookings.live_at(site_id)}):
        store.bookings.lock_pool(site_id, kind)
        changed += _resolve_overbooking(store, site_id, kind, at)
        for booking in [one for one in store.bookings.live_at(site_id) if one.kind == kind]:
            changed += _advance(store, booking, at, ids)
    recheck_power_risk(store, site_id, at)
    return changed


def _advance(store: Store, booking: Booking, at: datetime, ids: Ids) -> bool:
    before = booking
    if booking.offered_until is not None:  # not accepted yet: no bay is chosen for it, and no no-show recorded
        if at >= booking.offered_until:
            release_slot(store, booking.id, at, ids)
        return at >= booking.offered_until
    if isinstance(booking.state, Bound) and _lost(store, booking, booking.state.evse_id, at):
        booking = _give_up(store, booking, booking.state.evse_id, at, ids)
    elif isinstance(booking.state, Bound) and not is_bay_unreachable(booking):
        booking = _note_unreachable(store, booking, store.stations.evse(booking.state.evse_id), at)
    due = no_show_due(booking, at) and not _may_have_come(store, booking, at) and not _about_to_begin(store, booking, at)
    bayless = isinstance(booking.state, Confirmed) and at >= booking.window.start
    if (due or bayless) and stay_for_next_booking(store, booking, at, ids):
        return True
    if due:
        booking = _end_unused(store, booking, at, ids)
    elif isinstance(booking.state, Confirmed) and booking.window.start - BIND_BEFORE <= at:
        booking = choose_socket(store, booking, at, ids)
    if isinstance(booking.state, Confirmed) and booking.within not in (None, booking.window) and booking.fixed(at):
        notify_booking(store, booking, NoticeKind.BOOKING_TIME, at)  # once for each new time
    if is_waiting_for_bay(booking, at):
        notify_booking(store, booking, NoticeKind.BOOKING_WAITS, at, before=last_notified_bay(booking))
    return booking is not before


def _resolve_overbooking(store: Store, site_id: SiteId, kind: str, at: datetime) -> int:
    """A socket failed, or a car overstays: move bookings that may still move to make up for it."""
    pool = pool_of(store, site_id, kind, at)
    windows = dict(resolve_overbooking(pool, at))
    changed = rearranged(pool.promised, windows) if windows else ()
    starts = {booking.id: booking.window.start for booking in pool.promised}
    for booking in changed:
        shifted = booking.window.start != starts[booking.id]
        store.bookings.put(add_note(booking, at, "time_moved", instant_text(booking.window.start)) if shifted else booking)
    return len(windows)


def _end_unused(store: Store, booking: Booking, at: datetime, ids: Ids) -> Booking:
    """End a booking as a no-show; or as broken, which costs the driver nothing and us a credit, if there was no socket."""
    release_socket(store, booking, at, ids)
    ended = _end_state(store, booking, at)
    store.bookings.put(ended)
    if isinstance(ended.state, Missed):
        enqueue_task(store, booking, InvoiceNoShow(booking.id), at, ids, f"no-show/{booking.id}")
        notify_booking(store, ended, NoticeKind.BOOKING_MISSED, at)
    elif isinstance(ended.state, Broken) and ended.state.cause != "offline":  # its driver was notified when contact was lost
        notify_booking(store, ended, NoticeKind.BOOKING_BROKEN, at)
    return ended


def _end_state(store: Store, booking: Booking, at: datetime) -> Booking:
    """A driver whose start the charger refused did come and pays no fee, but gets no credit: anybody could press the button from anywhere.
    If the charger was offline and could not say who came, neither side pays; only a reported cable proves that somebody did."""
    if not isinstance(booking.state, Bound):
        if was_last_bay_blocked(booking):  # reported with a button, which can be pressed from anywhere
            return break_early(booking, at, "blocked")
        return break_promise(booking, at, cause_of_broken_promise(store, booking, at), compensate(store, booking, at))
    evse = store.stations.evse(booking.state.evse_id)
    if was_start_refused(store, evse, booking.driver_id, booking.window.start - EARLY):
        return break_early(booking, at, "refused")
    if is_bay_unreachable(booking):
        stood_there = is_offline(store, evse, at) and _plugged_in(store, evse)
        return break_early(booking, at, "fault", compensate(store, booking, at)) if stood_there else break_early(booking, at, "offline")
    return mark_no_show(booking, at)


def _note_unreachable(store: Store, booking: Booking, evse: Evse, at: datetime) -> Booking:
    """The charger is offline and no other bay is free: tell the driver that the app cannot start there, and that they will owe nothing."""
    if not is_offline(store, evse, at):
        return booking
    noted = mark_bay_unreachable(booking, at, evse.label)
    store.bookings.put(noted)
    notify_booking(store, noted, NoticeKind.BOOKING_OUT_OF_REACH, at, evse.label)
    return noted


def _plugged_in(store: Store, evse: Evse) -> bool:
    return store.sessions.open_on(evse.id) is not None or store.stations.socket(evse.id).state is ConnectorState.OCCUPIED


def _lost(store: Store, booking: Booking, evse_id: EvseId, at: datetime) -> bool:
    """Whether the chosen socket can no longer keep the promise. A cable in it may be the driver's own, just before the card is shown."""
    evse, site = store.stations.evse(evse_id), store.stations.site(booking.site_id)
    if at < booking.window.end and not serves(site, evse, Span(at, booking.window.end)):
        return True
    session, state = store.sessions.open_on(evse_id), store.stations.socket(evse_id).state
    if session is not None and session.token is not None:
        return session.driver_id != booking.driver_id
    if state in OUT_OF_USE:
        return True
    # The app cannot start there, so another bay is better; without one, the charger may still accept the driver's card.
    is_unreachable = is_offline(store, evse, at) and not _plugged_in(store, evse)
    return is_unreachable and any(is_connected(store, one.charger_id) for one in _free(store, booking, at))


def _may_have_come(store: Store, booking: Booking, at: datetime) -> bool:
    """Whether the charger's next message may show that the driver came in time: messages take a moment, and the charger may be offline, or
    have come back only a moment ago and not have reported everything."""
    if not isinstance(booking.state, Bound):
        return False
    charger = store.stations.charger(store.stations.evse(booking.state.evse_id).charger_id)
    may_be_delayed = charger is not None and (
        not charger.connected or (charger.seen_at is not None and at - charger.seen_at < MESSAGES_WITHIN)
    )
    return (may_be_delayed and at < booking.window.end) or not no_show_due(booking, at - MESSAGES_WITHIN)


def _about_to_begin(store: Store, booking: Booking, at: datetime) -> bool:
    """The driver came within the grace, and it runs out while a card is shown, the bank is asked or the charger starts: allow as much time
    as a driver has who is called from the queue."""
    time = timedelta(minutes=store.bookings.rules(booking.site_id).plug_in_min)
    if not isinstance(booking.state, Bound) or no_show_due(booking, at - time) or at >= booking.window.end:
        return False
    evse = store.stations.evse(booking.state.evse_id)
    if store.stations.socket(evse.id).state is ConnectorState.OCCUPIED or has_start_ordered(store, evse, at):
        return True
    hold = store.payments.hold_on(booking.driver_id, evse.id)
    return hold is not None and hold.booking_id is None  # the hold behind a guest's booking dates from long before


def _give_up(store: Store, booking: Booking, evse_id: EvseId, at: datetime, ids: Ids) -> Booking:
    release_socket(store, booking, at, ids)
    free = unbind(booking, at, store.stations.evse(evse_id).label)
    store.bookings.put(free)
    return free


def choose_socket(store: Store, booking: Booking, at: datetime, ids: Ids, wanted: EvseId | None = None) -> Booking:
    """Bind to a free socket of the kind, the wanted one if possible; unchanged if none is free yet. Sockets whose charger refused or is
    offline come last. A booking takes precedence over a turn in the queue that has not been used yet."""
    free, template = _free(store, booking, at), _like(store, booking)
    if template and not free and (freed := free_latest_turn(store, template, booking.need, at, ids)):
        free = [freed]
    if not free:
        return booking
    other_claims = _beside(store, booking, at)
    evse = min(
        free,
        key=lambda one: (
            one.id != wanted,
            one.id in booking.refused_by,
            not is_connected(store, one.charger_id),
            *cost_to_others(other_claims, booking.claim, one.id),
            one.label,
        ),
    )
    bound = bind(booking, evse.id, evse.label, at)
    store.bookings.put(bound)
    notify_booking(store, bound, NoticeKind.BOOKING_BAY, at, evse.label, last_notified_bay(booking))
    if evse.id not in booking.refused_by:
        reserve_at_charger(store, bound, evse, at, ids)
    return bound


def reserve_at_charger(store: Store, booking: Booking, evse: Evse, at: datetime, ids: Ids) -> None:
    """Ask the charger to reserve the socket; asking again updates the reservation to the booking's present end."""
    end = booking.window.end
    until = end if booking.held else max(min(booking.window.start + GRACE, end), at + GRACE)
    wanted = Reserve(booking.number, evse.number, booking.token, until, group_of(booking.driver_id))
    enqueue_order(store, evse.charger_id, wanted, at, ids, f"reserve/{booking.id}/{evse.id}/{instant_text(at)}")


def _free(store: Store, booking: Booking, at: datetime) -> list[Evse]:
    template = _like(store, booking)
    free = free_sockets(store, template, store.queue.live_at(booking.site_id), at, booking.window.end) if template else ()
    return [one for one in free if booking.need.met_by(one.offers) and one.label not in blocked_bays(booking)]


def _beside(store: Store, booking: Booking, at: datetime) -> Pool:
    """The pool without this booking."""
    pool = pool_of(store, booking.site_id, booking.kind, at)
    return replace(pool, promised=tuple(one for one in pool.promised if one.id != booking.id))


def _like(store: Store, booking: Booking) -> Evse | None:
    return next((evse for evse in store.stations.evses(booking.site_id) if evse.kind == booking.kind), None)
