"""Bank lines about direct debits of ours: single ones, a whole file at once, or returned ones."""

from collections.abc import Callable, Iterable, Sequence

from forecourt.flows.billing.collection_files import open_debits, record_collected, record_returned
from forecourt.flows.desk.audit import Staff
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Money
from forecourt.ledger import BANK, BANK_FEES, Posting, Txn
from forecourt.settlement import (
    BankLine,
    BankMove,
    CollectedStatement,
    CollectionFile,
    LineKind,
    collection_at,
    find_collections,
    find_return_reason,
)

# The most that banks keep as a fee for a returned debit, in cents.
_MAX_RETURN_FEE_MINOR = 20_00


def book_debits(store: Store, by: Staff, line: BankLine) -> str:
    """Book the debits that a line names, if it fits to the cent. Returns what was booked; empty if it names none. Raises a refusal before
    anything is stored. line: not a bank fee."""
    for number, place in find_collections(line.text):
        file = store.direct_debits.file(by.operator_id, number)
        one = collection_at(file, place) if file else None
        if file and one:
            return _book_debit(store, by, line, file, one)
    for number in line.numbers if line.amount.minor > 0 and line.kind is LineKind.MOVE else ():
        file = store.direct_debits.file(by.operator_id, number)
        left = open_debits(store, file) if file else []
        if file and left and sum(each.amount.minor for each in left) == line.amount.minor:
            record_collected(store, by, file, left)
            return f"{number}: all {len(left)} of its statements collected" if len(left) > 1 else f"{left[0].number} collected"
    return ""


def _book_debit(store: Store, by: Staff, line: BankLine, file: CollectionFile, one: CollectedStatement) -> str:
    name, fee_minor = file.end_to_end(one), -line.amount.minor - one.amount.minor
    if line.amount == one.amount and line.kind is LineKind.MOVE:
        record_collected(store, by, file, [one])
        return f"{one.number} collected by {name}"
    if not 0 <= fee_minor <= _MAX_RETURN_FEE_MINOR:
        raise Conflict("bank_amount", f"It names {name}, which is for {one.amount}.", "Check with your bank and post it manually.")
    record_returned(store, by, one, find_return_reason(line.text))
    if fee_minor:
        store.ledger.post(_fee_txn(by, line, name, Money(fee_minor, line.amount.currency)))
    return f"{one.number}: direct debit {name} returned"


def entry_of_returned_debit(line: BankLine, moves: Iterable[BankMove], names: Callable[[Txn], Sequence[str]]) -> BankMove | None:
    """The entry a person already made for a returned debit, if this line reports it together with the bank's fee. moves: entries that
    match no line yet."""
    same_currency = (one for one in moves if one.txn.key.startswith("debit-back/") and one.txn.currency == line.amount.currency)
    returned = (
        one for one in same_currency if line.kind is not LineKind.FEE and 0 < one.minor - line.amount.minor <= _MAX_RETURN_FEE_MINOR
    )
    return next((one for one in returned if any(line.names(name) for name in names(one.txn))), None)


def book_bank_fee(store: Store, by: Staff, line: BankLine, returned: BankMove) -> str:
    """Book the fee that the bank kept, and return what was booked."""
    name = next(f"{number}-{place:03d}" for number, place in find_collections(returned.txn.text))
    store.ledger.post(_fee_txn(by, line, name, Money(returned.minor - line.amount.minor, line.amount.currency)))
    return f"Direct debit {name} returned"


def _fee_txn(by: Staff, line: BankLine, name: str, amount: Money) -> Txn:
    posting = Posting(BANK, BANK_FEES, amount)
    return Txn(f"bank-fee/{line.id}", by.operator_id, by.at, f"Bank fee: {name} came back", line.id, (posting,))
