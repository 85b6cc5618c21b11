"""Notify the operator's webhooks, once each, that money moved or failed to, in the commit of the payment, dispute or statement.

A notice's id is derived from the event and the webhook.
"""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.desk.notifying import NOTICE_NAMESPACE, notify_webhooks
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Money, SiteId
from forecourt.notices import Channel, Notice, NoticeContent, NoticeKind
from forecourt.payments import Captured, Declined, Dispute, DisputeState, Expired, Payback, Payment, Refunding
from forecourt.settlement import Statement

_DECIDED = (DisputeState.WON, DisputeState.LOST)
_DISPUTES = (NoticeKind.DISPUTE_OPENED, NoticeKind.DISPUTE_DECIDED)


def report_payment(store: Store, after: Payment, at: datetime) -> None:
    """Report what a payment's new state brought in, returned, or failed to collect. Call before `after` is stored, as it is compared
    with the stored state."""
    if not (after.taken or isinstance(after.state, Declined | Expired)) or not store.notices.hooks(after.operator_id):
        return
    before = store.payments.payment(after.id)
    if after.taken and not (before and before.taken):
        _report_of_payment(store, NoticeKind.PAYMENT_CAPTURED, after, NoticeContent(amount=after.taken), f"payment/{after.id}/captured", at)
    returned, known = _total_returned(after), _total_returned(before) if before else Money.zero(after.currency)
    if returned > known:
        _report_of_payment(
            store,
            NoticeKind.PAYMENT_REFUNDED,
            after,
            NoticeContent(amount=returned - known),
            f"payment/{after.id}/refunded/{returned.minor}",
            at,
        )
    if before and before.state_name == after.state_name:
        return
    key = f"payment/{after.id}/declined/{after.attempt}/{'back' if before and before.taken else 'never'}"
    if isinstance(after.state, Declined):
        _report_of_payment(
            store, NoticeKind.PAYMENT_DECLINED, after, NoticeContent(amount=after.state.amount, words=after.state.code), key, at
        )
    elif isinstance(after.state, Expired) and before and before.pending_amount:
        _report_of_payment(
            store, NoticeKind.PAYMENT_DECLINED, after, NoticeContent(amount=before.pending_amount, words="hold_expired"), key, at
        )


def report_paid_back(store: Store, payback: Payback, payment: Payment, at: datetime) -> None:
    """Report what was returned of a payment by bank transfer."""
    key = f"payback/{payback.id}/{payback.returns}"
    _report_of_payment(store, NoticeKind.PAYMENT_REFUNDED, payment, NoticeContent(amount=payback.amount, words="transfer"), key, at)


def report_dispute(store: Store, before: Dispute | None, after: Dispute, payment: Payment, at: datetime) -> None:
    """Report that a dispute was opened, and each verdict, including a reversed one. before: as previously known; None: unknown."""
    if before is None:
        says = NoticeContent(label=after.id, amount=after.amount, until=after.answer_by, words=after.reason)
        _report_of_payment(store, NoticeKind.DISPUTE_OPENED, payment, says, f"dispute/{after.id}/opened", at)
    if after.state in _DECIDED and not (before and before.state is after.state):
        says = NoticeContent(label=after.id, amount=after.amount, words=after.state.value.lower())
        key = f"dispute/{after.id}/{says.words}/{int(after.changed_at.timestamp())}"
        _report_of_payment(store, NoticeKind.DISPUTE_DECIDED, payment, says, key, at)


def report_payout(store: Store, statement: Statement, key: str, at: datetime) -> None:
    """Report a transfer to a partner. key: of its ledger entry."""
    says = NoticeContent(
        zone=statement.zone, number=statement.number, start=statement.month.start, end=statement.month.end, amount=statement.owed
    )
    page, document_id = f"/console/offers/partners/{statement.partner_id}", DocumentId(statement.id)
    about = (statement.operator_id, None, NoticeKind.PAYOUT_SENT, Channel.HOOK, at, says, page, document_id)
    notify_webhooks(store, Notice(NOTICE_NAMESPACE, *about, partner_id=statement.partner_id), key, at)


def _total_returned(payment: Payment) -> Money:
    """The total ever sent back, including what bounced: it only grows."""
    known = isinstance(payment.stage, Captured | Refunding)
    return payment.returned + payment.bounced if known else Money.zero(payment.currency)


def _report_of_payment(store: Store, kind: NoticeKind, payment: Payment, says: NoticeContent, key: str, at: datetime) -> None:
    """says: everything but the zone and the number of the paid document."""
    page = "/console/disputes" if kind in _DISPUTES else f"/console/payments/{payment.id}"
    zone, document_id = store.stations.operator(payment.operator_id).zone, payment.document_id
    invoice = store.documents.document(document_id) if document_id else None
    billed = invoice or (store.statements.statement(document_id) if document_id else None)
    says = replace(says, zone=zone, number=billed.number if billed else "")
    about = (payment.operator_id, payment.driver_id, kind, Channel.HOOK, at, says, page, document_id)
    site_id = invoice.content.site_id if invoice else _site_of_hold(store, payment)
    notify_webhooks(store, Notice(NOTICE_NAMESPACE, *about, payment_id=payment.id, site_id=site_id), key, at)


def _site_of_hold(store: Store, payment: Payment) -> SiteId | None:
    """Of the socket or the booking that money was held for."""
    if payment.evse_id is not None:
        return store.stations.evse(payment.evse_id).site_id
    booking = store.bookings.booking(payment.booking_id) if payment.booking_id else None
    return booking.site_id if booking else None
