"""Starting and stopping charges from the app."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.drivers import PayBy, Token, TokenKind, decide, guest_token, looks_like_guest, verdict_label
from forecourt.flows.bookings.availability import ASSUMED_STAY, pool_of, stated_departure, walk_in_gap
from forecourt.flows.bookings.turns import (
    STARTS_WITHIN,
    extend_turn,
    has_booking_now,
    has_start_ordered,
    is_reserved_for_another,
    may_start,
)
from forecourt.flows.charging.closed_sites import why_not_served
from forecourt.flows.charging.stale_sessions import forgotten
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.fleets import account_membership, own_member
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.paying.deposit_watch import free_for_charge
from forecourt.flows.paying.fleet_limits import limit_reached
from forecourt.flows.paying.hold_guard import is_stop_ordered
from forecourt.flows.paying.pay import RELEASE_UNUSED_AFTER, hold_at_page, look_up, release
from forecourt.flows.paying.pending_starts import Start
from forecourt.flows.paying.wallet import hold_for_charge
from forecourt.flows.ports.store import Store
from forecourt.flows.power.admission import can_begin_charge
from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.price_finding import price_for
from forecourt.kernel import Conflict, DriverId, EvseId, Forbidden, Ids, NotFound, PaymentId, SessionId, Text, TokenUid, instant_text
from forecourt.payments import AtPayer, Held, Payment
from forecourt.reservations import turn_end
from forecourt.sessions import Session
from forecourt.stations import ConnectorState, Evse, OrderResult, StartCharge, StopCharge, Verdict, closes_at

# How long the outcome of a start is shown.
_TOLD_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Starting:
    """What the driver waits for: the hold on the card (payment), or just the charger (payment None)."""

    evse_id: EvseId
    payment: Payment | None

    @property
    def waits(self) -> bool:
        """Whether a card's hold is pending; a balance is held at once."""
        return self.payment is not None and not isinstance(self.payment.state, Held)


def start_charge(store: Store, driver_id: DriverId, evse: Evse, at: datetime, ids: Ids, by_page: bool = False) -> Starting:
    """Start a charge remotely. If the driver pays by card, the hold comes first; the charger is asked once it is in place.

    by_page: make the hold on the processor's page, where the bank can ask the cardholder.
    Raises Conflict "no_price" if there is no price for the driver.
    """
    driver = store.drivers.driver(driver_id)
    token = app_token(store, driver_id)
    verdict = decide(store.drivers.token(evse.operator_id, token), store.payments.debt_status(driver_id), at)
    if verdict is not Verdict.ACCEPTED:
        raise Forbidden("token_refused", "Your account cannot charge: {why}.", "Check your account.", why=verdict_label(verdict))
    free_for_charge(store, evse, driver_id, at, ids)
    store.bookings.lock_pool(evse.site_id, evse.kind)  # of drivers who ask at the same time, one is first
    if (shown := store.drivers.token(evse.operator_id, token)) and (limit := limit_reached(store, shown, at, Start(evse))):
        raise Forbidden(
            "fleet_limit",
            "You have used up the limit of {limit} that your fleet set for you.",
            "Ask the person who pays for your fleet.",
            limit=limit,
        )
    price_for(store, store.stations.site(evse.site_id), evse.kind, buyer_of(store, driver_id, at), at)
    check_startable(store, evse, driver_id, token, at)
    extend_turn(store, evse, driver_id, at, STARTS_WITHIN)
    if driver.pay_by is not PayBy.ACCOUNT:
        payment = hold_at_page(store, driver, evse, at, ids) if by_page else hold_for_charge(store, driver, evse, at, ids)
        if isinstance(payment.state, Held):  # a balance is held at once; a card's hold may have been in place before
            ask_charger(store, evse, token, at, ids, f"start/{payment.id}")
        return Starting(evse.id, payment)
    ask_charger(store, evse, token, at, ids, f"start/{driver_id}/{evse.id}/{at.isoformat()}")
    return Starting(evse.id, None)


def held(store: Store, payment: Payment, at: datetime, ids: Ids) -> None:
    """The hold is in place: ask the charger. If somebody else was faster meanwhile (Conflict), the hold is released."""
    if payment.evse_id is None or payment.session_id is not None:
        return
    evse, guest = store.stations.evse(payment.evse_id), store.drivers.driver(payment.driver_id).guest
    token = guest_token(payment.id) if guest else app_token(store, payment.driver_id)
    store.bookings.lock_pool(evse.site_id, evse.kind)
    check_startable(store, evse, payment.driver_id, token, at)
    if guest:  # valid for one start
        store.drivers.put_token(Token(token, evse.operator_id, payment.driver_id, TokenKind.GUEST, valid_until=at + RELEASE_UNUSED_AFTER))
    ask_charger(store, evse, token, at, ids, f"start/{payment.id}")


def check_startable(store: Store, evse: Evse, driver_id: DriverId, token: TokenUid | None, at: datetime) -> None:
    """Raises Conflict if a driver cannot start at a socket now: closed, in use, out of use, reserved, promised or about to start."""
    refused = why_not_served(store, evse, driver_id, at)
    if refused is not None:
        raise refused
    _check_free_for(store, evse, driver_id)
    _check_no_start_under_way(store, evse, driver_id, token, at)
    _check_may_stay(store, evse, driver_id, at)
    if not can_begin_charge(store, evse, at):
        text = Text(
            "There is not enough power for {socket} yet. Other cars here are still making room.",
            socket=evse.label,
        )
        raise Conflict("no_room", text, "Plug in, and try again in a minute.")


def why_not_startable(store: Store, evse: Evse, driver_id: DriverId, at: datetime) -> Conflict | None:
    """The refusal of `check_startable` for a driver starting from the app now; None: they may start."""
    token = next((one.uid for one in store.drivers.tokens_of(driver_id) if one.kind is TokenKind.APP), None)
    try:
        check_startable(store, evse, driver_id, token, at)
    except Conflict as refused:
        return refused
    return None


def ask_charger(store: Store, evse: Evse, token: TokenUid, at: datetime, ids: Ids, key: str) -> None:
    charger = store.stations.charger(evse.charger_id)
    paid = charger is not None and charger.starts_by_payment and looks_like_guest(token)
    enqueue_order(store, evse.charger_id, StartCharge(evse.number, token, store.bookings.next_number(), paid), at, ids, key)


def pending_start(store: Store, driver_id: DriverId, at: datetime) -> Payment | None:
    """The hold of the driver's last start from the app, until a charge follows: what it waits for, or why it failed."""
    own_payments = (one for one in store.payments.of_driver(driver_id) if one.evse_id is not None and one.booking_id is None)
    last = next(own_payments, None)
    return last if last is not None and last.session_id is None and at - last.made_at < _TOLD_FOR else None


def recheck_start(store: Store, driver_id: DriverId, at: datetime, ids: Ids) -> None:
    """The driver returns from the processor's page: read its record now, in case its message is late or lost."""
    payment = pending_start(store, driver_id, at)
    if payment is not None and isinstance(payment.state, AtPayer):
        look_up(store, payment, f"{payment.id}/back/{int(at.timestamp()) // 10}", at, ids)


def stop_charge(store: Store, driver_id: DriverId, session_id: SessionId, at: datetime, ids: Ids) -> None:
    """Ask the charger to stop a driver's own charge."""
    session = store.sessions.session(session_id)
    if session is None or session.driver_id != driver_id:
        raise NotFound("session", "You have no such charge running.")
    ask_to_stop(store, session, at, ids)


def stop_for_payer(store: Store, by: Staff, payer_id: DriverId, driver_id: DriverId, session_id: SessionId) -> None:
    """A fleet's payer ends a charge on its account, such as one with a lost card. Raises NotFound."""
    own_member(store, by, payer_id, driver_id)
    session = store.sessions.session(session_id)
    if session is None or session.driver_id != driver_id or not _pays(store, payer_id, driver_id, session):
        raise NotFound("session", "There is no such charge on your account.")
    ask_to_stop(store, session, by.at, by.ids)
    note(store, by, "fleet.stop", session.id, session.charger_id)


def _pays(store: Store, payer_id: DriverId, driver_id: DriverId, session: Session) -> bool:
    paid = account_membership(store, session.operator_id, driver_id, session.started_at)
    return paid is not None and store.statements.payer_of(driver_id, session.started_at) == payer_id


def ask_to_stop(store: Store, session: Session, at: datetime, ids: Ids) -> None:
    """Asking twice orders once; again if the charger was offline or refused, or was asked minutes ago and the charge goes on."""
    if not is_stop_ordered(store, session, at):
        enqueue_order(store, session.charger_id, StopCharge(session.transaction), at, ids, f"stop/{session.id}/asked/{instant_text(at)}")


def app_token(store: Store, driver_id: DriverId) -> TokenUid:
    """The token used for a driver's remote starts."""
    for token in store.drivers.tokens_of(driver_id):
        if token.kind is TokenKind.APP:
            return token.uid
    raise Conflict("no_app_token", "Your account cannot start charges from the app.", "Ask the operator to set this up.")


def _check_free_for(store: Store, evse: Evse, driver_id: DriverId) -> None:
    session = store.sessions.open_on(evse.id)
    if session is not None and session.token is not None and not forgotten(store, session):
        raise Conflict("socket_busy", "{socket} is already in use.", "Choose another bay.", socket=evse.label)
    if store.stations.socket(evse.id).state in (ConnectorState.FAULTED, ConnectorState.UNAVAILABLE):
        raise Conflict("socket_out_of_use", "{socket} is out of order.", "Choose another bay.", socket=evse.label)
    if is_reserved_for_another(store, evse, driver_id):
        raise Conflict("socket_reserved", "{socket} is reserved for someone else.", "Choose another bay.", socket=evse.label)


def free_until(store: Store, evse: Evse, at: datetime, driver_id: DriverId | None = None) -> datetime | None:
    """Until when a driver without a booking may use a socket of this kind from now on; None = all free ones are promised.
    driver_id: who, if known: their own bookings do not keep their car out."""
    pool = pool_of(store, evse.site_id, evse.kind, at)
    pool = replace(pool, promised=tuple(one for one in pool.promised if one.driver_id != driver_id))
    return turn_end(pool, at, timedelta(), ASSUMED_STAY, stated_departure(store, driver_id, evse.site_id, at), evse.id)


def _check_may_stay(store: Store, evse: Evse, driver_id: DriverId, at: datetime) -> None:
    """A walk-in needs a socket that no booking needs for as long as the car will stay, and that nobody is waiting for; a driver with a
    booking now, or whose turn it is, does not."""
    if not may_start(store, evse, driver_id, at):
        raise Conflict("queue", "Others are waiting for a bay here, and it is their turn.", "Join the queue.")
    ticket = store.queue.live_of(driver_id)
    if has_booking_now(store, evse, driver_id, at) or (ticket is not None and ticket.called_to == evse.id):
        return
    until, min_stay = free_until(store, evse, at, driver_id), walk_in_gap(store, evse.site_id, evse.kind, driver_id, at)
    if until is not None and until == closes_at(store.stations.site(evse.site_id), at):
        return  # nobody else is promised the socket then, and a car charging when the site closes goes on
    if until is None or until - at < min_stay:
        minutes = 0 if until is None else (until - at) // timedelta(minutes=1)
        duration_text = Text("at all") if until is None else Text("for more than {minutes} minutes", minutes=minutes)
        text = Text("The free sockets here are reserved for others soon: none is free {then}.", then=duration_text)
        raise Conflict("promised_soon", text, "Book a later time, or join the queue.")


def _check_no_start_under_way(store: Store, evse: Evse, driver_id: DriverId, token: TokenUid | None, at: datetime) -> None:
    """Somebody else's hold or order may be under way: a second start at the socket would hold money in vain."""
    holds = (
        one for one in store.payments.open_holds(evse.operator_id) if one.evse_id == evse.id and one.session_id is None and one.is_in_force
    )
    if any(one.driver_id != driver_id for one in holds) or has_start_ordered(store, evse, at, but_of=token):
        raise Conflict("socket_starting", "Someone else is starting a charge at {socket}.", "Choose another bay.", socket=evse.label)


def start_refused(store: Store, key: str, result: OrderResult, at: datetime, ids: Ids) -> None:
    """The charger refused to start: release the hold at once. key: of the order, "start/{payment id}" for card drivers.

    The hold of a charge that runs stays: a start whose first answer was lost is sent again, and refused because the charge has begun.
    """
    payment_id = key.removeprefix("start/")
    if "/" in payment_id:
        return
    payment = store.payments.lock(PaymentId(UUID(payment_id)))
    if payment is not None and payment.session_id is None:
        release(store, payment.id, f"charger said {result.outcome.value.lower()}", at, ids)
