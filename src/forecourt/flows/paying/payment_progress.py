"""How a document stands with whoever pays it, by all that is kept of it."""

from dataclasses import replace

from forecourt.flows.paying.payables import Payable
from forecourt.flows.ports.store import Store
from forecourt.payments import PRESENT, Held, PaymentProgress, payment_progress


def payment_progress_of(store: Store, document: Payable) -> PaymentProgress:
    payments, payer = store.payments.of_document(document.id), store.drivers.driver(document.driver_id)
    if payer.guest and any(isinstance(one.state, Held) for one in store.payments.of_driver(payer.id)):
        payer = replace(payer, payment_method=PRESENT)  # what is held stands in for a stored card
    return payment_progress(document, payments, payer, store.dunning.rules(document.operator_id).due_days, store.dunning.case(document.id))
