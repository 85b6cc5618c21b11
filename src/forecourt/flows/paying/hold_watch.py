"""Periodic work on held money: release unused holds, end expired ones, keep charges within what can be paid."""

from datetime import datetime, timedelta

from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.guest_payments import end_at_terminal
from forecourt.flows.paying.hold_guard import cost_ahead, guard_hold, stop_for_money
from forecourt.flows.paying.pay import RELEASE_UNUSED_AFTER, assign_hold, expected_hold, is_look_up_pending, look_up, store_transition
from forecourt.flows.paying.wallet import hold_balance, top_up_if_low
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Money, OperatorId
from forecourt.payments import PAYER_PRESENT, WALLET, AtPayer, Held, Payment, lapse
from forecourt.payments import release as release_of
from forecourt.sessions import Session

# How long to wait for an answer before looking a payment up.
UNANSWERED = timedelta(minutes=10)
# After this long without putting money up, a payer is taken to have left.
ABANDONED_AFTER = timedelta(minutes=15)


def maintain_holds(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> int:
    """Release unused holds, end expired ones, and look up missing answers. Returns how many."""
    changed = 0
    for listed in store.payments.open_holds(operator_id):
        payment = store.payments.lock(listed.id)
        if payment is not None and isinstance(payment.state, AtPayer) and at - payment.state.requested_at >= ABANDONED_AFTER:
            store_transition(store, release_of(payment, "abandoned", at), at, ids)
            changed += 1
        if payment is None or not isinstance(payment.state, Held):
            continue
        if payment.session_id and (session := store.sessions.session(payment.session_id)):
            _guard(store, payment, session, at, ids)
        if payment.state.expires_at <= at:
            store_transition(store, lapse(payment, at), at, ids)
            changed += 1
        elif (
            payment.booking_id is None
            and payment.session_id is None
            and at - payment.state.held_at >= RELEASE_UNUSED_AFTER
            and not _tie_if_charging(store, payment)
        ):
            changed += _release_unused(store, payment, at, ids)
    for payment in store.payments.pending(at - UNANSWERED):
        if payment.operator_id == operator_id and not is_look_up_pending(store, payment):
            hour = int(at.timestamp() // UNANSWERED.total_seconds())
            look_up(store, payment, f"{payment.id}/look/{hour}", at, ids)
    return changed


def _guard(store: Store, payment: Payment, session: Session, at: datetime, ids: Ids) -> None:
    """Check the running charge that this hold is for."""
    if payment.method == PAYER_PRESENT:
        guard_hold(store, session, at, ids)
    elif payment.method == WALLET and session.tariff_version_id is not None:
        _guard_balance(store, payment, session, at, ids)


def _guard_balance(store: Store, payment: Payment, session: Session, at: datetime, ids: Ids) -> None:
    """Reserve more of the balance for a charge that could soon exceed its holds. If that is not enough, trigger the driver's automatic
    top-up; if no card backs the charge, or the card has refused the top-up, stop the charge."""
    ahead = cost_ahead(store, session, max(at, session.last_at))
    holds = [one for one in store.payments.of_session(session.id) if one.method == WALLET]
    held_amount = sum((one.state.amount for one in holds if isinstance(one.state, Held)), Money.zero(payment.currency))
    if ahead < held_amount:
        return
    driver, evse = store.drivers.driver(payment.driver_id), store.stations.evse(session.evse_id)
    store.wallets.lock(driver.id)
    available = prepaid(store, driver.operator_id, driver.id, payment.currency).available
    extra_hold = min(available, max(ahead - held_amount, expected_hold(store, driver.id, evse, at)))
    if extra_hold.minor > 0:
        hold_balance(store, session, extra_hold, at, ids)
    if ahead < held_amount + extra_hold:
        return
    top_up_if_low(store, driver, ahead, at, ids)
    auto = store.wallets.auto_top_up(driver.id)
    refused = auto is not None and auto.on and auto.paused_at is not None and auto.paused_at >= session.started_at
    if refused or not driver.payment_method:
        stop_for_money(store, session, held_amount + extra_hold, at, ids)


def _release_unused(store: Store, payment: Payment, at: datetime, ids: Ids) -> bool:
    """True if it is released. A charger out of reach may have begun a charge on its terminal's hold and report it later."""
    visit = store.guests.of_driver(payment.driver_id)
    if visit is None or visit.terminal is None:
        store_transition(store, release_of(payment, "no charge followed", at), at, ids)
        return True
    charger = store.stations.charger(visit.terminal)
    if charger is not None and (not charger.connected or (charger.seen_at and at - charger.seen_at < RELEASE_UNUSED_AFTER)):
        return False
    end_at_terminal(store, payment, "no charge followed", at, ids)
    return True


def _tie_if_charging(store: Store, payment: Payment) -> bool:
    """True if the driver is charging at the hold's socket after all; the hold is then tied to that charge."""
    session = store.sessions.open_on(payment.evse_id) if payment.evse_id else None
    return session is not None and session.driver_id == payment.driver_id and assign_hold(store, session) is not None
