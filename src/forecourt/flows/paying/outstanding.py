"""How a document stands with whoever pays it, by all that is kept of it."""

from forecourt.flows.paying.payables import Payable
from forecourt.flows.ports.store import Store
from forecourt.payments import PaidHow, paid_how


def how_paid(store: Store, document: Payable) -> PaidHow:
    payments, payer = store.payments.of_document(document.id), store.drivers.driver(document.driver_id)
    return paid_how(document, payments, payer, store.dunning.rules(document.operator_id).due_days, store.dunning.case(document.id))
