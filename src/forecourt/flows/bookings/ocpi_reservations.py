"""A partner has a socket held for its customer from now on, changes or cancels that: a booking that the partner pays for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.drivers import RoamingPartner, Token
from forecourt.flows.bookings.availability import OUT_OF_USE
from forecourt.flows.bookings.booking_upkeep import choose_socket, reserve_at_charger
from forecourt.flows.bookings.reserving import ReserveRequest, cancel_own_booking, fit_longer_stay, release_slot, release_socket, reserve
from forecourt.flows.bookings.turns import free_sockets, may_start
from forecourt.flows.ports.roaming_charges import ReservedSocket, RoamingCharge
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import price_at
from forecourt.flows.roaming.references import UNKNOWN_PLACE, resolve_evse, resolve_site, resolve_token
from forecourt.flows.roaming.sessions import update_reservation
from forecourt.kernel import BadInput, Conflict, Ids, NotFound, Span
from forecourt.ocpi import AuthMethod, CancelReservation, CommandResult, ReserveNow, instant_of
from forecourt.reservations import SHORTEST_BOOKING, Booking, Bound, unbind
from forecourt.stations import Evse
from forecourt.tariffs import Buyer, Channel

# The socket is blocked for others meanwhile, and nobody has said when the car comes.
MAX_HOLD = timedelta(hours=2)
_ROAMING = Buyer(Channel.ROAMING)
_RESULTS = {
    "slot_taken": CommandResult.EVSE_OCCUPIED,
    "socket_busy": CommandResult.EVSE_OCCUPIED,
    "socket_out_of_use": CommandResult.EVSE_INOPERATIVE,
}


def reserve_now(store: Store, partner: RoamingPartner, wanted: ReserveNow, command_id: UUID, at: datetime, ids: Ids) -> CommandResult:
    """Reserve, and return the result. A repeated reservation_id changes the reservation, which stays as it was if that is impossible.

    Raises Refused for invalid requests: others' tokens, unknown locations, too short or too long a time.
    """
    until = instant_of(wanted.expiry_date, "RESERVE_NOW.expiry_date")
    if not SHORTEST_BOOKING <= until - at <= MAX_HOLD:
        raise BadInput("expiry_date", "A socket is held for 10 minutes to 2 hours.", "Name another expiry_date.")
    store.roaming.lock_partner(partner.id)  # if the same request is made twice at once, the second changes what the first has made
    before = store.roaming_charges.reservation(partner.id, wanted.reservation_id)
    before = before if before is not None and before.waits and _is_reserved(store, before) else None
    site = resolve_site(store, partner, wanted.location_id)
    if before and before.reserved and before.reserved.site_id != site.id:
        raise Conflict("reserved_elsewhere", "Under that reservation_id a socket is held at another Location.", "Cancel it first.")
    sockets = _requested_sockets(store, partner, wanted, before, at)
    token = resolve_token(store, partner, wanted.token, sockets, (at, until))
    evse = sockets[0] if wanted.evse_uid else None
    try:
        booking = _held(store, before, (sockets[0], evse), token, Span(at, until), ids)
    except Conflict as refusal:
        return _RESULTS.get(refusal.code, CommandResult.REJECTED)
    reserved = ReservedSocket(
        booking.id, site.id, wanted.reservation_id, command_id, before.reserved.seen if before and before.reserved else ""
    )
    charge = RoamingCharge(
        id=before.id if before else booking.id,
        session_id=None,
        operator_id=partner.operator_id,
        partner_id=partner.id,
        token=wanted.token,
        auth_method=AuthMethod.COMMAND,
        authorization_reference=wanted.authorization_reference,
        began_at=before.began_at if before else at,
        changed_at=at,
        reserved=reserved,
    )
    store.roaming_charges.put_charge(charge)
    update_reservation(store, charge, at, ids)
    return CommandResult.ACCEPTED


def cancel_reservation(store: Store, partner: RoamingPartner, wanted: CancelReservation, at: datetime, ids: Ids) -> CommandResult:
    """Release the socket; so late, it costs the no-show fee. Once its charge has begun, it is no longer a reservation."""
    charge = store.roaming_charges.reservation(partner.id, wanted.reservation_id)
    booking = store.bookings.booking(charge.reserved.booking_id) if charge and charge.reserved and charge.waits else None
    if charge is None or booking is None:
        return CommandResult.UNKNOWN_RESERVATION
    try:
        cancel_own_booking(store, booking.driver_id, booking.id, at, ids)
    except Conflict:  # it has ended meanwhile, one way or another
        return CommandResult.UNKNOWN_RESERVATION
    update_reservation(store, charge, at, ids)
    return CommandResult.ACCEPTED


def _is_reserved(store: Store, charge: RoamingCharge) -> bool:
    booking = store.bookings.booking(charge.reserved.booking_id) if charge.reserved else None
    return booking is not None and booking.live


def _requested_sockets(
    store: Store, partner: RoamingPartner, wanted: ReserveNow, before: RoamingCharge | None, at: datetime
) -> Sequence[Evse]:
    """The socket that is named; otherwise those of one kind: the same as before, or the kind with the most free sockets."""
    if wanted.evse_uid:
        return [resolve_evse(store, partner, wanted.location_id, wanted.evse_uid)]
    site = resolve_site(store, partner, wanted.location_id)
    evses = [one for one in store.stations.evses(site.id) if one.retired_at is None]
    priced = [kind for kind in sorted({one.kind for one in evses}) if price_at(store, site, kind, _ROAMING, at)]
    if not priced:
        raise NotFound(UNKNOWN_PLACE, "There is no such Location.")
    booking = store.bookings.booking(before.reserved.booking_id) if before and before.reserved else None
    by_kind = {kind: [one for one in evses if one.kind == kind] for kind in priced}
    tickets = store.queue.live_at(site.id)
    kind = booking.kind if booking else max(priced, key=lambda one: len(list(free_sockets(store, by_kind[one][0], tickets, at))))
    return by_kind[kind]


def _held(store: Store, before: RoamingCharge | None, sockets: tuple[Evse, Evse | None], token: Token, window: Span, ids: Ids) -> Booking:
    """asked: a socket of the kind, and the one named, if any. Raises Conflict; an earlier reservation then stays as it was."""
    template, requested_evse = sockets
    booking = store.bookings.booking(before.reserved.booking_id) if before and before.reserved else None
    for kind in sorted({template.kind, booking.kind if booking else template.kind}):
        store.bookings.lock_pool(template.site_id, kind)
    booking = store.bookings.booking(booking.id) if booking else None
    if booking is not None and not booking.live:
        raise Conflict("reservation_over", "The charge has just begun, or the time has just run out.")
    if booking is not None and (booking.kind, booking.driver_id) == (template.kind, token.driver_id):
        return _changed(store, booking, requested_evse, window, ids)
    booking_made = _promised(store, sockets, token, window, ids)
    if booking is not None:
        release_slot(store, booking.id, window.start, ids)
    return booking_made


def _promised(store: Store, sockets: tuple[Evse, Evse | None], token: Token, window: Span, ids: Ids) -> Booking:
    template, requested_evse = sockets
    at = window.start
    _check_free(store, template, requested_evse, window)
    if not may_start(store, requested_evse or template, token.driver_id, at):
        raise Conflict("socket_busy", "Others wait for a socket there, and it is their turn.")
    request = ReserveRequest(template.site_id, template.kind, token.driver_id, window, held_for=token.uid)
    return choose_socket(store, reserve(store, request, at, ids), at, ids, requested_evse.id if requested_evse else None)


def _changed(store: Store, booking: Booking, requested_evse: Evse | None, window: Span, ids: Ids) -> Booking:
    """Change the end, and the socket if another is named."""
    at, bound = window.start, booking.state.evse_id if isinstance(booking.state, Bound) else None
    elsewhere = requested_evse is not None and requested_evse.id != bound
    if requested_evse is not None and elsewhere:
        _check_free(store, requested_evse, requested_evse, window)
    others: Sequence[Booking] = ()
    if window.end > booking.window.end:
        longer, others = fit_longer_stay(store, booking, window.end, at)
    else:
        longer = replace(booking, window=Span(booking.window.start, window.end))
    for one in (*others, longer):
        store.bookings.put(one)
    if requested_evse is not None and bound is not None and elsewhere:
        release_socket(store, booking, at, ids)
        store.bookings.put(longer := unbind(longer, at, store.stations.evse(bound).label))
    if not isinstance(longer.state, Bound):
        return choose_socket(store, longer, at, ids, requested_evse.id if requested_evse else None)
    reserve_at_charger(store, longer, store.stations.evse(longer.state.evse_id), at, ids)
    return longer


def _check_free(store: Store, template: Evse, requested_evse: Evse | None, window: Span) -> None:
    if requested_evse is not None and store.stations.socket(requested_evse.id).state in OUT_OF_USE:
        raise Conflict("socket_out_of_use", f"{requested_evse.label} is out of use.")
    free = free_sockets(store, template, store.queue.live_at(template.site_id), window.start, window.end)
    if not any(requested_evse is None or one.id == requested_evse.id for one in free):
        raise Conflict("socket_busy", f"{requested_evse.label} is taken." if requested_evse else "Every socket of this kind is taken.")
