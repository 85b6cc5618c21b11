"""The waiting list for full times: joining it, and offering freed slots to one driver after the other as time passes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.flows.bookings.availability import pool_of, suitable_sockets
from forecourt.flows.bookings.driver_tokens import token_at
from forecourt.flows.bookings.reserving import ReserveRequest, create_booking, release_slot
from forecourt.flows.desk.booking_notices import notify_slot_offer
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.buyer import plans_of
from forecourt.kernel import BadInput, Conflict, DriverId, Ids, NotFound, Refused, SiteId, Span
from forecourt.reservations import (
    Hoping,
    Offered,
    PlacementRequest,
    WaitlistEntry,
    as_offer,
    check_window,
    decline,
    expire_entry,
    make_offer,
    place,
)
from forecourt.stations import BayNeed

MAX_WAITLIST_ENTRIES = 5


def join_waitlist(store: Store, request: ReserveRequest, at: datetime, ids: Ids) -> WaitlistEntry:
    """Ask to be told when a time becomes free; asking again returns the same entry. Nothing is promised or charged."""
    check_window(request.window, at)
    suitable_sockets(store, request.site_id, request.kind, request.need)
    token_at(store, request.site_id, request.driver_id)
    store.bookings.lock_pool(request.site_id, request.kind)
    site = store.stations.site(request.site_id)
    if site.ended(request.window.end - timedelta(microseconds=1)):
        raise Conflict(
            "site_ended", "{place} will have closed for good by then.", "Choose an earlier time, or another place.", place=site.name
        )
    own_waits = store.waitlist.live_of(request.driver_id)
    for known in own_waits:
        if (known.site_id, known.kind, known.window, known.need) == (request.site_id, request.kind, request.window, request.need):
            return known
    if len(own_waits) >= MAX_WAITLIST_ENTRIES:
        raise Conflict(
            "many_waits", "You are already waiting for {most} times.", "Stop waiting for one of them first.", most=MAX_WAITLIST_ENTRIES
        )
    lead = timedelta(minutes=store.bookings.rules(request.site_id).member_lead_min if plans_of(store, request.driver_id, at) else 0)
    identity = (ids.new(at), site.operator_id, request.site_id, request.kind, request.driver_id)
    wait = WaitlistEntry(*identity, request.window, request.energy_wh, at, at - lead, request.need)
    if wait.offer_until(at) is None:
        raise BadInput("soon", "That time begins too soon to wait for.", "Join the queue at the place, or choose another time.")
    store.waitlist.put(wait)
    return wait


def leave_waitlist(store: Store, driver_id: DriverId, wait_id: UUID, at: datetime, ids: Ids) -> WaitlistEntry:
    """Leave the list; an offered slot goes to the next. Leaving twice is no error."""
    wait = own_entry(store, driver_id, wait_id)
    left = decline(wait, at)
    if left is not wait:
        if isinstance(wait.state, Offered):
            release_slot(store, wait.state.booking_id, at, ids)
        store.waitlist.put(left)
    return left


def own_entry(store: Store, driver_id: DriverId, wait_id: UUID) -> WaitlistEntry:
    """The entry, read after taking the pool's lock. Others' entries are treated as not existing."""
    wait = look_up_entry(store, driver_id, wait_id)
    store.bookings.lock_pool(wait.site_id, wait.kind)
    return look_up_entry(store, driver_id, wait_id)


def look_up_entry(store: Store, driver_id: DriverId, wait_id: UUID) -> WaitlistEntry:
    wait = store.waitlist.wait(wait_id)
    if wait is None or wait.driver_id != driver_id:
        raise NotFound("wait", "You are not waiting for that time.")
    return wait


def advance_waitlist(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """End what is over and offer freed slots in order of standing. Returns how many changes; repeating changes nothing."""
    changed = 0
    for kind in sorted({one.kind for one in store.waitlist.live_at(site_id)}):
        store.bookings.lock_pool(site_id, kind)
        waiting = [one for one in store.waitlist.live_at(site_id) if one.kind == kind]
        changed += sum(_end(store, one, at, ids) for one in waiting)
        hoping = [one for one in store.waitlist.live_at(site_id) if one.kind == kind and isinstance(one.state, Hoping)]
        changed += _offer_in_turn(store, sorted(hoping, key=lambda one: one.sort_key), at, ids)
    return changed


def _end(store: Store, wait: WaitlistEntry, at: datetime, ids: Ids) -> bool:
    if isinstance(wait.state, Offered):
        booking = store.bookings.booking(wait.state.booking_id)
        if at >= wait.state.until:
            release_slot(store, wait.state.booking_id, at, ids)
            store.waitlist.put(expire_entry(wait, at))
        elif booking is None or not booking.live:  # its time was taken out of service, or it was cancelled
            store.waitlist.put(decline(wait, at))
        else:
            return False
        return True
    if wait.offer_until(at) is not None:
        return False
    store.waitlist.put(expire_entry(wait, at))
    return True


def _offer_in_turn(store: Store, hoping: Sequence[WaitlistEntry], at: datetime, ids: Ids) -> int:
    """Offer slots of one pool, which is reloaded only after an offer. Returns how many."""
    pool, full_slots, offered = None, set[tuple[Span, BayNeed]](), 0
    for wait in hoping:
        until, request = wait.offer_until(at), PlacementRequest(wait.window, wait.window, need=wait.need)
        if until is None or (wait.window, wait.need) in full_slots:
            continue
        pool = pool or pool_of(store, wait.site_id, wait.kind, at)
        if place(pool, request, at) is None:
            full_slots.add((wait.window, wait.need))
        elif _offer(store, wait, until, at, ids):
            pool, full_slots, offered = None, set(), offered + 1
    return offered


def _offer(store: Store, wait: WaitlistEntry, until: datetime, at: datetime, ids: Ids) -> bool:
    """A driver who cannot have it now (booked elsewhere, or owes money) does not hold up those behind."""
    request = ReserveRequest(wait.site_id, wait.kind, wait.driver_id, wait.window, wait.energy_wh, need=wait.need)
    try:
        booking = as_offer(create_booking(store, request, at, ids), until)
    except Refused:
        return False
    store.bookings.put(booking)
    offered = make_offer(wait, booking.id, at, until)
    store.waitlist.put(offered)
    notify_slot_offer(store, offered, booking, at)
    return True
