"""Chargebacks: a cardholder's bank takes a payment back until the dispute is decided. Stores the state, books it and acts on it."""

from dataclasses import replace
from datetime import datetime

from forecourt.billing import Invoice
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_day
from forecourt.flows.desk.webhook_notices import report_dispute
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money
from forecourt.flows.paying.lost_disputes import owed_after_disputes, settle_losses
from forecourt.flows.paying.pay import look_up, refund
from forecourt.flows.paying.payables import lock_payable
from forecourt.flows.paying.refundable_amounts import refundable_part
from forecourt.flows.paying.wallet import settle_overdraft
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, OperatorId
from forecourt.payments import BlockRule, Captured, Dispute, DisputeRecord, DisputeState, Payment, update_dispute


def apply_dispute(store: Store, payment: Payment, record: DisputeRecord, at: datetime, ids: Ids) -> Dispute:
    """Apply the processor's record of a dispute. Repeated, late and reordered news changes nothing.

    The caller holds the payment's lock.
    """
    known = store.disputes.dispute(payment.operator_id, record.id)
    transition = update_dispute(known, payment, record, at)
    if not transition.changed:
        return transition.dispute
    after = _by_rule(store, transition.dispute)
    store.disputes.put(after)
    report_dispute(store, known, after, payment, at)
    if payment.top_up:
        store.wallets.lock(payment.driver_id)
    for txn in transition.txns:
        store.ledger.post(txn)
    if payment.top_up and transition.txns:
        settle_overdraft(store, payment, transition.txns[-1].key, at)
    payable = lock_payable(store, payment.document_id) if payment.document_id else None
    if payable is not None:
        settle_losses(store, payable, at)
    if isinstance(payable, Invoice) and after.state is DisputeState.WON and isinstance(payment.state, Captured):
        part = min(owed_after_disputes(store, payable), refundable_part(store, payment))
        if part.minor > 0:
            refund(store, payment.id, part, "credited, and the dispute was won", at, ids)
    follow_up_returned_money(store, payment.document_id, at, ids)
    return after


def poll_disputes(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> int:
    """Once a day in the operator's zone, look up every payment with an open dispute: a lost one moves no money at the processor, so no row
    of its clearing file reports it, and the event may have been lost. Returns how many are open."""
    still_open, today = store.disputes.waiting(operator_id), operator_day(store, operator_id, at)
    for dispute in still_open:
        payment = store.payments.payment(dispute.payment_id)
        if payment is not None and operator_day(store, operator_id, dispute.changed_at) < today:
            look_up(store, payment, f"{dispute.id}/{today}", at, ids)
    return len(still_open)


def set_block_rule(store: Store, by: Staff, rule: BlockRule) -> None:
    """Change the rule for future disputes."""
    store.disputes.put_rule(by.operator_id, rule)
    note(store, by, "disputes.rule", by.operator_id, rule.value.lower())


def _by_rule(store: Store, dispute: Dispute) -> Dispute:
    """Block the driver's tokens if the operator's rule says so, once; if the dispute is won, unblock them. Tokens blocked by a person or
    another dispute stay blocked."""
    rule = store.disputes.rule(dispute.operator_id)
    blocks = (rule is BlockRule.OPENED and dispute.open) or (rule is not BlockRule.NEVER and dispute.state is DisputeState.LOST)
    done = dispute.state is not DisputeState.WON if dispute.blocked else not blocks
    if done:
        return dispute
    store.prices.lock(dispute.operator_id)  # like everything else that blocks cards
    tokens = store.drivers.tokens_of(dispute.driver_id)
    for token in tokens:
        others = tuple(one for one in token.disputed if one != dispute.id)
        store.drivers.put_token(replace(token, disputed=(*others, dispute.id) if blocks else others))
    return replace(dispute, blocked=tuple(one.uid for one in tokens) if blocks else ())
