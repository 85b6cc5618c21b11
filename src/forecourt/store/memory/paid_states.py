"""How invoices stand, in memory."""

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.ports import PaidSearch, PaidState
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.statements import is_late, is_open, on_account, taken


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
