"""Paybacks that must not be transferred, because the payer has the money, or may get it, another way; and money returned twice anyway."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from forecourt.billing import Invoice
from forecourt.flows.paying.clearing_findings import record_double_payment
from forecourt.flows.paying.lost_disputes import open_paybacks, owed_back, set_off_against_credits, settle_losses
from forecourt.flows.paying.refundable_amounts import disputes_of, file_of, refundable_part, unpromised_left
from forecourt.flows.paying.surplus import paybacks_without_surplus, update_surplus_paybacks
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids, Money
from forecourt.payments import DisputeState, Payback
from forecourt.settlement import Discrepancy, Mismatch


class BarReason(StrEnum):
    """DISPUTED: the cardholder's bank has yet to decide. LOST: the bank returned the money. REFUNDED: it was refunded to the card.
    TAKEN_BACK: what was paid beyond a statement is no longer there."""

    DISPUTED = "DISPUTED"
    LOST = "LOST"
    REFUNDED = "REFUNDED"
    TAKEN_BACK = "TAKEN_BACK"


class _Rights(NamedTuple):
    """owed: to the driver for an invoice, had no bank reversed a payment. lost, open: amounts that banks returned, or may return."""

    owed: Money
    lost: Money
    open: Money

    @property
    def safe(self) -> Money:
        """What may be transferred whatever banks decide."""
        return max(Money.zero(self.owed.currency), self.owed - self.lost - self.open)

    def bar(self, needed: Money) -> BarReason | None:
        """The reason why this much in total must not be transferred; None if it may."""
        if needed > self.owed:
            return BarReason.REFUNDED
        if needed > self.owed - self.lost:
            return BarReason.LOST
        return BarReason.DISPUTED if needed > self.safe else None


def barred_reasons(store: Store, waiting: Iterable[Payback]) -> dict[UUID, BarReason]:
    """The waiting paybacks that must not be transferred, with the reason."""
    payments = (store.payments.payment(one.payment_id) for one in waiting if one.open)
    abouts = dict.fromkeys(one.document_id for one in payments if one and one.document_id)
    found = {about: bar for one in filter(None, map(store.documents.document, abouts)) for about, bar in _bars(store, one).items()}
    stated = filter(None, map(store.statements.statement, abouts))
    return found | {about: BarReason.TAKEN_BACK for one in stated for about in paybacks_without_surplus(store, one)}


def payable_paybacks(store: Store, waiting: Sequence[Payback]) -> list[Payback]:
    """The paybacks without those whose payer has the money another way."""
    found = barred_reasons(store, waiting)
    return [one for one in waiting if found.get(one.id) in (None, BarReason.DISPUTED)]


def follow_up_returned_money(store: Store, document_id: DocumentId | None, at: datetime, ids: Ids) -> None:
    """Follow up when money of a document was returned or came back, or a bank or a credit note decided on it: book losses, determine which
    paybacks may be transferred, adjust a statement's surplus, and record a finding for money returned twice. Idempotent. The caller holds
    the document's lock."""
    if document_id and (statement := store.statements.statement(document_id)):
        settle_losses(store, statement, at)
        update_surplus_paybacks(store, statement, at, ids)
    invoice = store.documents.document(document_id) if document_id else None
    if invoice is None:
        return
    settle_losses(store, invoice, at)
    left = _rights(store, invoice).safe
    for one in _in_order(store, invoice):
        if left.minor > 0 and one.amount > left and not file_of(store, one):
            store.paybacks.put(replace(one, amount=left))
            store.paybacks.put(replace(one, id=ids.new(at), amount=one.amount - left, returns=0))
        left = max(Money.zero(left.currency), left - one.amount)
    _find_double_refund(store, invoice, at)


def barred(store: Store, invoice: Invoice) -> Money:
    """The sum of the invoice's waiting paybacks that must not be transferred."""
    found = _bars(store, invoice)
    return sum((one.amount for one in open_paybacks(store, invoice) if one.id in found), Money.zero(invoice.currency))


def returned_by_bank(store: Store, invoice: Invoice) -> Money:
    """What the payer has got back from the bank and no credit note covers yet: it can be credited, without returning it once more. Barred
    paybacks are counted once, not twice. Requires that no dispute of the invoice is open."""
    payments, zero = store.payments.of_document(invoice.id), Money.zero(invoice.currency)
    held_back = sum((unpromised_left(store, one) - refundable_part(store, one) for one in payments), zero)
    return max(zero, held_back + barred(store, invoice) - set_off_against_credits(store, payments, invoice.currency))


def _bars(store: Store, invoice: Invoice) -> dict[UUID, BarReason]:
    """Allow paybacks in files first, as they may be under way, then the largest, so that whatever fits may be transferred."""
    rights, needed, found = _rights(store, invoice), Money.zero(invoice.currency), dict[UUID, BarReason]()
    for one in _in_order(store, invoice):
        bar = rights.bar(needed + one.amount)
        if bar:
            found[one.id] = bar
        if not bar or file_of(store, one):
            needed += one.amount
    return found


def _in_order(store: Store, invoice: Invoice) -> list[Payback]:
    return sorted(open_paybacks(store, invoice), key=lambda one: (not file_of(store, one), -one.amount.minor, one.owed_at, one.id))


def _rights(store: Store, invoice: Invoice) -> _Rights:
    payments, zero = store.payments.of_document(invoice.id), Money.zero(invoice.currency)
    disputes = disputes_of(store, payments)
    lost = sum((one.amount for one in disputes if one.state is DisputeState.LOST), zero)
    undecided = sum((one.amount for one in disputes if one.open), zero)
    return _Rights(owed_back(store, invoice) + set_off_against_credits(store, payments, invoice.currency), lost, undecided)


def _find_double_refund(store: Store, invoice: Invoice, at: datetime) -> None:
    """Compare what went back by card, transfer and bank together with what was paid, and transfers for notes with the notes' amounts."""
    payments, zero = store.payments.of_document(invoice.id), Money.zero(invoice.currency)
    sent = [back for one in payments for back in store.paybacks.of_payment(one.id) if not back.open]
    known = disputes_of(store, (one for one in payments if one.taken))  # until it is taken, we do not know of it
    by_bank = (one.amount for one in known if one.state is DisputeState.LOST)
    paid, by_transfer = sum((one.taken for one in payments), zero), sum((one.amount for one in sent), zero)
    returned = sum((one.returned for one in payments), by_transfer) + sum(by_bank, zero)
    promised = _promised(store, sent, zero)
    due, received = (paid, returned) if returned - paid >= by_transfer - promised else (promised, by_transfer)
    origin = (invoice.operator_id, payments[-1].id if payments else None)
    text = f"{invoice.number}: {received - due} too much is to be reclaimed from the payer."
    record_double_payment(store, Discrepancy(Mismatch.TWICE, f"{invoice.id}/twice", due, received, at, *origin, text), received - due, at)


def _promised(store: Store, sent: Sequence[Payback], zero: Money) -> Money:
    """The part of these transfers that is covered by the notes they were made for."""
    notes = {one.note_id: store.documents.document(one.note_id) for one in sent}
    by_note = {note_id: sum((one.amount for one in sent if one.note_id == note_id), zero) for note_id in notes}
    return sum((min(by_note[note_id], note.due) if note else by_note[note_id] for note_id, note in notes.items()), zero)
