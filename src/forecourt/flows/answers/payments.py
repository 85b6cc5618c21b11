"""Apply the processor's answers and events: update the payment, post to the ledger, and request the next step."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from forecourt.billing import Invoice
from forecourt.flows.charging.starting import held
from forecourt.flows.desk.orders import enqueue_task
from forecourt.flows.guests.longer_stays import longer_held
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money
from forecourt.flows.paying.cards import store_used_card
from forecourt.flows.paying.chargebacks import apply_dispute
from forecourt.flows.paying.deposits import deposit_held, deposit_refused
from forecourt.flows.paying.dunning import close_case_if_paid, open_dunning_case
from forecourt.flows.paying.failed_refunds import handle_failed_refunds
from forecourt.flows.paying.guest_holds import booking_held
from forecourt.flows.paying.guest_payments import check_further_hold
from forecourt.flows.paying.pay import look_up, store_transition
from forecourt.flows.paying.payables import lock_payable, share_payment
from forecourt.flows.paying.wallet import apply_top_up
from forecourt.flows.ports.outbox import CollectPayment, OutboxItem
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Refused
from forecourt.payments import (
    Accepted,
    Answer,
    Captured,
    Declined,
    Expired,
    Held,
    Payment,
    PaymentOrder,
    ProcessorEvent,
    ProcessorRecord,
    Refund,
    Unanswered,
    apply_answer,
    apply_record,
    is_news,
    release,
)

_FIRST_WAIT_S = 2
_MAX_WAIT_S = 900


def apply_payment_answer(store: Store, item: OutboxItem, answer: Answer | ProcessorRecord, at: datetime, ids: Ids) -> Payment | None:
    """Apply the answer to a payment order, and close its outbox item. Without an answer, the same order is sent again later under the
    same key, never another in its place. Idempotent."""
    order = item.work
    if not isinstance(order, PaymentOrder):
        raise TypeError(f"{type(order).__name__} is not for the processor")
    if isinstance(answer, Unanswered):
        wait_s = min(_MAX_WAIT_S, _FIRST_WAIT_S * 2 ** min(item.attempts, 10))
        store.outbox.retry(item, at + timedelta(seconds=wait_s), answer.error[:200])
    else:
        store.outbox.done(item.id, at, type(answer).__name__)
    return _apply(store, order, answer, at, ids)


def receive_payment_event(store: Store, event: ProcessorEvent, at: datetime, ids: Ids) -> bool:
    """Handle a webhook event, once: it only says that the record should be read. Returns False for a repeated event.

    If the answer to our own order arrived first, the event is not news and the record is not read.
    """
    if store.payments.webhook_seen(event.id, at):
        return False
    payment = store.payments.payment(event.payment_id)
    if payment is not None and is_news(payment, event):
        look_up(store, payment, f"{payment.id}/event/{event.id}", at, ids)
    return True


def _apply(store: Store, order: PaymentOrder, answer: Answer | ProcessorRecord, at: datetime, ids: Ids) -> Payment | None:
    known = store.payments.payment(order.payment_id)
    if known is not None and known.document_id is not None:
        lock_payable(store, known.document_id)  # lock the document first, then its payments, in the order used everywhere
    before = store.payments.lock(order.payment_id)
    if before is None:
        return None
    for dispute in answer.disputes if isinstance(answer, ProcessorRecord) else ():
        apply_dispute(store, before, dispute, at, ids)
        before = store.payments.payment(before.id) or before  # a won dispute may be refunded at once
    transition = apply_record(before, answer, at) if isinstance(answer, ProcessorRecord) else apply_answer(before, order, answer, at)
    if transition.payment == before:
        if isinstance(order, Refund) and isinstance(answer, Accepted):
            # Perhaps another refund was mistaken for this one: the record has the total refunded.
            look_up(store, before, f"{order.key}/late", at, ids)
        return before
    if isinstance(answer, ProcessorRecord) and answer.card and transition.payment.taken and not before.taken:
        store_used_card(store, before, answer.card, at)
    after = _follow_up(store, before, store_transition(store, transition, at, ids), at, ids)
    if after.taken and not before.taken and store.disputes.of_payment(after.id):
        follow_up_returned_money(store, after.document_id, at, ids)  # a bank took it back before we knew of the capture
    return after


def _follow_up(store: Store, before: Payment, after: Payment, at: datetime, ids: Ids) -> Payment:
    """Follow up on a new state: a hold in place starts its charge, or pays a waiting invoice; a failed capture is charged another way."""
    invoices = _invoices(store, after)
    if isinstance(after.state, Held) and not isinstance(before.state, Held) and not invoices:
        try:
            if after.booking_id is not None:
                booking_held(store, after, at)
                deposit_held(store, after, at)
            else:
                held(store, after, at, ids)
                check_further_hold(store, after, at)
                longer_held(store, after, at)
        except Refused as refusal:  # the processor's result stands; release the hold, so that the driver need not wait for it to lapse
            return store_transition(store, release(after, refusal.code, at), at, ids)
    if isinstance(after.state, Captured) and not isinstance(before.state, Captured) and after.document_id is not None:
        paid_for = lock_payable(store, after.document_id)
        if paid_for is not None:
            share_payment(store, paid_for, at, ids)
            close_case_if_paid(store, paid_for.id, at)
    if isinstance(after.state, Declined) and not invoices:
        deposit_refused(store, after, at)
    handle_failed_refunds(store, before, after, at, ids)
    if after.top_up:
        apply_top_up(store, before, after, at, ids)
    if isinstance(after.state, Declined) and after.document_id is not None:
        open_dunning_case(store, after.document_id, after.state.declined_at, at)
    by_others = isinstance(after.state, Captured) and not before.taken and before.pending_amount != after.taken
    if invoices and (by_others or isinstance(after.state, Held | Declined | Expired)):
        key = f"pay/{invoices[0].id}/{after.id}/{after.attempt}/{after.state_name}"
        enqueue_task(store, invoices[0].content, CollectPayment(invoices[0].id), at, ids, key)
    return after


def _invoices(store: Store, payment: Payment) -> Sequence[Invoice]:
    """The invoices of the charge that the payment is held for, or of the missed booking."""
    if payment.session_id:
        return store.documents.of_session(payment.session_id)
    return store.documents.of_booking(payment.booking_id) if payment.booking_id else ()
