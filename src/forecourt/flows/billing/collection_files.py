"""Files for collecting statements by direct debit from payers with a mandate; each statement is in one file at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from forecourt.billing import AccountStatement, document_number, iban_of, same_creditor
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_debit_cancelled, notify_debit_retry
from forecourt.flows.desk.operator_scope import operator_day
from forecourt.flows.paying import collects, mandate_for, outstanding, record_debit_collected, record_debit_refused, unpaid
from forecourt.flows.paying.payables import has_open_complaint, lock_payable
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DocumentId, Money, NotFound, OperatorId, PaymentId
from forecourt.payments import DEBIT, Declined, Mandate, confirm_creditor, is_debit_called_off, request_debit, withdraw_debit
from forecourt.settlement import COLLECTIONS, MAX_COLLECTED, CollectedStatement, CollectionFile, withdraw_collection

_LATEST = timedelta(days=30)
_SATURDAY = 5
# How long before a debit its payer must be notified unless agreed otherwise (pre-notification, SEPA core rulebook, EPC016-06).
_NOTICE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Collectable:
    """A statement to be collected. due: the day its payer was told, before which it is not collected; if it is collected `is_retry`, or was
    called off, the first day possible with notice sent along with the file. return_reason: the bank's reason for returning the last debit;
    empty if none was returned. complained: its payer has an open complaint about it."""

    statement: AccountStatement
    mandate: Mandate
    amount: Money
    due: date
    return_reason: str = ""
    complained: bool = False
    is_retry: bool = False

    @property
    def fingerprint(self) -> str:
        """What a person confirms by choosing it."""
        return f"{self.mandate.account.iban} {self.amount} {self.return_reason}"


@dataclass(frozen=True, slots=True)
class CollectionRequest:
    """key: made with the form, so that sending it twice makes one file. day: when the accounts are debited. seen: the chosen statements,
    each as it was displayed (`Collectable.shown`)."""

    key: UUID
    day: date
    seen: Mapping[DocumentId, str]


def collectables(store: Store, operator_id: OperatorId, at: datetime) -> list[Collectable]:
    """Statements waiting for collection and in no file, oldest first; of very many only the first."""
    return list(_waiting(store, operator_id, at))


def make_collection_file(store: Store, by: Staff, request: CollectionRequest) -> CollectionFile:
    """Make a file. Raises BadInput for an unsuitable day; Conflict if a statement no longer waits, or differs from what was shown."""
    store.bank.lock(by.operator_id)
    file_id = uuid5(by.operator_id, f"collections/{by.actor}/{request.key}")
    if known := store.direct_debits.file_of(by.operator_id, file_id):
        return known
    operator, today = store.stations.operator(by.operator_id), operator_day(store, by.operator_id, by.at)
    if not collects(operator):
        raise BadInput("creditor_id", "Your company has no IBAN or creditor identifier.", "Enter them under Company.")
    chosen = _chosen(store, by, request)
    _check_day(request.day, today, chosen)
    collected = tuple(_collected(file_id, one) for one in chosen)
    details = (iban_of(operator.bank), operator.legal_name, operator.creditor_id, request.day, collected, by.actor, by.at)
    draft = CollectionFile(file_id, by.operator_id, "", *details)
    for one, listed in zip(chosen, collected, strict=True):
        store.payments.put(request_debit(one.statement, one.amount, listed.payment_id, by.at).payment)
        store.direct_debits.put_mandate(replace(one.mandate, used_on=request.day))
        if one.is_retry:
            notify_debit_retry(store, one.statement, one.mandate, one.amount, request.day, by.at)
    number = document_number(COLLECTIONS, today.year, store.documents.next_number(by.operator_id, COLLECTIONS, today.year))
    file = replace(draft, number=number)
    store.direct_debits.put_file(file)
    note(store, by, "collection.make", number, f"{len(chosen)} over {file.amount}: {', '.join(one.number for one in collected)}"[:500])
    return file


def withdraw_collection_file(store: Store, by: Staff, number: str, reason: str) -> CollectionFile:
    """Withdraw a file that was never given to the bank. If no other file can meet a payer's announced day, which has come or was announced
    by this file, the payer is told that nothing is collected then. Raises NotFound, BadInput; Conflict if the bank has collected or refused
    any of it."""
    store.bank.lock(by.operator_id)
    file = _own_file(store, by, number)
    withdrawn = withdraw_collection(file, reason)
    has_come = file.day <= operator_day(store, by.operator_id, by.at)
    for one in file.collected:
        payable, payment = lock_payable(store, _statement_of(store, one)), store.payments.lock(one.payment_id)
        if payment is None or not isinstance(payable, AccountStatement):
            continue
        by_letter = _is_repeated(store, payable)
        if by_letter or has_come:
            _call_off(store, by, payable, one, file.day if by_letter else _announced_day(store, payable))
        store.payments.put(withdraw_debit(payment, by.at, by_letter or has_come).payment)
    store.direct_debits.put_file(withdrawn)
    note(store, by, "collection.withdraw", number, withdrawn.withdrawn)
    return withdrawn


def download_collection(store: Store, by: Staff, number: str) -> CollectionFile:
    """Get a file for the bank. Raises NotFound; Conflict if it is withdrawn, contains a statement paid meanwhile by transfer, or is for a
    creditor identifier or an account that is no longer the company's."""
    file = _own_file(store, by, number)
    if file.withdrawn:
        raise Conflict("file_withdrawn", f"{number} is withdrawn.", "Create another.")
    if paid := paid_meanwhile(store, file):
        problem = f"{', '.join(one.number for one in paid)} was paid by transfer, and {number} would collect it again."
        raise Conflict(
            "paid_already", problem, "Withdraw the file and create another without it; if your bank has the file, ask the bank to stop it."
        )
    if outdated(store, file) and open_debits(store, file):
        problem = f"{number} collects for creditor {file.creditor_id}into {file.account}, but the company's details have changed."
        raise Conflict("creditor_changed", problem, "If your bank never received it, withdraw it and create another.")
    note(store, by, "collection.take", number, f"{len(file.collected)} over {file.amount}")
    return file


def record_refused_debit(store: Store, by: Staff, number: str, stated: str, code: str) -> None:
    """Record, before a bank line reports it, that the bank did not collect a statement of a file. stated: the statement's number.
    Raises NotFound, BadInput, Conflict."""
    store.bank.lock(by.operator_id)
    file = _own_file(store, by, number)
    one = next((each for each in file.collected if each.number == stated.strip().upper()), None)
    if one is None:
        raise BadInput("statement", f"{stated[:40]!r} is not in {number}.", "Enter the number of a statement in the file.")
    record_debit_refused(store, by, one.payment_id, " ".join(code.split())[:40], one.mandate, operator_day(store, by.operator_id, by.at))


def open_debits(store: Store, file: CollectionFile) -> list[CollectedStatement]:
    """Debits of a file that the bank has neither collected nor refused yet."""
    found = ((one, store.payments.payment(one.payment_id)) for one in file.collected)
    return [one for one, payment in found if payment is not None and payment.open]


def outdated(store: Store, file: CollectionFile) -> bool:
    """Whether the company's creditor identifier or account has changed since the file was made."""
    operator = store.stations.operator(file.operator_id)
    return not same_creditor(file.creditor_id, operator.creditor_id) or file.account != iban_of(operator.bank)


def paid_meanwhile(store: Store, file: CollectionFile) -> list[CollectedStatement]:
    """Debits of a file that the bank has not collected and that were paid another way."""
    found = ((one, store.payments.payment(one.payment_id)) for one in ([] if file.withdrawn else file.collected))
    requested = [(one, payment.document_id) for one, payment in found if payment is not None and payment.open and payment.document_id]
    stated = ((one, store.statements.statement(statement_id)) for one, statement_id in requested)
    return [one for one, statement in stated if statement is not None and unpaid(store, statement).minor <= 0]


def record_collected(store: Store, by: Staff, file: CollectionFile, chosen: Sequence[CollectedStatement]) -> None:
    """The bank has booked the chosen debits."""
    for one in chosen:
        record_debit_collected(store, by, one.payment_id, one.amount, file.end_to_end(one))
        if mandate := store.direct_debits.mandate(by.operator_id, one.mandate):
            store.direct_debits.put_mandate(confirm_creditor(mandate, file.creditor_id))


def record_returned(store: Store, by: Staff, one: CollectedStatement, code: str) -> None:
    """The bank has returned a debit, or never collected it. Raises Conflict if that was already recorded."""
    record_debit_refused(store, by, one.payment_id, code, one.mandate, operator_day(store, by.operator_id, by.at))


def _waiting(store: Store, operator_id: OperatorId, at: datetime) -> Iterator[Collectable]:
    for statement in store.direct_debits.open_statements(operator_id, MAX_COLLECTED):
        mandate, amount = mandate_for(store, statement, at), outstanding(store, statement)
        if mandate is None or amount.minor <= 0:
            continue
        due, again = _announced_day(store, statement), _is_repeated(store, statement)
        earliest = max(due, operator_day(store, operator_id, at + _NOTICE)) if again else due
        yield Collectable(statement, mandate, amount, earliest, _return_code(store, statement), has_open_complaint(store, statement), again)


def _announced_day(store: Store, statement: AccountStatement) -> date:
    """The collection day printed on a statement."""
    due_days = store.dunning.rules(statement.operator_id).due_days
    return operator_day(store, statement.operator_id, statement.issued_at + statement.parties.due_after(due_days))


def _is_repeated(store: Store, statement: AccountStatement) -> bool:
    """Whether the printed day no longer counts: the debit was tried, called off, or the amount was increased."""
    case = store.dunning.case(statement.id)
    asked_again = case is not None and bool(case.reclaimed_sum)
    return asked_again or bool(_return_code(store, statement)) or is_debit_called_off(store.payments.of_document(statement.id))


def _return_code(store: Store, statement: AccountStatement) -> str:
    debits = (one.state for one in store.payments.of_document(statement.id) if one.method == DEBIT)
    refused = [one for one in debits if isinstance(one, Declined)]
    return max(refused, key=lambda one: one.declined_at).code or "refused" if refused else ""


def _call_off(store: Store, by: Staff, statement: AccountStatement, one: CollectedStatement, announced: date) -> None:
    mandate = store.direct_debits.mandate(by.operator_id, one.mandate)
    if mandate is not None:
        notify_debit_cancelled(store, statement, mandate, one.amount, announced, by.at)


def _chosen(store: Store, by: Staff, request: CollectionRequest) -> list[Collectable]:
    for statement_id in sorted(request.seen):
        lock_payable(store, statement_id)  # so that it is neither paid nor reminded of meanwhile
    waiting = {one.statement.id: one for one in _waiting(store, by.operator_id, by.at)}
    if request.seen.keys() - waiting.keys():
        raise Conflict("collection_gone", "Some of these can no longer be collected.", "Check the list and choose again.")
    chosen = [one for statement_id, one in waiting.items() if statement_id in request.seen]
    for one in chosen:
        if one.fingerprint != request.seen[one.statement.id]:
            problem = f"{one.statement.number}: {one.amount} from {one.mandate.account.iban} has changed since it was shown."
            raise Conflict("collection_changed", problem, "Check it again before you collect.")
    return chosen


def _check_day(day: date, today: date, chosen: Sequence[Collectable]) -> None:
    if not today < day <= today + _LATEST or day.weekday() >= _SATURDAY:
        raise BadInput("day", f"{day} is not a working day within {_LATEST.days} days from tomorrow.", "Choose another debit date.")
    early = [one for one in chosen if one.due > day]
    if early:
        announced = ", ".join(f"{one.statement.number} on {one.due}" for one in early[:5])
        raise BadInput("day", f"The date announced to the payer is later: {announced}.", "Collect on that day or later.")


def _collected(file_id: UUID, one: Collectable) -> CollectedStatement:
    account = one.mandate.account
    payment_id = PaymentId(uuid5(file_id, str(one.statement.id)))
    details = (account.holder, account.iban, one.mandate.number, one.mandate.given_on, one.amount, one.mandate.formerly)
    return CollectedStatement(payment_id, one.statement.number, *details)


def _statement_of(store: Store, one: CollectedStatement) -> DocumentId:
    payment = store.payments.payment(one.payment_id)
    if payment is None or payment.document_id is None:
        raise NotFound("payment", "There is no such payment.")
    return payment.document_id


def _own_file(store: Store, by: Staff, number: str) -> CollectionFile:
    file = store.direct_debits.file(by.operator_id, number)
    if file is None:
        raise NotFound("collection", "There is no such file.")
    return file
