"""The prepaid balance: topped up by card, held for a charge, spent on its invoice, refunded.

Only the holder of a balance's lock may take money from it. Lock order: documents, their payments or the top-ups, then
the balance.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.billing import Invoice
from forecourt.drivers import Driver, PayBy
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_top_up
from forecourt.flows.paying.balances import check_currency, prepaid
from forecourt.flows.paying.dunning import close_case_if_paid, open_dunning_case, pay_now
from forecourt.flows.paying.pay import (
    expected_hold,
    hold,
    hold_in_place,
    holds_of,
    next_payment_id,
    outstanding,
    securing_payments,
    store_transition,
)
from forecourt.flows.paying.payables import Payable, lock_payable, share_payment
from forecourt.flows.paying.top_up_pages import top_up_id
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, BookingId, Conflict, DocumentId, DriverId, Ids, Money, NotFound, PaymentId, SessionId
from forecourt.ledger import Posting, Txn, overdrawn, wallet
from forecourt.payments import (
    WALLET,
    AutoTopUp,
    Captured,
    Declined,
    Held,
    Payer,
    Payment,
    TopUp,
    WalletRules,
    assign_to_session,
    begin_charge,
    begin_hold,
    begin_top_up,
    capture,
    check_auto_top_up,
    check_same_amount,
    check_top_up,
    due_auto_top_up,
    lapse,
    pause_auto_top_up,
    refund,
    release,
    split_refund,
)
from forecourt.sessions import Session
from forecourt.stations import Evse


def top_up(store: Store, driver_id: DriverId, amount: Money, request_id: UUID, at: datetime, ids: Ids) -> Payment:
    """Top up the balance from the stored card. request_id: the request's id; repeating a request gives the same top-up.

    Raises Conflict without a card, or for another amount under the same request; BadInput for an amount the rules do not allow.
    """
    driver = store.drivers.driver(driver_id)
    payment_id = top_up_id(driver_id, request_id)
    store.wallets.lock(driver_id)
    known = store.payments.payment(payment_id)
    if known is not None:
        check_same_amount(known, amount)
        return known
    rules = store.wallets.rules(driver.operator_id)
    payer = Payer(driver.operator_id, driver_id, driver.payment_method)
    balance = prepaid(store, driver.operator_id, driver_id, rules.least_load.currency)
    check_top_up(amount, rules, balance, store.payments.top_ups(driver_id))
    return store_transition(store, begin_top_up(payer, payment_id, amount, TopUp.DRIVER, at), at, ids)


def hold_for_charge(store: Store, driver: Driver, evse: Evse, at: datetime, ids: Ids) -> Payment:
    """Secure a charge at a socket: from the balance as far as it goes, else by a hold on the card.

    A low balance is held as it is if a card backs it. Raises Conflict if neither is enough, or the balance is in another currency
    than the place.
    """
    if driver.pay_by is not PayBy.WALLET:
        return hold(store, driver, evse, at, ids)
    store.wallets.lock(driver.id)
    active_hold = hold_in_place(store, driver, evse)
    if active_hold is not None:
        return active_hold
    wanted = expected_hold(store, driver.id, evse, at)
    available = prepaid(store, driver.operator_id, driver.id, wanted.currency).available
    rules = store.wallets.rules(driver.operator_id)
    min_hold = min(wanted, rules.least_start) if rules.least_start.currency == wanted.currency else wanted
    if available.minor > 0 and (driver.payment_method or available >= min_hold):
        return _hold(store, driver, evse, min(wanted, available), at, ids)
    if driver.payment_method:
        return hold(store, driver, evse, at, ids)
    check_currency(store, driver.operator_id, wanted.currency)
    raise Conflict(
        "balance_low",
        "Your balance of {free} is not enough to start a charge.",
        "Top up to {least} or more.",
        free=available,
        least=min_hold,
    )


def hold_balance_for_session(store: Store, session: Session, evse: Evse, at: datetime, ids: Ids) -> None:
    """Hold what there is of the driver's balance for a charge that began at the charger, so that nothing else spends it."""
    if session.driver_id is None or session.tariff_version_id is None:
        return
    driver = store.drivers.driver(session.driver_id)
    if driver.pay_by is not PayBy.WALLET or any(one.holding for one in store.payments.of_session(session.id)):
        return
    store.wallets.lock(driver.id)
    wanted = expected_hold(store, driver.id, evse, at)
    amount = min(wanted, prepaid(store, driver.operator_id, driver.id, wanted.currency).available)
    if amount.minor > 0:
        hold_balance(store, session, amount, at, ids)


def hold_balance(store: Store, session: Session, amount: Money, at: datetime, ids: Ids) -> None:
    """Hold this much of the driver's balance for a running charge. The caller holds the balance's lock."""
    assert session.driver_id is not None  # noqa: S101 - narrows the type; the caller has asked
    driver, evse = store.drivers.driver(session.driver_id), store.stations.evse(session.evse_id)
    store.payments.put(assign_to_session(_hold(store, driver, evse, amount, at, ids), session.id))


def lock_funds(store: Store, driver_id: DriverId, session_id: SessionId | None, booking_id: BookingId | None = None) -> bool:
    """Before something is issued and posted: whether its driver pays from the balance, which is then locked with its holds."""
    if store.drivers.driver(driver_id).pay_by is not PayBy.WALLET:
        return False
    payment_ids = [one.id for one in store.payments.of_session(session_id)] if session_id else securing_payments(store, booking_id)
    for payment_id in payment_ids:
        store.payments.lock(payment_id)
    store.wallets.lock(driver_id)
    return True


def pay_from_balance(store: Store, payable: Payable, at: datetime, ids: Ids) -> tuple[Payment, ...]:
    """Pay what a document lacks from the balance: first from its charge's hold, then from what is free. Returns the payments that moved.

    The caller holds the document's lock, or has only just issued it.
    """
    driver = store.drivers.driver(payable.driver_id)
    if driver.pay_by is not PayBy.WALLET or _by_statement(payable, driver):
        return ()
    holds = [one for one in holds_of(store, payable) if one.method == WALLET and isinstance(one.state, Held)]
    store.wallets.lock(driver.id)
    transitions = [_use(store, one, payable, at, ids) for one in holds] + _spend(store, payable, at, ids)
    if any(isinstance(one.state, Captured) for one in transitions):
        share_payment(store, payable, at, ids)
        close_case_if_paid(store, payable.id, at)
        top_up_if_low(store, driver, Money.zero(payable.currency), at, ids)
    return tuple(transitions)


def pay_invoice(store: Store, payable: Payable, at: datetime, ids: Ids) -> None:
    """Pay a new document from the balance in the same commit. The rest is charged to the card next; without one it is a debt."""
    pay_from_balance(store, payable, at, ids)
    driver = store.drivers.driver(payable.driver_id)
    by_balance = driver.pay_by is PayBy.WALLET and not _by_statement(payable, driver)
    if by_balance and not driver.payment_method and outstanding(store, payable).minor > 0:
        open_dunning_case(store, payable.id, at, at)


def _by_statement(payable: Payable, driver: Driver) -> bool:
    """Whether a monthly statement collects it, even if its driver has since changed the way to pay."""
    return isinstance(payable, Invoice) and payable.content.parties.on_account(driver.pay_by)


def pay_debt(store: Store, driver_id: DriverId, document_id: DocumentId, at: datetime, ids: Ids) -> Payment:
    """The driver pays a debt: from the balance if charges are paid from it, the rest by card."""
    payable = lock_payable(store, document_id)
    if payable is None or payable.driver_id != driver_id:
        raise NotFound("document", "You owe nothing for that document.")
    payments = pay_from_balance(store, payable, at, ids)
    if payments and outstanding(store, payable).minor <= 0:
        return payments[-1]
    return pay_now(store, driver_id, document_id, at, ids)


def refund_prepaid_balance(store: Store, driver_id: DriverId, amount: Money, reason: str, at: datetime, ids: Ids) -> tuple[Payment, ...]:
    """Refund part of the balance to the cards it came from, newest top-up first. This turns automatic top-ups off.

    Raises BadInput for more than is free, Conflict while that much cannot be refunded.
    """
    driver = store.drivers.driver(driver_id)
    known = sorted(one.id for one in store.payments.top_ups(driver_id) if isinstance(one.state, Captured))
    locked = [one for payment_id in known if (one := store.payments.lock(payment_id)) is not None]
    top_ups = [one for one in locked if not any(dispute.withheld for dispute in store.disputes.of_payment(one.id))]
    store.wallets.lock(driver_id)
    balance = prepaid(store, driver.operator_id, driver_id, amount.currency)
    if amount.minor <= 0 or amount > balance.available:
        raise BadInput(
            "return_above_balance", "{amount} cannot be refunded.", "Give an amount up to {free}.", amount=amount, free=balance.available
        )
    auto = store.wallets.auto_top_up(driver_id)
    if auto is not None and auto.on:
        store.wallets.put_auto_top_up(replace(auto, on=False))
    return tuple(store_transition(store, refund(one, share, reason, at), at, ids) for one, share in split_refund(top_ups, amount))


def set_auto_top_up(store: Store, auto: AutoTopUp, at: datetime, ids: Ids) -> None:
    """Set a driver's automatic top-ups; setting them again ends a pause. A top-up that is due is requested at once."""
    driver = store.drivers.driver(auto.driver_id)
    if auto.on:
        check_auto_top_up(auto, store.wallets.rules(driver.operator_id))
        if not driver.payment_method:
            raise Conflict("no_payment_method", "Automatic top-ups need a stored card.", "Add one under Cards.")
    store.wallets.lock(driver.id)
    store.wallets.put_auto_top_up(replace(auto, operator_id=driver.operator_id, paused_at=None, paused_why=""))
    top_up_if_low(store, driver, Money.zero(auto.amount.currency), at, ids)


def set_pay_by(store: Store, driver_id: DriverId, pay_by: PayBy) -> None:
    """Set how a driver's future charges are paid. Only the operator can grant a monthly account."""
    store.wallets.lock(driver_id)
    driver = store.drivers.driver(driver_id)
    if PayBy.ACCOUNT in (pay_by, driver.pay_by) and pay_by is not driver.pay_by:
        raise Conflict("pay_by_account", "Monthly accounts are opened and closed by the operator.", "Ask the operator.")
    if pay_by is not driver.pay_by and any(one.holding and not one.top_up for one in store.payments.of_driver(driver_id)):
        raise Conflict("charge_running", "Money is held for one of your charges or bookings.", "Change this once that is over.")
    store.drivers.put_driver(replace(driver, pay_by=pay_by))


def set_wallet_rules(store: Store, by: Staff, rules: WalletRules) -> None:
    if rules.least_load.currency != store.stations.operator(by.operator_id).currency:
        raise BadInput("wallet_currency", "Balances are kept in the operator's currency.")
    store.wallets.put_rules(by.operator_id, rules)
    text = f"{rules.least_load} to {rules.most_load}, balance to {rules.most_balance}, {rules.auto_most} a day automatically"
    note(store, by, "wallet.rules", by.operator_id, text)


def apply_top_up(store: Store, before: Payment, after: Payment, at: datetime, ids: Ids) -> None:
    """Act on a top-up's new state: pay debts, pause after a refusal, record what the bank reversed as owed."""
    if isinstance(after.state, Captured) and not isinstance(before.state, Captured) and after.taken != before.taken:
        _apply_received(store, after, at, ids)
    elif isinstance(after.state, Declined) and after.top_up is TopUp.AUTO:
        auto = store.wallets.auto_top_up(after.driver_id)
        if auto is not None:
            store.wallets.put_auto_top_up(pause_auto_top_up(auto, after.state.code, at))
    elif after.returned != before.returned:
        store.wallets.lock(after.driver_id)
        settle_overdraft(store, after, f"{after.id}/{after.refunds}", at)


def top_up_if_low(store: Store, driver: Driver, spent: Money, at: datetime, ids: Ids) -> Payment | None:
    """The automatic top-up, if due. spent: of the balance, by a running charge. The caller holds the balance's lock."""
    auto = store.wallets.auto_top_up(driver.id)
    if auto is None or not driver.payment_method:
        return None
    balance = prepaid(store, driver.operator_id, driver.id, spent.currency)
    amount = due_auto_top_up(
        auto, store.wallets.rules(driver.operator_id), replace(balance, spent=spent), store.payments.top_ups(driver.id), at
    )
    if amount is None:
        return None
    payer = Payer(driver.operator_id, driver.id, driver.payment_method)
    return store_transition(store, begin_top_up(payer, PaymentId(ids.new(at)), amount, TopUp.AUTO, at), at, ids)


def settle_overdraft(store: Store, top_up: Payment, key: str, at: datetime) -> None:
    """Keep a balance from going below zero: what the bank reversed after it was spent is owed, and repaid by what comes in.

    key: of the transaction it follows. The caller holds the balance's lock.
    """
    driver_id, currency = top_up.driver_id, top_up.currency
    balance = prepaid(store, top_up.operator_id, driver_id, currency).balance
    missing = Money(store.ledger.balance(top_up.operator_id, overdrawn(driver_id), currency), currency)
    if balance.minor < 0:
        posting = Posting(wallet(driver_id), overdrawn(driver_id), -balance)
        _post(store, top_up, f"overdrawn/{key}", "Top-up taken back after it was spent", posting, at)
    elif min(balance, missing).minor > 0:
        posting = Posting(overdrawn(driver_id), wallet(driver_id), min(balance, missing))
        _post(store, top_up, f"made-good/{key}", "Taken-back top-up made good", posting, at)


def _apply_received(store: Store, top_up: Payment, at: datetime, ids: Ids) -> None:
    """Money came in: first repay what the bank reversed, then pay debts if charges are paid from the balance."""
    driver = store.drivers.driver(top_up.driver_id)
    debt_ids = [one.document_id for one in store.dunning.of_driver(driver.id) if one.open] if driver.pay_by is PayBy.WALLET else []
    debts = [one for document_id in sorted(debt_ids) if (one := lock_payable(store, document_id)) is not None]
    store.wallets.lock(driver.id)
    settle_overdraft(store, top_up, str(top_up.id), at)
    notify_top_up(store, top_up, at)
    for debt in debts:
        if debt.currency == top_up.currency and not any(one.pending_amount for one in store.payments.of_document(debt.id)):
            pay_from_balance(store, debt, at, ids)


def _hold(store: Store, driver: Driver, evse: Evse, amount: Money, at: datetime, ids: Ids) -> Payment:
    payer = Payer(driver.operator_id, driver.id, WALLET)
    return store_transition(store, begin_hold(payer, PaymentId(ids.new(at)), evse.id, amount, at), at, ids)


def _use(store: Store, held: Payment, payable: Payable, at: datetime, ids: Ids) -> Payment:
    """Pay from a charge's hold what its document lacks; the rest becomes free again."""
    if not isinstance(held.state, Held) or held.state.expires_at <= at:
        return store_transition(store, lapse(held, at), at, ids)
    balance = prepaid(store, held.operator_id, held.driver_id, held.currency)
    amount = min(outstanding(store, payable), held.state.amount, balance.spendable(held.state.amount))
    transition = capture(held, amount, payable.id, at) if amount.minor > 0 else release(held, "nothing to pay", at)
    return store_transition(store, transition, at, ids)


def _spend(store: Store, payable: Payable, at: datetime, ids: Ids) -> list[Payment]:
    amount = min(outstanding(store, payable), prepaid(store, payable.operator_id, payable.driver_id, payable.currency).available)
    if amount.minor <= 0:
        return []
    payer, payment_id = Payer(payable.operator_id, payable.driver_id, WALLET), next_payment_id(store, payable, "wallet")
    return [store_transition(store, begin_charge(payer, payment_id, payable.id, payable.session_id, amount, at), at, ids)]


def _post(store: Store, top_up: Payment, key: str, text: str, posting: Posting, at: datetime) -> None:
    store.ledger.post(Txn(key, top_up.operator_id, at, text, top_up.id, (posting,)))
