"""Make, change, extend and cancel bookings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from forecourt.flows.bookings.availability import (
    ASSUMED_STAY,
    expected_departure,
    overstay_of_driver,
    pool_of,
    recent_stays,
    suitable_sockets,
)
from forecourt.flows.bookings.driver_tokens import token_at
from forecourt.flows.bookings.scarcity import booking_revenue, reason_of_slot, slot_value
from forecourt.flows.bookings.slot_power_promises import slot_power, with_extended_power_promise, with_power_promise
from forecourt.flows.bookings.terms import terms_of_booking
from forecourt.flows.desk.booking_notices import notify_booked, notify_booking
from forecourt.flows.desk.orders import enqueue_order, enqueue_task
from forecourt.flows.ports.outbox import InvoiceNoShow
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import TYPICAL_WH, find_price
from forecourt.kernel import BadInput, BookingId, Conflict, DriverId, Ids, Money, NotFound, SiteId, Span, TokenUid, instant_text
from forecourt.notices import NoticeKind
from forecourt.reservations import (
    STEP,
    Booking,
    Bound,
    Cancelled,
    Confirmed,
    Kept,
    Placement,
    PlacementRequest,
    Pool,
    PowerPromise,
    Quote,
    SlotRequest,
    add_note,
    book_slot,
    cancel,
    extend,
    free_to_cancel_until,
    is_bay_unreachable,
    is_late_cancellation,
    is_waiting_for_bay,
    nearest_starts,
    outcome_label,
    place,
    rearranged,
    waits_until,
    with_quote,
)
from forecourt.sessions import Session
from forecourt.stations import ANY_BAY, BayNeed, CancelReserve, local_time_text

# More than the starts within reach.
_MANY = 100


@dataclass(frozen=True, slots=True)
class ReserveRequest:
    """energy_wh: how much the driver expects to take; it only affects the quote. flexible: by how much the start may differ either way.

    guest: the token of somebody without an account, for whom driver_id was created.
    held_for: the token of a partner's customer, for whom the socket is held for the whole window, without a promise of power.
    need: what the bay must offer; a booking that is changed keeps its own.
    """

    site_id: SiteId
    kind: str
    driver_id: DriverId
    window: Span
    energy_wh: int = TYPICAL_WH
    flexible: timedelta = timedelta()
    guest: TokenUid | None = None
    held_for: TokenUid | None = None
    need: BayNeed = ANY_BAY

    @property
    def buyer(self) -> DriverId | None:
        """The driver whose price applies; None = ad hoc."""
        return None if self.guest else self.driver_id


@dataclass(frozen=True, slots=True)
class Offer:
    """Another free window, what the charge would cost in it, and the power that could be promised with it."""

    window: Span
    due: Money
    power: PowerPromise | None = None


def reserve(store: Store, request: ReserveRequest, at: datetime, ids: Ids) -> Booking:
    """Make a booking with its quote, and notify the driver. The pool stays locked until the caller commits, so one request wins."""
    booking = create_booking(store, request, at, ids)
    notify_booked(store, booking, at)
    return booking


def create_booking(store: Store, request: ReserveRequest, at: datetime, ids: Ids) -> Booking:
    """Like `reserve`, but leaves notifying the driver to the caller. Refusals come before anything is stored."""
    suitable_sockets(store, request.site_id, request.kind, request.need)
    booking_id = BookingId(ids.new(at))
    # Many may want the same hour: a request that is hopeless even without the lock does not wait for it, nor takes a number.
    _booked(store, request, pool_of(store, request.site_id, request.kind, at, for_driver=request.driver_id), (booking_id, 0), at)
    store.bookings.lock_pool(request.site_id, request.kind)
    pool = pool_of(store, request.site_id, request.kind, at)
    return _store_with_quote(store, _booked(store, request, pool, (booking_id, store.bookings.next_number()), at), request, at)


def _booked(store: Store, request: ReserveRequest, pool: Pool, id_and_number: tuple[BookingId, int], at: datetime) -> tuple[Booking, ...]:
    slot = SlotRequest(
        operator_id=store.stations.site(request.site_id).operator_id,
        site_id=request.site_id,
        kind=request.kind,
        driver_id=request.driver_id,
        token=request.guest or request.held_for or token_at(store, request.site_id, request.driver_id).uid,
        window=request.window,
        flexible=request.flexible,
        buffer=_stays_longer(store, request, pool),
        held=request.held_for is not None,
        need=request.need,
    )
    _refuse_second(pool.promised, slot.driver_id, slot.promise(at))
    return book_slot(slot, *id_and_number, pool, at)


def _stays_longer(store: Store, request: ReserveRequest, pool: Pool) -> timedelta:
    """The buffer after the booking. A held socket is assumed to be used for a usual stay, since nobody has said how long."""
    if request.held_for:
        return ASSUMED_STAY
    return overstay_of_driver(store, request.driver_id) if pool.habits is None and not request.guest else timedelta()


def _store_with_quote(store: Store, changed: Sequence[Booking], request: ReserveRequest, at: datetime) -> Booking:
    """Quote the first booking and store all. Raises Conflict "slot_scarce" if it brings less than its slot is worth."""
    changed_booking, *displaced = changed
    price = find_price(store, request.site_id, request.kind, changed_booking.window, request.energy_wh, request.buyer)
    reason, value_of = price.because, slot_value(store, request.site_id, at)
    if value_of is not None:
        if value_of(changed_booking.window) > booking_revenue(store, request.site_id, price):
            _refuse_scarce(store, request, at)
        reason = reason_of_slot(reason, value_of(changed_booking.window))
    quote = Quote(price.version.id, request.energy_wh, price.rating.gross, reason, price.applied.off or None)
    changed_booking = with_quote(changed_booking, quote, store.bookings.rules(request.site_id).terms)
    changed_booking = changed_booking if changed_booking.held else with_power_promise(store, changed_booking, request.energy_wh, at)
    for booking in (*displaced, changed_booking):
        store.bookings.put(booking)
    return changed_booking


def nearest_offers(store: Store, request: ReserveRequest, at: datetime, count: int = 3) -> tuple[Offer, ...]:
    """The nearest free windows of the same length, each with its price, for a driver who could not have the one asked for.

    If bookings are weighed, only those in which this one would bring enough.
    """
    pool, value_of = pool_of(store, request.site_id, request.kind, at), slot_value(store, request.site_id, at)
    power, found = slot_power(store, request.site_id, at), list[Offer]()
    for start in nearest_starts(pool, request.window, at, count if value_of is None else _MANY, request.need):
        window = Span(start, start + request.window.length)
        price = find_price(store, request.site_id, request.kind, window, request.energy_wh, request.buyer)
        if value_of is None or value_of(window) <= booking_revenue(store, request.site_id, price):
            found.append(Offer(window, price.due, power.promise(request.kind, window, request.energy_wh)))
        if len(found) == count:
            break
    return tuple(found)


def _refuse_scarce(store: Store, request: ReserveRequest, at: datetime) -> NoReturn:
    alternatives = ", ".join(instant_text(offer.window.start) for offer in nearest_offers(store, request, at))
    raise Conflict(
        "slot_scarce",
        "Many drivers want a bay then, and a booking this long for so little energy would keep them out.",
        "Try a shorter time or more energy. The nearest start times open to you are {others}." if alternatives else "Try another day.",
        others=alternatives,
    )


def cancel_own_booking(store: Store, driver_id: DriverId, booking_id: BookingId, at: datetime, ids: Ids) -> Booking:
    """Cancel a driver's own booking; release its socket at the charger, and bill the fee if it is late."""
    booking = own_booking(store, driver_id, booking_id)
    store.bookings.lock_pool(booking.site_id, booking.kind)  # the clock may be about to end it
    booking = own_booking(store, driver_id, booking_id)
    if booking.live and booking.offered_until is not None:
        release_slot(store, booking_id, at, ids)
        return own_booking(store, driver_id, booking_id)
    cancelled = cancel(booking, at, terms_of_booking(store, booking).free_before)
    if cancelled is not booking:
        release_socket(store, booking, at, ids)
        store.bookings.put(cancelled)
        is_late = isinstance(cancelled.state, Cancelled) and cancelled.state.late
        notify_booking(store, cancelled, NoticeKind.BOOKING_CANCELLED_LATE if is_late else NoticeKind.BOOKING_CANCELLED, at)
        if is_late:
            enqueue_task(store, booking, InvoiceNoShow(booking.id), at, ids, f"no-show/{booking.id}")
    return cancelled


def release_slot(store: Store, booking_id: BookingId, at: datetime, ids: Ids) -> None:
    """Release a slot reserved for somebody who did not pay or accept in time; it costs nothing, and nobody is notified."""
    booking = store.bookings.booking(booking_id)
    if booking is None:
        return
    store.bookings.lock_pool(booking.site_id, booking.kind)
    booking = store.bookings.booking(booking_id) or booking
    if booking.live:
        release_socket(store, booking, at, ids)
        store.bookings.put(replace(booking, state=Cancelled(at)))


def is_cancellation_charged(store: Store, booking: Booking, at: datetime) -> bool:
    """Whether cancelling now costs the tariff's no-show fee."""
    return is_late_cancellation(booking, at, terms_of_booking(store, booking).free_before)


def is_movable(store: Store, booking: Booking, at: datetime) -> bool:
    """Whether its driver may still choose another time: as long as it could be cancelled free of charge."""
    if booking.offered_until is not None:
        return False
    return isinstance(booking.state, Confirmed) and at < booking.window.start and not is_cancellation_charged(store, booking, at)


def check_movable(store: Store, booking: Booking, at: datetime) -> None:
    """Raises Conflict "booking_over" or "too_late" if it may not be changed."""
    if not booking.live:
        raise Conflict("booking_over", "This booking is already {over}.", "Book another time.", over=outcome_label(booking))
    if not is_movable(store, booking, at):
        raise Conflict("too_late", "It is too late to change this booking.", "You can still cancel it.")


def free_cancellation_until(store: Store, booking: Booking, at: datetime) -> datetime:
    """Until when cancelling is free, as things stand; longer if the bay is missing or offline: as long as the booking waits for it."""
    free_until = free_to_cancel_until(booking, terms_of_booking(store, booking).free_before)
    may_leave = booking.live and (is_waiting_for_bay(booking, at) or is_bay_unreachable(booking))
    return max(free_until, waits_until(booking)) if may_leave else free_until


def change_booking(store: Store, booking_id: BookingId, request: ReserveRequest, at: datetime, ids: Ids) -> Booking:
    """Change the time, flexibility or energy of a driver's own booking, at today's price.

    The old promise stands until the new one is made. Raises Conflict "too_late" if cancelling would cost.
    """
    site = store.stations.site(request.site_id)
    store.bookings.lock_pool(site.id, request.kind)
    before = own_booking(store, request.driver_id, booking_id)
    if (before.site_id, before.kind) != (request.site_id, request.kind):
        raise BadInput("kind", "You cannot change the place or plug of a booking.", "Cancel it and book again.")
    check_movable(store, before, at)
    request = replace(request, need=before.need)
    pool = pool_of(store, site.id, request.kind, at)
    pool = replace(pool, promised=tuple(one for one in pool.promised if one.id != booking_id))
    new, *moved = _booked(store, request, pool, (booking_id, before.number), at)
    new = replace(new, made_at=before.made_at, notified=before.notified)
    booking = _store_with_quote(store, (add_note(new, at, "changed", instant_text(new.window.start)), *moved), request, at)
    notify_booking(store, booking, NoticeKind.BOOKING_CHANGED, at)
    return booking


def extend_stay(store: Store, driver_id: DriverId, booking_id: BookingId, end: datetime, at: datetime) -> Booking:
    """Extend a stay while charging, unless the socket is promised to others. Asking again for the same end changes nothing."""
    booking = own_booking(store, driver_id, booking_id)
    store.bookings.lock_pool(booking.site_id, booking.kind)
    booking = own_booking(store, driver_id, booking_id)
    if booking.window.end == end:
        return booking
    longer, others = fit_longer_stay(store, booking, end, at)
    for other in others:
        store.bookings.put(other)
    longer = with_extended_power_promise(store, booking, longer, at)
    store.bookings.put(longer)
    return longer


def fit_longer_stay(store: Store, booking: Booking, end: datetime, at: datetime) -> tuple[Booking, Sequence[Booking]]:
    """The extended booking, and others that move for it; stores nothing. Raises Conflict "slot_taken" if there is no room."""
    longer = extend(booking, end, at)
    charge = store.sessions.session(booking.state.session_id) if isinstance(booking.state, Kept) else None
    begins = max(booking.claim.end, at)

    def leaves(store: Store, session: Session, at: datetime) -> datetime:
        """This car is assumed to make way for whoever the socket is promised to, though it may stay some minutes longer."""
        if charge is not None and session.id == charge.id:
            return begins
        return expected_departure(store, session, at, lambda: recent_stays(store, session.site_id, booking.kind))

    pool = pool_of(store, booking.site_id, booking.kind, at, leaves)

    def fitted(end: datetime) -> Placement | None:
        if end + booking.buffer <= begins:
            return Placement(booking.window)
        window = Span(begins, end + booking.buffer)
        return place(pool, PlacementRequest(window, window, need=booking.need, evse_id=charge.evse_id if charge else None), at)

    placed = fitted(end)
    if placed is None:
        raise _no_longer(store, booking, pool, Span(begins, end + booking.buffer), _longest(booking.window.end, end, fitted), at)
    return longer, rearranged(pool.promised, dict(placed.moved))


def _longest(known: datetime, requested: datetime, fitted: Callable[[datetime], Placement | None]) -> datetime:
    """The latest possible end before the one asked for, by bisection: if one end fits, earlier ones do, too."""
    fitting, failing = 0, -((known - requested) // STEP)
    while failing - fitting > 1:
        middle = (fitting + failing) // 2
        fitting, failing = (middle, failing) if fitted(known + STEP * middle) else (fitting, middle)
    return known + STEP * fitting


def _no_longer(store: Store, booking: Booking, pool: Pool, wanted: Span, until: datetime, at: datetime) -> Conflict:
    return Conflict(
        "slot_taken",
        "The place is closed for some of that time."
        if any(span.overlaps(wanted) for span in pool.closed)
        else "Someone else has a bay reserved from then.",
        "It is yours until {known}." if until > at else "It was yours until {known}.",
        known=local_time_text(store.stations.site(booking.site_id), until, at),
    )


def own_booking(store: Store, driver_id: DriverId, booking_id: BookingId) -> Booking:
    """Raises NotFound, also for somebody else's booking."""
    booking = store.bookings.booking(booking_id)
    if booking is None or booking.driver_id != driver_id:
        raise NotFound("booking", "You have no such booking.")
    return booking


def release_socket(store: Store, booking: Booking, at: datetime, ids: Ids) -> None:
    """Cancel the reservation at the charger, if there is one."""
    if isinstance(booking.state, Bound):
        evse = store.stations.evse(booking.state.evse_id)
        enqueue_order(
            store,
            evse.charger_id,
            CancelReserve(booking.number),
            at,
            ids,
            f"unreserve/{booking.id}/{evse.id}/{instant_text(booking.state.bound_at)}",
        )


def _refuse_second(promised: Sequence[Booking], driver_id: DriverId, promise: Span) -> None:
    if any(booking.driver_id == driver_id and booking.promised.overlaps(promise) for booking in promised):
        raise Conflict("booked_already", "You already have a booking at that time.", "Change or cancel it first.")
