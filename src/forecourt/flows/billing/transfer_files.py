"""Files for payouts by bank transfer, to partners and payers who are paid back; each payout is in one file at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid5

from forecourt.billing import document_number, iban_of
from forecourt.flows.billing.partner_statements import settle_statement, statement_transferred, times_back, transfer_returned
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_day
from forecourt.flows.paying import barred_reasons, mark_paid_back, mark_payback_returned, refresh_paybacks, retry_on_card
from forecourt.flows.paying.payables import lock_payable
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DocumentId, NotFound, OperatorId
from forecourt.payments import DEBIT, Payback, Payment, payback_for_refund, payback_txn_key
from forecourt.settlement import (
    TRANSFERS,
    DueTransfer,
    StatementPayment,
    TransferFile,
    TransferKind,
    collection_at,
    find_collections,
    find_file,
    withdraw_transfer_file,
)

_LATEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """key: made with the form, so that sending it twice makes one file. day: when the bank is to pay. seen: the chosen payouts, each as
    displayed (`DueTransfer.shown`). ibans: accounts entered for payers to be paid back."""

    key: UUID
    day: date
    seen: Mapping[UUID, str]
    ibans: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class ContainingFile:
    """number: of the file with a payout. is_unpaid: nothing in the file is paid, so it can still be withdrawn."""

    number: str
    is_unpaid: bool


def pending_transfers(store: Store, operator_id: OperatorId) -> list[tuple[DueTransfer, TransferFile | None]]:
    """All pending transfers, oldest first, each with the file that is to pay it."""
    transfers = [*_dues_of_statements(store, operator_id), *(_due_of_payback(store, one) for one in store.paybacks.waiting(operator_id))]
    files = store.bank.files_paying(operator_id, [one.about for one in transfers])
    return [(one, find_file(one, files)) for one in transfers]


def files_of_dues(store: Store, operator_id: OperatorId) -> dict[UUID, ContainingFile]:
    """For each pending transfer in a file, that file."""
    pending = pending_transfers(store, operator_id)
    return {due.about: ContainingFile(file.number, _is_whole(file, pending)) for due, file in pending if file}


def barred_payouts(store: Store, file: TransferFile) -> list[DueTransfer]:
    """Payouts in a file that must not be made, because their payer has the money, or may get it, another way."""
    if file.withdrawn:
        return []
    waiting = [one for one in map(store.paybacks.payback, (due.about for due in file.dues)) if one and one.open]
    found = barred_reasons(store, waiting)
    return [due for due in file.dues if due.about in found and is_waiting(store, due)]


def settle_manually(store: Store, by: Staff, statement_id: UUID, reference: str) -> StatementPayment:
    """A person says it was transferred. Raises Conflict if a file is to pay it too."""
    _check_not_in_file(store, by, statement_id)
    return settle_statement(store, by, statement_id, reference)


def record_payback(store: Store, by: Staff, payback_id: UUID, paid_on: date, reference: str) -> Payback:
    """A person says it was transferred. Raises Conflict if a file is to pay it too."""
    _check_not_in_file(store, by, payback_id)
    return mark_paid_back(store, by, payback_id, paid_on, reference)


def retry_card_refund(store: Store, by: Staff, payback_id: UUID) -> Payment:
    """Try the card again. Raises Conflict if a file is to pay it, as the bank may already be doing so."""
    store.bank.lock(by.operator_id)
    if file := files_of_dues(store, by.operator_id).get(payback_id):
        raise Conflict("in_file", f"It is in file {file.number}.", "If your bank never received the file, withdraw it first.")
    if payback_id in barred_reasons(store, [one for one in store.paybacks.waiting(by.operator_id) if one.id == payback_id]):
        raise Conflict("payback_barred", "The payer has the money, or may get it, another way.", "Check the list.")
    return retry_on_card(store, by, payback_id)


def _check_not_in_file(store: Store, by: Staff, transfer_id: UUID) -> None:
    """Prevent paying twice. A file that was paid in part cannot be withdrawn: a person records what became of the rest."""
    store.bank.lock(by.operator_id)
    file = files_of_dues(store, by.operator_id).get(transfer_id)
    if file and file.is_unpaid:
        remedy = "If your bank never received the file, withdraw it under Transfers first; otherwise the bank statement settles it."
        raise Conflict("in_file", f"It is in file {file.number}.", remedy)


def make_transfer_file(store: Store, by: Staff, request: TransferRequest) -> TransferFile:
    """Make a file. Raises BadInput for unsuitable accounts or days; Conflict if a payout no longer waits, is in a file, or differs from
    what was shown."""
    store.bank.lock(by.operator_id)
    file_id = uuid5(by.operator_id, f"transfers/{by.actor}/{request.key}")
    if known := store.bank.file_of(by.operator_id, file_id):
        return known
    operator, today = store.stations.operator(by.operator_id), operator_day(store, by.operator_id, by.at)
    if not today <= request.day <= today + _LATEST:
        raise BadInput("day", f"{request.day} is not within {_LATEST.days} days from today.", "Choose another payment date.")
    account = iban_of(operator.bank)
    if not account:
        raise BadInput("bank", "Your company has no IBAN to pay from.", "Enter it under Company.")
    for document_id in sorted(_documents_of(store, request)):  # until the file is stored, no dispute about its payouts is processed
        lock_payable(store, document_id)
    dues = tuple(_chosen(store, pending_transfers(store, by.operator_id), request))
    draft = TransferFile(file_id, by.operator_id, "", account, operator.legal_name, request.day, dues, by.actor, by.at)
    number = document_number(TRANSFERS, today.year, store.documents.next_number(by.operator_id, TRANSFERS, today.year))
    file = replace(draft, number=number)
    store.bank.put_file(file)
    note(store, by, "transfers.make", number, f"{len(dues)} over {file.amount}: {', '.join(one.number for one in dues)}"[:500])
    return file


def withdraw_transfers(store: Store, by: Staff, number: str, reason: str) -> TransferFile:
    """Withdraw a file that was never given to the bank. Raises NotFound, BadInput; Conflict if the bank has paid any of it."""
    store.bank.lock(by.operator_id)
    file = _own_file(store, by, number)
    if not _is_whole(file, pending_transfers(store, by.operator_id)):
        raise Conflict("file_paid", f"{number} is already partly paid.", "Ask your bank to stop the remaining transfers.")
    withdrawn = withdraw_transfer_file(file, reason)
    store.bank.put_file(withdrawn)
    for payback in filter(None, [store.paybacks.payback(due.about) for due in file.dues]):
        refresh_paybacks(store, by, payback)
    note(store, by, "transfers.withdraw", number, withdrawn.withdrawn)
    return withdrawn


def download_transfers(store: Store, by: Staff, number: str) -> TransferFile:
    """Get a file for the bank. Raises NotFound; Conflict if it is withdrawn, or contains a payout that must not be made."""
    file = _own_file(store, by, number)
    if file.withdrawn:
        raise Conflict("file_withdrawn", f"{number} is withdrawn.", "Create another.")
    if barred := barred_payouts(store, file):
        text = f"{', '.join(due.number for due in barred)} must not be paid with {number}: the payee has it, or may get it, another way."
        raise Conflict(
            "payback_barred",
            text,
            "Withdraw the file and create another without it; if your bank has the file, ask the bank to stop the transfer.",
        )
    note(store, by, "transfers.take", number, f"{len(file.dues)} over {file.amount}")
    return file


def _is_whole(file: TransferFile, dues: Sequence[tuple[DueTransfer, TransferFile | None]]) -> bool:
    """Whether everything in the file is still unpaid."""
    return {(one.about, one.times) for one in file.dues} <= {(due.about, due.times) for due, _ in dues}


def _own_file(store: Store, by: Staff, number: str) -> TransferFile:
    file = store.bank.file(by.operator_id, number)
    if file is None:
        raise NotFound("transfers", "There is no such file of transfers.")
    return file


def is_waiting(store: Store, due: DueTransfer) -> bool:
    """Whether it has not been paid by a transfer meanwhile."""
    if due.kind is TransferKind.STATEMENT:
        return store.partners.settled(due.about) is None and times_back(store, due.about) == due.times
    payback = store.paybacks.lock(due.about)
    return payback is None or (payback.open and payback.returns == due.times)


def pay_due(store: Store, by: Staff, due: DueTransfer, day: date, reference: str) -> None:
    """The bank has paid it, even if it was no longer to be paid, or for a second time. Raises Conflict if it was already recorded as paid
    and no bank line shows that."""
    if due.kind is TransferKind.STATEMENT:
        statement_transferred(store, by, due.about, reference)
        return
    known = store.paybacks.payback(due.about) or _recreate_payback(store, due, by)
    if not known.open and _is_on_bank_line(store, known):  # the bank paid twice
        known = replace(known, id=by.ids.new(by.at), paid_on=None, reference="", returns=0)
        store.paybacks.put(known)
    if known.open and known.amount != due.amount:
        store.paybacks.put(replace(known, amount=due.amount))
    mark_paid_back(store, by, known.id, day, reference)


def _is_on_bank_line(store: Store, payback: Payback) -> bool:
    """Whether a bank line is the transfer that paid it."""
    key = payback_txn_key(payback)
    booked = (one for one in store.ledger.of_subject(payback.note_id) if one.txn.key == key)
    return any(store.bank.line_of(payback.operator_id, one.position) is not None for one in booked)


def _recreate_payback(store: Store, due: DueTransfer, by: Staff) -> Payback:
    """Record a payback that was dropped because its payer has the money another way too."""
    promised = store.documents.by_number(by.operator_id, due.number)
    invoice_id = promised and (promised.content.corrects or promised.id)
    payments = store.payments.of_document(invoice_id) if invoice_id else ()
    if promised is None or not payments:
        raise Conflict("payback_gone", f"{due.number} is unknown.", "Check with your bank and post it manually.")
    payback = payback_for_refund(promised, payments[-1], due.amount, due.about, promised.issued_at)
    store.paybacks.put(payback)
    return payback


def due_returned(store: Store, by: Staff, due: DueTransfer, reference: str) -> None:
    """The bank has returned it. Raises Conflict if it was not paid."""
    if due.kind is TransferKind.STATEMENT:
        transfer_returned(store, by, due.about, reference)
    elif store.paybacks.payback(due.about) is None:
        raise Conflict("not_paid_back", f"{due.amount} of {due.number} was not transferred.", "Check with your bank.")
    else:
        mark_payback_returned(store, by, due.about, reference)


def _documents_of(store: Store, request: TransferRequest) -> set[DocumentId]:
    """The invoices and statements of the wish's paybacks."""
    paybacks = filter(None, map(store.paybacks.payback, request.seen))
    payments = filter(None, (store.payments.payment(one.payment_id) for one in paybacks))
    return {one.document_id for one in payments if one.document_id}


def _chosen(store: Store, dues: Sequence[tuple[DueTransfer, TransferFile | None]], request: TransferRequest) -> Iterator[DueTransfer]:
    free = {due.about: due for due, file in dues if file is None}
    chosen = filter(None, map(store.paybacks.payback, request.seen))
    if barred := barred_reasons(store, chosen).keys() & request.seen.keys():
        text = f"{', '.join(sorted(free[one].number for one in barred & free.keys()))} must not be paid"
        raise Conflict("payback_barred", f"{text}: the payer has the money, or may get it, another way.", "Choose from the others.")
    if request.seen.keys() - free.keys():
        raise Conflict("dues_gone", "Some of these no longer need to be paid.", "Check the list and choose again.")
    for about, seen in request.seen.items():
        due = free[about]
        if due.fingerprint != seen:
            text = f"{due.number}, {due.name}: {due.amount} to {due.iban or 'an unknown account'} has changed since it was shown."
            raise Conflict("due_changed", text, "Check it again before you pay.")
        iban = request.ibans.get(about) if due.kind is TransferKind.PAYBACK else None
        yield due if iban is None else replace(due, iban=iban.replace(" ", "").upper())


def _dues_of_statements(store: Store, operator_id: OperatorId) -> Iterator[DueTransfer]:
    partners = {one.id: one for one in store.partners.partners(operator_id)}
    for one in reversed(store.partners.statements(operator_id)):
        if one.owed.minor > 0 and store.partners.settled(one.id) is None:
            iban = iban_of(partners[one.partner_id].bank) if one.partner_id in partners else ""
            yield DueTransfer(TransferKind.STATEMENT, one.id, one.number, one.partner.name, iban, one.owed, times_back(store, one.id))


def _due_of_payback(store: Store, one: Payback) -> DueTransfer:
    """Pay to the recipient of the document, and to the account that the money came from."""
    note, stated = store.documents.document(one.note_id), store.statements.statement(one.note_id)
    bank_lines = (store.bank.line_of(one.operator_id, each.position) for each in store.ledger.of_subject(one.payment_id))
    payers = (line.line.payer for line in bank_lines if line and line.line.amount.minor > 0)
    iban = next(filter(None, payers), "") or _collected_from(store, one)
    parties = note.content.parties if note else stated.parties if stated else None
    name = str(parties.buyer.called) if parties else ""
    return DueTransfer(TransferKind.PAYBACK, one.id, one.number, name, iban, one.amount, one.returns)


def _collected_from(store: Store, one: Payback) -> str:
    """The account of the direct debit that paid it; empty if it was paid another way."""
    payment = store.payments.payment(one.payment_id)
    for number, place in find_collections(payment.reference) if payment and payment.method == DEBIT else ():
        file = store.direct_debits.file(one.operator_id, number)
        found = collection_at(file, place) if file else None
        if found:
            return found.iban
    return ""
