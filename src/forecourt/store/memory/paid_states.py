"""How invoices and account statements stand: what was paid, credited, or is to be paid otherwise. For several repositories."""

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.ports import AppliedCredit, PaidSearch, PaidState
from forecourt.kernel import DocumentId, Money
from forecourt.payments import WRITTEN_OFF, Captured
from forecourt.store.memory.database import MemoryDatabase


def stands(db: MemoryDatabase, invoice: Invoice, wanted: PaidSearch) -> bool:
    """Whether it is in the state that is searched for."""
    stated = db.stated.get(invoice.id)
    statement = db.account_statements.get(stated) if stated else None
    state = _state(db, invoice, statement)
    if wanted.state is not PaidState.OVERDUE or state is not PaidState.OPEN:
        return state is wanted.state
    return is_late(db, statement or invoice, wanted)


def _state(db: MemoryDatabase, invoice: Invoice, statement: AccountStatement | None) -> PaidState:
    left = invoice.due.minor - sum(one.due.minor for one in db.documents.where(lambda one: one.content.corrects == invoice.id))
    if invoice.kind is DocumentKind.CREDIT_NOTE or (invoice.due and not left):
        return PaidState.CREDITED
    if statement:
        return PaidState.OPEN if invoice.due and is_open(db, statement) else PaidState.PAID
    if taken(db, invoice.id) >= left:
        return PaidState.PAID
    return PaidState.MONTHLY if on_account(db, invoice) else PaidState.OPEN


def lacks_payment(db: MemoryDatabase, statement: AccountStatement) -> bool:
    """Whether no one is asked to pay it, and less has been paid than is due by now, including what is owed beside it."""
    payments, case = db.payments.where(lambda one: one.document_id == statement.id), db.dunning.get(statement.id)
    came = sum(one.state.amount.minor for one in payments if isinstance(one.state, Captured))
    asked = statement.due.minor + (case.beside.minor if case else 0) - sum(one.amount.minor for one in taken_off(db, statement))
    return came < asked and not any(one.open for one in payments)


def on_account(db: MemoryDatabase, one: Invoice) -> bool:
    """Whether the driver pays it by a monthly statement, as was agreed when it was issued."""
    driver = db.drivers.get(one.driver_id)
    return driver is not None and one.content.parties.on_account(driver.pay_by)


def taken_off(db: MemoryDatabase, statement: AccountStatement) -> list[AppliedCredit]:
    """The credit notes that lower what a statement asks for and are not lines of it, oldest first."""
    listed = {line.document_id for line in statement.lines}
    zero, standing = Money.zero(statement.currency), lambda one: db.stated.get(one.id) == statement.id and one.id not in listed
    found = [
        AppliedCredit(one, one.due - sum((part for note_id, _, part in db.credit_parts if note_id == one.id), zero))
        for one in db.documents.where(standing)
    ]
    parts = ((db.documents.get(note_id), amount) for note_id, about, amount in db.credit_parts if about == statement.id)
    found += [AppliedCredit(one, amount) for one, amount in parts if one is not None]
    return sorted((one for one in found if one.amount.minor), key=lambda one: (one.note.issued_at, one.note.id))


def taken(db: MemoryDatabase, payable_id: DocumentId) -> int:
    """What was captured for it, in minor units, whether or not it was refunded since."""
    return sum(one.taken.minor for one in db.payments.where(lambda one: one.document_id == payable_id))


def is_open(db: MemoryDatabase, statement: AccountStatement) -> bool:
    """Whether less was captured than it asks for by now."""
    return taken(db, statement.id) < statement.due.minor - sum(one.amount.minor for one in taken_off(db, statement))


def is_late(db: MemoryDatabase, payable: AccountStatement | Invoice, wanted: PaidSearch) -> bool:
    """Whether its due day has passed, and it was not written off."""
    case = db.dunning.get(payable.id)
    return payable.issued_at + payable.parties.due_after(wanted.due.days) <= wanted.at and (case is None or case.outcome != WRITTEN_OFF)
