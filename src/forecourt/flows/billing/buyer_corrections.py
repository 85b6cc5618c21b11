"""A guest's paid bill was made out to the wrong buyer, or to none: it is credited and billed again to the right one.

Its payment then belongs to the new bill. Nobody without an account can enter who they are beforehand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.billing import (
    BUYER_CORRECTED,
    DocumentKind,
    Invoice,
    Party,
    corrected_bill,
    corrected_buyer_number,
    corrected_buyer_reason,
    correction_reasons,
    credit,
    required_text,
)
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


def correct_buyer(store: Store, by: Staff, document_id: DocumentId, wanted: Recipient, why: str) -> Invoice:
    """The new bill, or the one that was issued before for the same correction. why: for the log.

    Raises NotFound; BadInput if nothing changes; Conflict, with a remedy, for a bill that cannot be corrected.
    """
    reason = required_text(why, "Why is the bill made out to somebody else?")
    invoice = store.documents.document(document_id)
    if invoice is None or invoice.operator_id != by.operator_id:
        raise NotFound("document", "There is no such invoice.")
    return _correct(store, by, invoice, wanted, reason)


def correct_own_buyer(store: Store, invoice: Invoice, wanted: Recipient, at: datetime, ids: Ids) -> Invoice:
    """The same by the guest, who has shown the secret of the bill's link; only for a while, and a few times."""
    chain = list(_corrected(store, invoice))
    if at - chain[-1].issued_at > GUEST_CORRECTS_FOR:
        raise Conflict(
            "correction_late",
            "This bill is too old to be changed here.",
            "Write to the operator: the address is on the bill.",
        )
    if len(chain) > GUEST_CORRECTS_TIMES and buyer_replacement(store, invoice) is None:
        raise Conflict(
            "correction_enough",
            "This bill has been changed {times} times.",
            "Write to the operator: the address is on the bill.",
            times=GUEST_CORRECTS_TIMES,
        )
    return _correct(store, Staff(invoice.operator_id, _GUEST, at, ids), invoice, wanted, "by the guest")


def is_buyer_correctable(store: Store, invoice: Invoice) -> bool:
    """Whether nothing but the details is missing for a correction."""
    try:
        _check(store, invoice)
    except Conflict:
        return False
    return True


def buyer_replacement(store: Store, invoice: Invoice) -> Invoice | None:
    """The bill that replaced this one when its buyer was corrected."""
    return next(iter(store.documents.with_reasons(invoice.driver_id, (corrected_buyer_reason(invoice.number),))), None)


def latest_bill(store: Store, documents: Sequence[Invoice]) -> Invoice | None:
    """The first bill among documents, or the one that has taken its place when its buyer was corrected."""
    bill = next((one for one in documents if one.kind is DocumentKind.INVOICE), None)
    after = buyer_replacement(store, bill) if bill else None
    return latest_bill(store, [after]) if after else bill


def _correct(store: Store, by: Staff, listed: Invoice, wanted: Recipient, why: str) -> Invoice:
    invoice = store.documents.lock(listed.id) or listed
    buyer = Party(wanted.name, wanted.address, "", wanted.vat_number, invoice.parties.buyer.email, wanted.order)
    made = buyer_replacement(store, invoice)
    if made is not None and made.parties.buyer == buyer:
        return made  # the form was sent twice
    paid = [store.payments.lock(one.id) or one for one in store.payments.of_document(invoice.id)]
    _check(store, invoice)
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


def _check(store: Store, invoice: Invoice) -> None:
    """Raises Conflict if the buyer of a bill cannot be corrected."""
    driver = store.drivers.driver(invoice.driver_id)
    if invoice.kind is not DocumentKind.INVOICE:
        raise Conflict("not_an_invoice", "{number} is not a bill.", "Correct the bill that it credits.", number=invoice.number)
    if not driver.guest or driver.roaming_partner_id is not None:
        raise Conflict(
            "correction_account",
            "{number} is not the bill of a guest.",
            "The details for future bills are under Account.",
            number=invoice.number,
        )
    if store.documents.credit_notes_of(invoice.id):
        raise Conflict(
            "correction_credited",
            "{number} has been credited, so it cannot be changed.",
            "If another bill has replaced it, change that one.",
            number=invoice.number,
        )
    late, replaced, _ = correction_reasons(invoice.number)
    added = store.documents.with_reasons(invoice.driver_id, (late, replaced))
    if added or invoice.content.contributions or store.entitlements.uses_on(invoice.id):
        raise Conflict(
            "correction_offers",
            "{number} has a discount, or another bill adds to it, so it cannot be changed here.",
            "Write to the operator: the address is on the bill.",
            number=invoice.number,
        )
    is_settled = not is_being_charged(store, invoice) and outstanding(store, invoice).minor <= 0
    available = refundable(store, store.payments.of_document(invoice.id), invoice.currency)
    if not invoice.due or not is_settled or available != invoice.due:
        raise Conflict(
            "correction_unpaid",
            "{number} can be changed once it is paid, and while nothing of the payment was refunded or is disputed.",
            "Try again later, or write to the operator: the address is on the bill.",
            number=invoice.number,
        )


def _corrected(store: Store, invoice: Invoice) -> Iterator[Invoice]:
    """The bill and those that it has replaced with another buyer, back to the first."""
    found: Invoice | None = invoice
    while found is not None:
        yield found
        number = corrected_buyer_number(found.content.reason)
        found = store.documents.by_number(found.operator_id, number) if number else None
