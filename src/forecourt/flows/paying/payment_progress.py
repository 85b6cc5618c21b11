"""The payment status of a document, from everything stored about it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from forecourt.billing import Invoice
from forecourt.flows.paying.lost_disputes import set_off_against_credits
from forecourt.flows.paying.mandates import mandate_for
from forecourt.flows.paying.payables import Payable, amount_due
from forecourt.flows.ports.store import Store
from forecourt.payments import (
    DEBIT,
    PAYER_PRESENT,
    DocumentHistory,
    Held,
    Mandate,
    Payment,
    PaymentProgress,
    PaymentStatus,
    payment_progress,
)


def payment_progress_of(store: Store, document: Payable) -> PaymentProgress:
    payments, payer = store.payments.of_document(document.id), store.drivers.driver(document.driver_id)
    if payer.guest and any(isinstance(one.state, Held) for one in store.payments.of_driver(payer.id)):
        payer = replace(payer, payment_method=PAYER_PRESENT)  # the holds take the place of a stored card
    due_days, case = store.dunning.rules(document.operator_id).due_days, store.dunning.case(document.id)
    mandate, debited_at = _collected_by(store, document, payments) or (mandate_for(store, document, document.issued_at), None)
    since = DocumentHistory(case, mandate, document.due - amount_due(store, document), debited_at)
    progress = payment_progress(document, payments, payer, due_days, since)
    if progress.status is PaymentStatus.CREDITED and isinstance(document, Invoice) and _is_set_off(store, document):
        return replace(progress, status=PaymentStatus.CREDITED_HAD)
    return progress


def _collected_by(store: Store, document: Payable, payments: Sequence[Payment]) -> tuple[Mandate, datetime] | None:
    """The mandate and day of a debit in a file: the mandate named there, even if it has ended since."""
    debit_ids = [one.id for one in payments if one.method == DEBIT and one.pending_amount]
    for file in store.direct_debits.files_with(document.operator_id, debit_ids) if debit_ids else ():
        numbers = {one.mandate for one in file.collected if one.payment_id in debit_ids}
        mandate = next((one for one in store.direct_debits.mandates_of(document.driver_id) if one.number in numbers), None)
        zone = ZoneInfo(store.stations.operator(document.operator_id).zone)
        return (mandate, datetime.combine(file.day, time(12), zone)) if mandate else None
    return None


def _is_set_off(store: Store, note: Invoice) -> bool:
    """Whether part of what it credits is set off against a lost dispute."""
    paid = store.payments.of_document(note.content.corrects) if note.content.corrects else ()
    return set_off_against_credits(store, paid, note.currency).minor > 0
