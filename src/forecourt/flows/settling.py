"""Others' shares of a document, and the processor's payouts, booked."""

from collections.abc import Sequence

from forecourt.flows.ports import Store
from forecourt.kernel import DocumentId, NotFound
from forecourt.payments import ClearingLine
from forecourt.settlement import Payout, ShareRule, cleared, share


def settle(store: Store, document_id: DocumentId, rules: Sequence[ShareRule]) -> tuple[Payout, ...]:
    """Book what partners earn by a document. Repeating it books nothing twice."""
    invoice = store.documents.document(document_id)
    if invoice is None:
        raise NotFound("document", "There is no such document.")
    sharing = share(invoice, rules)
    if sharing.txn is not None:
        store.ledger.post(sharing.txn)
    return sharing.payouts


def clear(store: Store, lines: Sequence[ClearingLine]) -> tuple[ClearingLine, ...]:
    """Book rows of the processor's clearing file, each once. The rows of payments we do not know are handed back."""
    strange = []
    for line in lines:
        payment = store.payments.payment(line.payment_id)
        if payment is None:
            strange.append(line)
        else:
            store.ledger.post(cleared(payment, line))
    return tuple(strange)
