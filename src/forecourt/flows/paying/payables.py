"""Documents that can be charged and reminded of: an invoice, or a monthly statement that combines many."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.desk.operator_scope import tax_countries
from forecourt.flows.desk.orders import enqueue_task
from forecourt.flows.ports.outbox import ShareInvoice
from forecourt.flows.ports.statements import AppliedCredit
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids, Money, OperatorId, SiteId
from forecourt.ledger import apportion
from forecourt.payments import DEBIT, TAX_CORRECTED_AT_ONCE, Declined, paid_so_far
from forecourt.tariffs import TaxLine

Payable = Invoice | AccountStatement


def lock_payable(store: Store, document_id: DocumentId) -> Payable | None:
    """The invoice or statement; no other unit of work decides how it is paid until this one ends."""
    invoice = store.documents.lock(document_id)
    if invoice is not None:
        return invoice if invoice.kind is DocumentKind.INVOICE else None
    return store.statements.lock(document_id)


def document_of(store: Store, document_id: DocumentId) -> Payable | None:
    """The invoice, credit note or statement."""
    return store.documents.document(document_id) or store.statements.statement(document_id)


def payable_by_number(store: Store, operator_id: OperatorId, number: str) -> Payable | None:
    """The same by its number."""
    return store.documents.by_number(operator_id, number) or store.statements.by_number(operator_id, number)


def is_owed_elsewhere(store: Store, payable: Payable) -> bool:
    """Whether it was credited, or a statement collects it."""
    if isinstance(payable, AccountStatement):
        return False
    return bool(store.documents.credit_notes_of(payable.id)) or store.statements.of_document(payable.id) is not None


def amount_due(store: Store, payable: Payable) -> Money:
    """What it now asks for: for a statement, less the credit notes that no later statement has taken."""
    notes = store.statements.applied_credits(payable) if isinstance(payable, AccountStatement) else ()
    return payable.due - sum((one.amount for one in notes), Money.zero(payable.currency))


def has_open_complaint(store: Store, payable: Payable) -> bool:
    """Whether a driver's complaint about it, or about a bill that it collects, is still open."""
    return any(one.open for document_id in _documents_of(payable) for one in store.complaints.of_document(document_id))


def _documents_of(payable: Payable) -> list[DocumentId]:
    return [payable.id] if isinstance(payable, Invoice) else [line.document_id for line in payable.lines]


def is_debit_returned(store: Store, payable: Payable) -> bool:
    """Whether its direct debit, or that of its statement, was returned, and nothing has paid it since."""
    stated = store.statements.of_document(payable.id) if isinstance(payable, Invoice) and payable.due else None
    collected = store.statements.statement(stated) if stated else payable
    if collected is None or not _debits_refused(store, collected):
        return False
    return paid_so_far(store.payments.of_document(collected.id), collected.currency) < amount_due(store, collected)


def share_payment(store: Store, payable: Payable, at: datetime, ids: Ids) -> None:
    """It was paid, or its payment was reversed: have others' shares of its invoices booked, or reversed."""
    times, suffix = _debits_refused(store, payable), "/back" if is_debit_returned(store, payable) else ""
    for document_id in _documents_of(payable):
        invoice = store.documents.document(document_id)
        if invoice is not None and invoice.kind is DocumentKind.INVOICE:
            key = f"share/{invoice.id}/{times}{suffix}" if times else f"share/{invoice.id}"
            enqueue_task(store, invoice.content, ShareInvoice(invoice.id), at, ids, key)


def _debits_refused(store: Store, payable: Payable) -> int:
    if isinstance(payable, Invoice):
        return 0  # only statements are collected
    return sum(one.method == DEBIT and isinstance(one.state, Declined) for one in store.payments.of_document(payable.id))


def later_notes(store: Store, statement: AccountStatement) -> list[Invoice]:
    """Credit notes for its invoices that are deducted from a later statement."""
    stated = {line.document_id for line in statement.lines}
    return [note for document_id in sorted(stated) for note in store.documents.credit_notes_of(document_id) if note.id not in stated]


def correctable_taxes(store: Store, payable: Payable, notes: Iterable[Invoice] | None = None) -> list[TaxLine]:
    """The taxes to correct if this is not paid: for an invoice, what its credit notes have left; for a statement, those of all its
    documents, with notes set against it since (other notes lower the statement they are on). notes: what else to deduct, for a
    statement that was paid."""
    documents = [AppliedCredit(one, one.due) for one in map(store.documents.document, _documents_of(payable)) if one is not None]
    if notes is None and isinstance(payable, AccountStatement):
        documents += store.statements.applied_credits(payable)
    else:
        documents += [AppliedCredit(one, one.due) for one in (store.documents.credit_notes_of(payable.id) if notes is None else notes)]
    return corrected_taxes(documents, tax_countries(store, payable.operator_id))


def _share(taxes: Sequence[TaxLine], part: Money) -> Iterator[TaxLine]:
    """Split part of a document's total among its tax rates."""
    rates = [one for one in taxes if one.gross]
    for one, minor in zip(rates, apportion(part.minor, [one.gross.amount for one in rates]), strict=True):
        gross, net = Money(minor, part.currency), Money.of(one.net.amount * minor / one.gross.minor, part.currency)
        yield TaxLine(one.vat_percent, net, gross - net, gross)


def corrected_taxes(documents: Iterable[AppliedCredit], countries: Mapping[SiteId | None, str]) -> list[TaxLine]:
    """Sum taxes by rate, deducting credit notes as far as they count. If the law at the place of charging corrects no tax at once,
    everything counts as net."""
    by_rate: dict[Decimal | None, TaxLine] = {}
    for document, part in documents:
        is_note, at_once = document.kind is DocumentKind.CREDIT_NOTE, countries[document.content.site_id] in TAX_CORRECTED_AT_ONCE
        for tax in document.content.taxes if part == document.due else _share(document.content.taxes, part):
            rate, parts = (tax.vat_percent, (tax.net, tax.tax)) if at_once else (None, (tax.gross, Money.zero(tax.gross.currency)))
            net, due = (-one if is_note else one for one in parts)
            if (known := by_rate.get(rate)) is not None:
                net, due = known.net + net, known.tax + due
            by_rate[rate] = TaxLine(rate, net, due, net + due)
    return list(by_rate.values())
