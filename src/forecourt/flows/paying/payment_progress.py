"""How a document stands with whoever pays it, by all that is kept of it."""

from dataclasses import replace

from forecourt.billing import Invoice
from forecourt.flows.paying.lost_disputes import set_off_of
from forecourt.flows.paying.mandates import mandate_for
from forecourt.flows.paying.payables import Payable
from forecourt.flows.ports.store import Store
from forecourt.payments import PRESENT, Held, PaymentProgress, PaymentStatus, payment_progress


def payment_progress_of(store: Store, document: Payable) -> PaymentProgress:
    payments, payer = store.payments.of_document(document.id), store.drivers.driver(document.driver_id)
    if payer.guest and any(isinstance(one.state, Held) for one in store.payments.of_driver(payer.id)):
        payer = replace(payer, payment_method=PRESENT)  # what is held stands in for a stored card
    due_days, case = store.dunning.rules(document.operator_id).due_days, store.dunning.case(document.id)
    progress = payment_progress(document, payments, payer, due_days, case, mandate_for(store, document, document.issued_at))
    if progress.status is PaymentStatus.CREDITED and isinstance(document, Invoice) and _had(store, document):
        return replace(progress, status=PaymentStatus.CREDITED_HAD)
    return progress


def _had(store: Store, note: Invoice) -> bool:
    """Of what it credits something is set off against a lost dispute."""
    paid = store.payments.of_document(note.content.corrects) if note.content.corrects else ()
    return set_off_of(store, paid, note.currency).minor > 0
