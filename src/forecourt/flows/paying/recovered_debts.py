"""Written-off debts that are paid after all, or credited: they are owed again, with their tax."""

from dataclasses import replace
from datetime import datetime

from forecourt.billing import Invoice
from forecourt.flows.paying.payables import Payable, amount_due
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Money
from forecourt.ledger import Txn
from forecourt.payments import WRITTEN_OFF, DunningCase, paid_so_far, write_off_reversal, written_off_amount


def amount_written_off(store: Store, payable: Payable) -> Money:
    """What is written off of a document."""
    return written_off_amount(payable.driver_id, payable.currency, _posted(store, payable))


def reverse_paid_write_off(store: Store, payable: Payable, case: DunningCase, at: datetime, before: Money | None = None) -> None:
    """Revive what was paid, or credited since, of a written-off document: it is owed again, and thereby settled. before: what the document
    asked for until then. The caller holds its lock."""
    still_written_off = amount_written_off(store, payable)
    missing = amount_due(store, payable) + case.beside - paid_so_far(store.payments.of_document(payable.id), payable.currency)
    recovered = still_written_off - max(missing, Money.zero(payable.currency))
    if recovered.minor > 0:
        store.ledger.post(write_off_reversal(payable, _posted(store, payable), recovered, at, before or amount_due(store, payable)))
        if recovered == still_written_off:
            store.dunning.put(replace(case, outcome="paid", closed_at=at))


def reverse_credited_write_off(store: Store, payable: Payable, at: datetime) -> None:
    """Reverse the write-off of a document credited in full: the credit note corrects the tax, so the write-off must not."""
    still_written_off = amount_written_off(store, payable)
    if still_written_off.minor > 0:
        store.ledger.post(write_off_reversal(payable, _posted(store, payable), still_written_off, at, amount_due(store, payable)))


def check_not_written_off(store: Store, invoice: Invoice) -> None:
    """Raises Conflict if the statement that collects it is written off: its tax is corrected, and nobody paid what would be returned."""
    statement = store.statements.of_document(invoice.id)
    case = store.dunning.case(statement) if statement else None
    if case is not None and case.outcome == WRITTEN_OFF:
        raise Conflict("written_off", f"{invoice.number} was written off with {case.number}.", "Nothing is owed on it any more.")


def _posted(store: Store, payable: Payable) -> list[Txn]:
    return [one.txn for one in store.ledger.of_subject(payable.id)]
