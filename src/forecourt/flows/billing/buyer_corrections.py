"""A guest's paid bill was made out to the wrong buyer, or to none: it is credited and billed again to the right one.

Its payment then belongs to the new bill. Nobody without an account can enter who they are beforehand.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.billing import (
    BUYER_CORRECTED,
    DocumentKind,
    Invoice,
    Party,
    corrected_bill,
    correction_reasons,
    credit,
    required_text,
)
from forecourt.flows.billing.following_documents import buyer_chain, buyer_replacement
from forecourt.flows.billing.invoicing import issue_document
from forecourt.flows.billing.recipient import Recipient
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying.pay import is_being_charged, outstanding
from forecourt.flows.paying.payables import share_payment
from forecourt.flows.paying.refundable_amounts import refundable
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DocumentId, Ids, NotFound

# After the issue of the first bill, and for each charge; later, or more often, the operator does it.
GUEST_CORRECTS_FOR, GUEST_CORRECTS_TIMES = timedelta(days=90), 3
# Who did it, in the log.
_GUEST = "guest"
# What the operator reads instead of "write to the operator", by the code of the refusal.
_STAFF_REMEDIES = {
    "correction_account": "Drivers with an account enter the details for future bills themselves.",
    "correction_nothing": "A bill over zero stays as it is.",
    "correction_credited": "Only a bill of which nothing was credited can be made out to another buyer.",
    "correction_offers": "Only a bill without discounts and later additions can be made out to another buyer.",
    "correction_returned": "If the dispute is won, try again. What was refunded stays refunded, and the bill as it is.",
}


def correct_buyer(store: Store, by: Staff, document_id: DocumentId, wanted: Recipient, why: str) -> Invoice:
    """The new bill, or the one that was issued before for the same correction. why: for the log.

    Raises NotFound; BadInput if nothing changes or the address is missing; Conflict, as `buyer_refusal`.
    """
    reason = required_text(why, "Why is the bill made out to somebody else?")
    invoice = store.documents.document(document_id)
    if invoice is None or invoice.operator_id != by.operator_id:
        raise NotFound("document", "There is no such invoice.")
    return _correct(store, by, invoice, wanted, reason)


def correct_own_buyer(store: Store, invoice: Invoice, wanted: Recipient, at: datetime, ids: Ids) -> Invoice:
    """The same by the guest, who has shown the secret of the bill's link; only for a while, and a few times."""
    return _correct(store, Staff(invoice.operator_id, _GUEST, at, ids), invoice, wanted, "by the guest", guest_at=at)


def buyer_refusal(store: Store, invoice: Invoice, guest_at: datetime | None = None) -> Conflict | None:
    """Why the buyer of a bill cannot be corrected now, with what its reader can do; None if nothing but the details is missing.

    guest_at: when its guest asks; None: the operator does, who is not limited in time and number.
    """
    refusal = _not_a_guests(store, invoice) or _changed(store, invoice) or _unpaid(store, invoice)
    if guest_at is not None:
        return refusal or _used_up(store, invoice, guest_at)
    remedy = _STAFF_REMEDIES.get(refusal.code, refusal.remedy) if refusal else ""
    return Conflict(refusal.code, refusal.text, remedy) if refusal else None


def is_guest_bill(store: Store, invoice: Invoice) -> bool:
    """Whether it is a bill for somebody without an account."""
    return _not_a_guests(store, invoice) is None


def _correct(store: Store, by: Staff, listed: Invoice, wanted: Recipient, why: str, *, guest_at: datetime | None = None) -> Invoice:
    invoice = store.documents.lock(listed.id) or listed
    buyer = Party(wanted.name, wanted.address, wanted.country, wanted.vat_number, invoice.parties.buyer.email, wanted.order)
    made = buyer_replacement(store, invoice)
    if made is not None and made.parties.buyer == buyer:
        return made  # the form was sent twice
    paid = [store.payments.lock(one.id) or one for one in store.payments.of_document(invoice.id)]
    if refusal := buyer_refusal(store, invoice, guest_at):
        raise refusal
    draft = corrected_bill(invoice, buyer)
    credited = issue_document(store, credit(invoice, BUYER_CORRECTED), by.at, by.ids)
    new = issue_document(store, draft, by.at, by.ids)
    for payment in paid:
        store.payments.put(replace(payment, document_id=new.id))
    for voucher in store.partners.earned_by(invoice.id):
        store.partners.put_voucher(replace(voucher, document_id=new.id))
    share_payment(store, new, by.at, by.ids)
    note(store, by, "document.buyer", invoice.id, f"{credited.number} credits {invoice.number}, {new.number} replaces it: {why}"[:400])
    return new


def _not_a_guests(store: Store, invoice: Invoice) -> Conflict | None:
    if invoice.kind is not DocumentKind.INVOICE:
        return Conflict("not_an_invoice", "{number} is not a bill.", "Correct the bill that it credits.", number=invoice.number)
    driver = store.drivers.driver(invoice.driver_id)
    if driver.guest and driver.roaming_partner_id is None:
        return None
    return Conflict(
        "correction_account",
        "{number} is not the bill of a guest.",
        "The details for future bills are under Account.",
        number=invoice.number,
    )


def _changed(store: Store, invoice: Invoice) -> Conflict | None:
    """Whether other documents already take something of the bill, or add to it."""
    if made := buyer_replacement(store, invoice):
        return Conflict("correction_replaced", "{made} has replaced {number}.", "Change that one.", number=invoice.number, made=made.number)
    if store.documents.credit_notes_of(invoice.id):
        return Conflict(
            "correction_credited",
            "{number} has been credited, so it cannot be changed.",
            "Write to the operator: the address is on the bill.",
            number=invoice.number,
        )
    late, replaced, _ = correction_reasons(invoice.number)
    added = store.documents.with_reasons(invoice.driver_id, (late, replaced))
    if added or invoice.content.contributions or store.entitlements.uses_on(invoice.id):
        return Conflict(
            "correction_offers",
            "{number} has a discount, or another bill adds to it, so it cannot be changed here.",
            "Write to the operator: the address is on the bill.",
            number=invoice.number,
        )
    return None


def _unpaid(store: Store, invoice: Invoice) -> Conflict | None:
    """Whether the payment is not there in full to be moved to another bill."""
    if not invoice.due:
        return Conflict(
            "correction_nothing",
            "The total of {number} is zero, so it cannot be changed here.",
            "Write to the operator: the address is on the bill.",
            number=invoice.number,
        )
    if is_being_charged(store, invoice):
        return Conflict("correction_paying", "The payment for {number} is in progress.", "Try again in a minute.", number=invoice.number)
    if outstanding(store, invoice).minor > 0:
        return Conflict(
            "correction_unpaid", "{number} is not paid yet.", "It can be changed once all of it is paid.", number=invoice.number
        )
    if refundable(store, store.payments.of_document(invoice.id), invoice.currency) != invoice.due:
        return Conflict(
            "correction_returned",
            "Part of the payment for {number} was refunded or is disputed, so it cannot be changed here.",
            "Write to the operator: the address is on the bill.",
            number=invoice.number,
        )
    return None


def _used_up(store: Store, invoice: Invoice, at: datetime) -> Conflict | None:
    """Whether the guest has changed the bill too often, or comes too late."""
    chain = list(buyer_chain(store, invoice))
    if at - chain[-1].issued_at > GUEST_CORRECTS_FOR:
        return Conflict(
            "correction_late",
            "This bill is more than {days} days old, so it cannot be changed here any more.",
            "Write to the operator: the address is on the bill.",
            days=GUEST_CORRECTS_FOR.days,
        )
    if len(chain) > GUEST_CORRECTS_TIMES:
        return Conflict(
            "correction_enough",
            "This bill has been changed {times} times, so it cannot be changed here any more.",
            "Write to the operator: the address is on the bill.",
            times=GUEST_CORRECTS_TIMES,
        )
    return None
