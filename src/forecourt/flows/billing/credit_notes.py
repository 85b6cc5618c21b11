"""Credit an issued invoice, in whole or in part: issue the note, and return the money the way it came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forecourt.billing import DRIVER_HAD_COME, DocumentKind, Draft, Invoice, credit_amount, credit_lines, creditable_amount
from forecourt.flows.billing.complaints import settle_complaints
from forecourt.flows.billing.invoicing import credit_invoice, issue_document
from forecourt.flows.billing.roaming_cdrs import check_whole
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money, returned_by_bank
from forecourt.flows.paying.deposits import free_deposit
from forecourt.flows.paying.lost_disputes import check_creditable, set_off_against_credits, settle_credited
from forecourt.flows.paying.pay import is_being_charged, outstanding, refund
from forecourt.flows.paying.refundable_amounts import refundable, refundable_part
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.entitlement_use import lock_use, return_use
from forecourt.kernel import BadInput, BookingId, Conflict, DocumentId, Ids, Money, NotFound
from forecourt.payments import TRANSFER, Captured, Payment, Refunding, Unknown, payback_for_note


@dataclass(frozen=True, slots=True)
class CreditRequest:
    """seen: how many credit notes the invoice had when displayed. lines: positions from 0; amount: with tax; part: a finished draft of
    what was not owed, whose caller restores what it had used up; none of these: all that is left of the invoice."""

    document_id: DocumentId
    seen: int
    reason: str
    lines: tuple[int, ...] = ()
    amount: Money | None = None
    part: Draft | None = None


@dataclass(frozen=True, slots=True)
class Credited:
    """refunded: on its way to the card or balance. by_hand: came by transfer, and is owed until a person transfers it back.
    had: already returned to the driver by the cardholder's bank, after a lost dispute."""

    note: Invoice
    refunded: Money
    by_hand: Money
    had: Money


def issue_credit_note(store: Store, by: Staff, request: CreditRequest) -> Credited:
    """Issue a credit note and return what was paid of it, in one commit; of two concurrent requests, one is told to look again.

    Parts of an invoice are credited only once it is paid: an unpaid invoice is credited in full, or paid first.
    """
    invoice = store.documents.lock(request.document_id)
    if invoice is None or invoice.operator_id != by.operator_id or invoice.kind is not DocumentKind.INVOICE:
        raise NotFound("document", "There is no such invoice.")
    earlier = store.documents.credit_notes_of(invoice.id)
    if len(earlier) != request.seen:
        text = "; ".join(f"{one.number} for {one.due}" for one in earlier[request.seen :])
        raise Conflict("credited_meanwhile", f"{invoice.number} has been credited in the meantime: {text}.", "Check what is left of it.")
    if is_being_charged(store, invoice):
        raise Conflict("being_paid", f"A payment for {invoice.number} is in progress.", "Try again in a minute.")
    payments = [store.payments.lock(one.id) for one in store.payments.of_document(invoice.id)]
    paid = [one for one in payments if one is not None]
    if any(isinstance(one.state, Refunding | Unknown) for one in paid):
        raise Conflict("being_refunded", f"A refund of {invoice.number} is in progress.", "Try again in a minute.")
    before = set_off_against_credits(store, paid, invoice.currency)
    credit_note = _issue_note(store, by, invoice, earlier, request)
    set_off = set_off_against_credits(store, paid, invoice.currency) - before
    settle_complaints(store, credit_note, invoice)
    credited = _return_money(store, by, credit_note, paid, min(credit_note.due, set_off))
    follow_up_returned_money(store, invoice.id, by.at, by.ids)
    ways = f"{credited.refunded} back, {credited.by_hand} to be transferred back"
    ways += f", {credited.had} the bank gave back" if credited.had else ""
    text = f"{credit_note.number} over {credit_note.due} of {invoice.number}; {ways}: {credit_note.content.reason}"
    note(store, by, "document.credit", invoice.id, text[:400])
    return credited


def credit_no_show(store: Store, booking_id: BookingId, at: datetime, ids: Ids) -> Credited | None:
    """Credit a no-show fee in full, and release its hold, because a charger reported later that the driver had come. None if nothing was
    billed, or someone has credited all of it.

    Raises Conflict while its payment or a refund is under way.
    """
    booking = store.bookings.booking(booking_id)
    if booking is None or booking.given_up_at is not None:
        return None
    bill = next(iter(store.documents.of_booking(booking_id)), None)
    if bill is None:
        free_deposit(store, booking_id, "the driver had come", at, ids)
        return None
    earlier = store.documents.credit_notes_of(bill.id)
    if creditable_amount(bill, earlier).minor <= 0:
        return None
    request = CreditRequest(bill.id, len(earlier), DRIVER_HAD_COME)
    return issue_credit_note(store, Staff(booking.operator_id, "system", at, ids), request)


def _issue_note(store: Store, by: Staff, invoice: Invoice, earlier: Sequence[Invoice], request: CreditRequest) -> Invoice:
    if not request.lines and request.amount is None and request.part is None and not earlier:
        return credit_invoice(store, invoice.id, request.reason, by.at, by.ids)
    check_whole(store, invoice)
    draft = _part(invoice, earlier, request)
    check_creditable(store, invoice, draft.due)
    stated = store.statements.of_document(invoice.id) is not None
    payments = store.payments.of_document(invoice.id)
    still_paid = refundable(store, payments, invoice.currency) + returned_by_bank(store, invoice)
    if not stated and (outstanding(store, invoice).minor > 0 or draft.due > still_paid):
        text = f"{draft.due} is more than the {still_paid} paid for {invoice.number} that can still be refunded."
        raise BadInput("refund_above_paid", text, "Credit at most that, or the whole invoice.")
    takes_the_rest = request.part is None and draft.due == creditable_amount(invoice, earlier)
    if takes_the_rest:
        lock_use(store, invoice)
    note = issue_document(store, draft, by.at, by.ids)
    if takes_the_rest:
        return_use(store, invoice, note, by.at)
    settle_credited(store, invoice, by.at)
    return note


def _part(invoice: Invoice, earlier: Sequence[Invoice], request: CreditRequest) -> Draft:
    if request.part is not None:
        return request.part
    if request.lines:
        return credit_lines(invoice, earlier, request.lines, request.reason)
    return credit_amount(invoice, earlier, request.amount or creditable_amount(invoice, earlier), request.reason)


def _return_money(store: Store, by: Staff, note: Invoice, paid: Sequence[Payment], set_off: Money) -> Credited:
    """Return the money: not what the driver already has from the bank; the rest from the newest payment first, and never more than is
    left of it and not promised by an earlier note."""
    zero = Money.zero(note.currency)
    remaining, refunded, by_hand = note.due - set_off, zero, zero
    for payment in sorted(paid, key=lambda one: (one.made_at, one.id), reverse=True):
        part = min(remaining, refundable_part(store, payment))
        if part.minor <= 0 or not isinstance(payment.state, Captured):
            continue
        if payment.method == TRANSFER:
            store.paybacks.put(payback_for_note(note, payment, part))
            by_hand += part
        else:
            refund(store, payment.id, part, note.content.reason[:200], by.at, by.ids)
            refunded += part
        remaining -= part
    return Credited(note, refunded, by_hand, set_off)
