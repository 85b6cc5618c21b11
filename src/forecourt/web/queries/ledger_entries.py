"""Ledger entries one by one, and manual entries."""

from uuid import UUID

from forecourt.billing import AccountStatement, Invoice
from forecourt.flows.billing import reversal_id
from forecourt.flows.paying import document_of
from forecourt.flows.ports import AccountEntries, PageRequest, Store
from forecourt.kernel import DocumentId, DriverId, Money, NotFound, OperatorId, PaymentId
from forecourt.ledger import DRIVER_KINDS, MANUAL_KEY, Account, ChainedTxn, ManualEntry, Posting
from forecourt.web.queries.names import actor_name, ledger_driver_name
from forecourt.web.views.ledger_entries import AccountPage, EntryPage, EntryRow, ManualEntriesPage, ManualEntryRow, PostingRow, Subject


def account_page(store: Store, operator_id: OperatorId, wanted: AccountEntries, limit: int, before: int | None) -> AccountPage:
    """A page of the account's entries, newest first, below the sums of all of them."""
    found = store.ledger.entries(operator_id, wanted, limit + 1, before)
    totals = store.ledger.sum_of(operator_id, wanted)
    store.prefetch_subjects({one.txn.subject for one in found})
    return AccountPage(
        wanted=wanted,
        label=_account_label(store, Account.from_name(wanted.name)),
        zone=store.stations.operator(operator_id).zone,
        debit=Money(totals.debit_minor, wanted.currency),
        credit=Money(totals.credit_minor, wanted.currency),
        rows=tuple(entry_row(store, one, wanted) for one in found[:limit]),
        earlier=found[limit - 1].position if len(found) > limit else None,
    )


def entry_page(store: Store, operator_id: OperatorId, position: int) -> EntryPage:
    entry = store.ledger.entry(operator_id, position)
    if entry is None:
        raise NotFound("entry", "There is no such entry.")
    related = [one for one in store.ledger.of_subject(entry.txn.subject) if one.txn.operator_id == operator_id and one.position != position]
    return EntryPage(
        entry=entry,
        zone=store.stations.operator(operator_id).zone,
        subject=subject_of(store, entry.txn.subject),
        postings=tuple(_posting(store, one) for one in entry.txn.postings),
        manual_entry=_manual_entry(store, entry),
        related=tuple(EntryRow(one.position, one.txn.happened_at, one.txn.text) for one in related),
    )


def _manual_entry(store: Store, entry: ChainedTxn) -> ManualEntryRow | None:
    kind, _, number = entry.txn.key.partition("/")
    found = store.manual_entries.by_number(entry.txn.operator_id, number) if kind == MANUAL_KEY else None
    return manual_entry_row(store, found) if found else None


def entry_row(store: Store, one: ChainedTxn, wanted: AccountEntries) -> EntryRow:
    """The part of the entry that is on the account."""
    minors = [entry.minor for entry in one.txn.entries if wanted.means(entry.account)]
    debit, credit = (Money(sum(max(0, sign * minor) for minor in minors), wanted.currency) for sign in (1, -1))
    return EntryRow(one.position, one.txn.at, one.txn.text, subject_of(store, one.txn.subject), debit, credit)


def subject_of(store: Store, subject: UUID) -> Subject:
    """What an entry is about: a document, a monthly statement or a payment, and the charge behind it."""
    paid = document_of(store, DocumentId(subject))
    if paid is not None:
        return _of_document(paid)
    by_hand = store.manual_entries.entry(subject)
    if by_hand is not None:
        return Subject(by_hand.number, f"/console/ledger/entries/{by_hand.position}")
    payment = store.payments.payment(PaymentId(subject))
    if payment is None:
        return Subject()
    return Subject("Payment", f"/console/payments/{payment.id}", str(payment.session_id or ""))


def _of_document(paid: Invoice | AccountStatement) -> Subject:
    folder = "statements" if isinstance(paid, AccountStatement) else "documents"
    return Subject(paid.number, f"/console/{folder}/{paid.number}", str(paid.session_id or ""))


def _posting(store: Store, one: Posting) -> PostingRow:
    debit, credit = (_account_label(store, account) for account in (one.destination, one.source))
    return PostingRow(one.destination.name, debit, one.source.name, credit, one.amount)


def _account_label(store: Store, account: Account) -> str:
    """An account's name with the driver's name instead of their id."""
    kind, part = account.kind.value, account.part
    if part and kind in DRIVER_KINDS:
        driver, _, rest = part.partition("/")
        return f"{kind}:{ledger_driver_name(store, DriverId(UUID(driver)))}{' ' + rest if rest else ''}"
    return account.name


def manual_entries_page(store: Store, operator_id: OperatorId, page_request: PageRequest) -> ManualEntriesPage:
    operator, found = store.stations.operator(operator_id), store.manual_entries.page(operator_id, page_request)
    currencies = {one.currency for one in store.ledger.trial_balance(operator_id)} - {operator.currency}
    return ManualEntriesPage(
        operator.zone, (operator.currency, *sorted(currencies)), found.of(manual_entry_row(store, one) for one in found.rows)
    )


def manual_entry_row(store: Store, entry: ManualEntry) -> ManualEntryRow:
    return ManualEntryRow(entry, actor_name(store, entry.by), store.manual_entries.entry(reversal_id(entry)))
