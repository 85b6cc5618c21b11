"""Charging payers: a hold before a charge, its capture after the invoice, the collection from accounts, and refunds.

Nothing here waits for the processor: orders are stored in the outbox, and `apply_payment_answer` handles the answers.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid5

from forecourt.billing import DocumentKind, Invoice
from forecourt.drivers import Driver
from forecourt.flows.desk.webhook_notices import report_payment
from forecourt.flows.paying.balances import check_unspent
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money
from forecourt.flows.paying.payables import Payable, amount_due, share_payment
from forecourt.flows.paying.refundable_amounts import withheld_amount
from forecourt.flows.paying.terminal_shortfalls import report_terminal_mismatch
from forecourt.flows.ports.outbox import OutboxItem
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.price_finding import expected_usage, price_for
from forecourt.kernel import BookingId, Conflict, DocumentId, DriverId, Ids, Money, NotFound, OperatorId, PaymentId, Span
from forecourt.payments import (
    DEBIT,
    PAYER_PRESENT,
    TRANSFER,
    WALLET,
    WRITTEN_OFF,
    AtPayer,
    Capturing,
    Declined,
    DunningCase,
    Held,
    HoldAsked,
    Payer,
    Payment,
    PaymentOrder,
    QueryPayment,
    Releasing,
    Transition,
    Withdrawing,
    amount_under_way,
    assign_to_session,
    begin_charge,
    begin_hold,
    capture,
    hold_amount,
    lapse,
    paid_so_far,
    settle_from_balance,
)
from forecourt.payments import refund as refund_of
from forecourt.payments import release as release_of
from forecourt.sessions import Session
from forecourt.stations import Evse
from forecourt.tariffs import rate

# The energy expected of a charge if the driver has said nothing; most take less.
EXPECTED_WH = 40_000
EXPECTED_STAY = timedelta(hours=8)
# A hold that no charge has followed is released after this long.
RELEASE_UNUSED_AFTER = timedelta(minutes=14)


def hold(store: Store, driver: Driver, evse: Evse, at: datetime, ids: Ids) -> Payment:
    """Request a hold on the driver's stored card for a charge at a socket, or reuse one in place or being placed.

    Raises Conflict without a stored card or a price.
    """
    return hold_in_place(store, driver, evse) or _ask_hold(store, driver, evse, driver.payment_method, at, ids)


def hold_at_page(store: Store, driver: Driver, evse: Evse, at: datetime, ids: Ids) -> Payment:
    """The same with a card used on the processor's page; any cost beyond the hold is charged to the stored card."""
    return hold_in_place(store, driver, evse) or _ask_hold(store, driver, evse, PAYER_PRESENT, at, ids)


def _ask_hold(store: Store, driver: Driver, evse: Evse, method: str, at: datetime, ids: Ids) -> Payment:
    payer = Payer(evse.operator_id, driver.id, method)
    return store_transition(
        store, begin_hold(payer, PaymentId(ids.new(at)), evse.id, expected_hold(store, driver.id, evse, at), at), at, ids
    )


def hold_in_place(store: Store, driver: Driver, evse: Evse) -> Payment | None:
    """The driver's hold for a charge at a socket that is in place or being placed, and not used by a charge yet."""
    hold = store.payments.hold_on(driver.id, evse.id)
    return None if hold is None or _unwanted(hold) else hold


def release(store: Store, payment_id: PaymentId, why: str, at: datetime, ids: Ids) -> None:
    """Release a hold. Does nothing if the hold is gone, or a charge is being paid from it."""
    payment = store.payments.lock(payment_id)
    if payment is not None and payment.holding and payment.document_id is None:
        store_transition(store, release_of(payment, why, at), at, ids)


def assign_hold(store: Store, session: Session) -> Payment | None:
    """The hold to pay a starting session from: its driver's, for its socket, and not another session's."""
    if session.driver_id is None:
        return None
    known = next((one for one in store.payments.of_session(session.id) if one.holding), None)
    waiting = known or store.payments.hold_on(session.driver_id, session.evse_id)
    if waiting is None or _unwanted(waiting):
        return None
    assigned = assign_to_session(waiting, session.id)
    if assigned != waiting:
        store.payments.put(assigned)
    return assigned


def collect_payment(store: Store, document_id: DocumentId, at: datetime, ids: Ids) -> tuple[Payment, ...]:
    """Charge what an invoice still lacks: to the hold of its charge, the rest to the stored card. Returns the payments that moved.

    Repeating it charges nothing twice. Drivers on account are charged in the collection. While a hold is still being
    placed, its answer decides; after a decline, a person or a collection run tries again.
    """
    invoice = store.documents.lock(document_id)
    if invoice is None or invoice.kind is not DocumentKind.INVOICE:
        return ()
    driver = store.drivers.driver(invoice.driver_id)
    _assign_unordered_captures(store, invoice, at, ids)
    holds = [_not_awaited(store, one, at, ids) for one in holds_of(store, invoice)]
    if store.documents.credit_notes_of(document_id):
        held_payments = [one for one in holds if isinstance(one.state, Held)]
        return tuple(store_transition(store, release_of(one, "credited", at), at, ids) for one in held_payments)
    if any(one.document_id is None and one.is_in_force and not isinstance(one.state, Held | Releasing) for one in holds):
        return ()
    payments: list[Payment] = []
    for held in holds:
        if isinstance(held.state, Held):
            payments.append(store_transition(store, _use(held, invoice, outstanding(store, invoice), at), at, ids))
    on_account = invoice.content.parties.on_account(driver.pay_by)
    if not on_account and driver.payment_method and not _declined(store, invoice):
        payments += charge(store, invoice, driver, at, ids)
    report_terminal_mismatch(store, invoice, outstanding(store, invoice), at)
    return tuple(payments)


def _assign_unordered_captures(store: Store, invoice: Invoice, at: datetime, ids: Ids) -> None:
    """Count what was captured without our order, as by a terminal that settles against its setting, as payment of the invoice."""
    for listed in store.payments.of_session(invoice.session_id) if invoice.session_id else ():
        if listed.method == PAYER_PRESENT and listed.taken and listed.document_id is None:
            payment = store.payments.lock(listed.id) or listed
            store.payments.put(replace(payment, document_id=invoice.id))
            share_payment(store, invoice, at, ids)
            follow_up_returned_money(store, invoice.id, at, ids)  # a dispute may have been decided before there was a bill


def collect(store: Store, operator_id: OperatorId, at: datetime, ids: Ids, again: bool = False) -> int:
    """The collection run: charge every open invoice of drivers on account. again: also those declined before. Returns how many.

    A driver's own card never pays what a fleet owes."""
    charged = 0
    for document_id in store.payments.unpaid(operator_id, limit=10_000):
        invoice = store.documents.lock(document_id)
        if invoice is None or store.documents.credit_notes_of(document_id):
            continue
        driver = store.drivers.driver(invoice.driver_id)
        parties = invoice.content.parties
        wanted = (parties.on_account(driver.pay_by) or again) and parties.used_by is None
        if wanted and driver.payment_method and (again or not _declined(store, invoice)):
            charged += len(charge(store, invoice, driver, at, ids))
    return charged


def refund(store: Store, payment_id: PaymentId, amount: Money, reason: str, at: datetime, ids: Ids) -> Payment:
    """Refund an amount of a captured payment. Raises NotFound, Conflict or BadInput (more than was paid)."""
    payment = store.payments.lock(payment_id)
    if payment is None:
        raise NotFound("payment", "There is no such payment.")
    if payment.method in (TRANSFER, DEBIT):
        raise Conflict("paid_by_transfer", "This was paid by bank transfer.", "Refund it by transfer.")
    if payment.top_up:
        check_unspent(store, payment, amount)
    taken_back = withheld_amount(store, [payment], payment.currency)
    if taken_back and amount > payment.captured - taken_back:
        text = f"The cardholder's bank holds {taken_back} of this payment, so {amount} cannot be refunded."
        raise Conflict("payment_disputed", text, "Wait for the decision, or refund less.")
    return store_transition(store, refund_of(payment, amount, reason, at), at, ids)


def store_transition(store: Store, transition: Transition, at: datetime, ids: Ids) -> Payment:
    """Store a payment's transition, with what it posts and orders, in the caller's commit."""
    if transition.payment.method == WALLET:
        transition = settle_from_balance(transition, at)
    report_payment(store, transition.payment, at)
    store.payments.put(transition.payment)
    for txn in transition.txns:
        store.ledger.post(txn)
    for wanted in transition.orders:
        _order(store, wanted, at, ids)
    return transition.payment


def look_up(store: Store, payment: Payment, key: str, at: datetime, ids: Ids) -> None:
    """Have the processor's own record of a payment read."""
    _order(store, QueryPayment(payment.id, payment.operator_id, key, payment.reference), at, ids)


def payer_returned(store: Store, payment: Payment, at: datetime, ids: Ids) -> None:
    """The payer returns from the processor's page: read its record now, in case the event is late or lost."""
    if isinstance(payment.state, AtPayer):
        look_up(store, payment, f"{payment.id}/back/{int(at.timestamp()) // 10}", at, ids)


def _look_up_lane(payment_id: PaymentId) -> str:
    return f"{payment_id}/look"


def is_look_up_pending(store: Store, payment: Payment) -> bool:
    """Whether a look-up is already waiting: while the processor is away, one is enough."""
    return any(one.done_at is None for one in store.outbox.history(_look_up_lane(payment.id), 1))


def _order(store: Store, wanted: PaymentOrder, at: datetime, ids: Ids) -> None:
    # Orders of a payment are delivered in order, but a look must not wait for the order whose answer is missing.
    lane_key = _look_up_lane(wanted.payment_id) if isinstance(wanted, QueryPayment) else str(wanted.payment_id)
    item = OutboxItem(ids.new(at), wanted.operator_id, None, "payment", lane_key, wanted, at, wanted.key)
    store.outbox.put(item)


def _use(held: Payment, invoice: Invoice, outstanding: Money, at: datetime) -> Transition:
    """Capture what the invoice lacks from a hold, as far as the hold goes; release the hold if nothing is lacking."""
    if not isinstance(held.state, Held) or held.state.expires_at <= at:
        return lapse(held, at)
    if outstanding.minor <= 0 or held.method == WALLET:  # a balance paid when the invoice was issued
        return release_of(held, "nothing to pay", at)
    return capture(held, min(outstanding, held.state.amount), invoice.id, at)


def charge(store: Store, invoice: Payable, driver: Driver, at: datetime, ids: Ids) -> list[Payment]:
    """Charge what is lacking, including reminder fees, as a payment of its own."""
    wanted = outstanding(store, invoice)
    if wanted.minor <= 0:
        return []
    payer = Payer(invoice.operator_id, driver.id, driver.payment_method)
    payment_id = next_payment_id(store, invoice, "charge")
    return [store_transition(store, begin_charge(payer, payment_id, invoice.id, invoice.session_id, wanted, at), at, ids)]


def next_payment_id(store: Store, payable: Payable, way: str) -> PaymentId:
    """An id derived from the document and the number of attempts, so that no payment can be made twice."""
    known = {one.id for one in store.payments.of_document(payable.id)}
    return next(one for number in count() if (one := PaymentId(uuid5(payable.id, f"{way}/{number}"))) not in known)


def outstanding(store: Store, invoice: Payable) -> Money:
    """What is neither paid nor being charged of a document and its reminders. Zero if it was written off or a statement
    collects it."""
    payments, case = store.payments.of_document(invoice.id), store.dunning.case(invoice.id)
    stated = isinstance(invoice, Invoice) and store.statements.of_document(invoice.id) is not None
    if stated or (case is not None and case.outcome == WRITTEN_OFF):
        return Money.zero(invoice.currency)
    return _unpaid(store, invoice, payments, case) - amount_under_way(payments, invoice.currency)


def unpaid(store: Store, payable: Payable) -> Money:
    """What has not been paid of a document and its reminders, whether or not it is being charged; negative if overpaid."""
    return _unpaid(store, payable, store.payments.of_document(payable.id), store.dunning.case(payable.id))


def _unpaid(store: Store, payable: Payable, payments: Sequence[Payment], case: DunningCase | None) -> Money:
    extra_debt = Money.zero(payable.currency) if case is None else case.beside
    return amount_due(store, payable) + extra_debt - paid_so_far(payments, payable.currency)


def is_being_charged(store: Store, invoice: Payable) -> bool:
    """Whether money is being charged for the document, or may have been (unknown)."""
    return any(one.pending_amount for one in store.payments.of_document(invoice.id))


def _declined(store: Store, invoice: Invoice) -> bool:
    return any(isinstance(one.state, Declined) for one in store.payments.of_document(invoice.id))


def _not_awaited(store: Store, payment: Payment, at: datetime, ids: Ids) -> Payment:
    """The charge is over, so withdraw a request for more that its payer has not answered."""
    is_requested = payment.method == PAYER_PRESENT and isinstance(payment.stage, AtPayer | HoldAsked)
    return store_transition(store, release_of(payment, "the charge is over", at), at, ids) if is_requested else payment


def holds_of(store: Store, invoice: Payable) -> list[Payment]:
    """The holds of the invoice's charge, each locked, including one that was not tied to it while it ran. For a no-show fee, the hold
    that secured the booking."""
    if invoice.session_id is None:
        return _securing(store, invoice)
    ids = [one.id for one in store.payments.of_session(invoice.session_id) if one.holding]
    record = store.sessions.record(invoice.session_id)
    unassigned = store.payments.hold_on(invoice.driver_id, record.evse_id) if record and not ids else None
    if record and unassigned and unassigned.made_at <= record.ended_at:
        store.payments.put(assign_to_session(unassigned, invoice.session_id))
        ids = [unassigned.id]
    return [payment for payment_id in ids if (payment := store.payments.lock(payment_id)) is not None]


def _securing(store: Store, invoice: Payable) -> list[Payment]:
    booking_id = invoice.booking_id if isinstance(invoice, Invoice) else None
    return [
        one for payment_id in securing_payments(store, booking_id) if (one := store.payments.lock(payment_id)) is not None and one.holding
    ]


def securing_payments(store: Store, booking_id: BookingId | None) -> tuple[PaymentId, ...]:
    """The payments behind a booking: a guest's one hold, or a driver's deposit."""
    guest = store.guests.booking(booking_id) if booking_id else None
    deposit = store.deposits.of_booking(booking_id) if booking_id and guest is None else None
    return (guest.payment_id,) if guest else deposit.payments if deposit else ()


def _unwanted(payment: Payment) -> bool:
    state = payment.stage
    return isinstance(state, Capturing | Releasing | Withdrawing) or (isinstance(state, HoldAsked) and bool(state.unwanted))


def expected_hold(store: Store, driver_id: DriverId | None, evse: Evse, at: datetime) -> Money:
    """What the charge is expected to cost, by the same `rate` as its bill, within the tariff's own preauthorise amount.

    driver_id: None = somebody without a contract.
    """
    site = store.stations.site(evse.site_id)
    version = price_for(store, site, evse.kind, buyer_of(store, driver_id, at), at).version
    stated_need = store.drivers.need(driver_id, site.id) if driver_id else None
    need_now = stated_need if stated_need and stated_need.is_about(at) else None
    energy_wh = need_now.energy_wh if need_now and need_now.energy_wh else EXPECTED_WH
    until = need_now.departure if need_now and need_now.departure and need_now.departure > at else at + EXPECTED_STAY
    rating = rate(version.tariff, expected_usage(Span(at, until), energy_wh, evse.max_power_w, site.zone))
    return hold_amount(rating.gross, version.tariff.preauthorise)
