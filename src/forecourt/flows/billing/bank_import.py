"""Reading bank statements: every line is stored and processed once; a person decides about the remaining ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from forecourt.flows.billing.bank_entries import bank_moves
from forecourt.flows.billing.bank_matching import match_bank_lines
from forecourt.flows.billing.manual_entries import ManualEntryRequest, post_manual_entry
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying import outstanding, record_overpayment, record_transfer
from forecourt.flows.paying.payables import Payable, lock_payable, payable_by_number
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, Money, NotFound
from forecourt.ledger import BANK, Account, Entry, ManualEntry
from forecourt.settlement import BankAccount, BankLine, BankStatement, LineKind, StoredLine, add_matches, line_id

OPENING = "Balance before the first statement"


def import_bank_statements(store: Store, by: Staff, statements: Sequence[BankStatement]) -> int:
    """Store new lines and process all open ones: the oldest now, the others by a job. Returns how many were new. Raises BadInput,
    Conflict."""
    store.bank.lock(by.operator_id)
    opened: list[StoredLine] = []
    new_lines = sum(_store_new_lines(store, by, one, opened) for one in statements)
    to_review = [one for one in store.bank.open(by.operator_id) if one.line.kind is not LineKind.OPENING and not one.positions] + opened
    for stored in to_review:
        store.bank.put(replace(stored, to_review=len(to_review)))
    names = ", ".join(f"{one.name or 'without a name'} of {one.account} to {one.closes}" for one in statements)
    note(store, by, "bank.read", by.operator_id, f"{names}: {new_lines} new lines"[:500])
    match_bank_lines(store, by)
    return new_lines


def book_line(store: Store, by: Staff, bank_line_id: UUID, account: Account, day: date, reason: str) -> ManualEntry:
    """Post a line to the account a person chose. Raises NotFound, BadInput; Conflict if it is already matched."""
    stored = _waiting(store, by, bank_line_id)
    missing = stored.missing
    lines = (Entry(BANK, missing.currency, missing.minor), Entry(account, missing.currency, -missing.minor))
    entry = post_manual_entry(store, by, ManualEntryRequest(by.ids.new(by.at), day, lines, reason))
    moves = [one for one in bank_moves(store, by.operator_id, missing.currency) if one.position == entry.position]
    store.bank.put(add_matches(stored, moves, f"Posted manually: {entry.number}", by.actor, by.at))
    return entry


def match_line(store: Store, by: Staff, bank_line_id: UUID, positions: Sequence[int]) -> None:
    """Match a line with the ledger entries a person chose. Raises NotFound, Conflict; BadInput if their sum differs from the line."""
    stored = _waiting(store, by, bank_line_id)
    moves = [one for one in bank_moves(store, by.operator_id, stored.missing.currency) if one.position in positions]
    if not moves or len(moves) != len(set(positions)):
        raise Conflict("moves_gone", "Some of these entries are already matched.", "Check the list and choose again.")
    if difference := sum(one.minor for one in moves) - stored.missing.minor:
        amount = Money(abs(difference), stored.missing.currency)
        raise BadInput(
            "entries",
            f"Together they are {amount} {'too much' if difference > 0 else 'too little'}.",
            "Choose entries that add up to the line.",
        )
    store.bank.put(add_matches(stored, moves, "Matched manually", by.actor, by.at))
    note(store, by, "bank.match", by.operator_id, f"{stored.line.amount} of {stored.line.day}: entries {', '.join(map(str, positions))}")


def pay_with_line(store: Store, by: Staff, bank_line_id: UUID, number: str) -> Payable:
    """Use a line to pay the bill a person chose, even one being collected or already paid; any surplus belongs to its payer. Raises
    NotFound, BadInput, Conflict."""
    stored, wanted = _waiting(store, by, bank_line_id), number.strip().upper()
    found = payable_by_number(store, by.operator_id, wanted)
    payable = lock_payable(store, found.id) if found else None
    if payable is None:
        raise BadInput("number", f"{wanted[:40]!r} is not an invoice or statement.", "Enter its number, such as ACC-2026-000001.")
    start = store.ledger.head(by.operator_id)
    if outstanding(store, payable) == stored.missing:
        record_transfer(store, by, payable.id, stored.line.reference)
    else:
        record_overpayment(store, by, payable.id, stored.missing, stored.line.reference)
    moves = [one for one in bank_moves(store, by.operator_id, payable.currency) if one.position > start]
    store.bank.put(add_matches(stored, moves, f"{payable.number} paid, recorded manually", by.actor, by.at))
    return payable


def _waiting(store: Store, by: Staff, bank_line_id: UUID) -> StoredLine:
    store.bank.lock(by.operator_id)
    stored = store.bank.line(by.operator_id, bank_line_id)
    if stored is None:
        raise NotFound("bank_line", "There is no such line.")
    if not stored.open:
        raise Conflict("line_over", "The line is already matched.", "Reload the page.")
    return stored


def _store_new_lines(store: Store, by: Staff, statement: BankStatement, opened: list[StoredLine]) -> int:
    """opened: collects the opening lines of new accounts."""
    known = {one.account: one for one in store.bank.accounts(by.operator_id)}.get(statement.account)
    account = known or BankAccount(by.operator_id, statement.account, statement.begins, statement.closes, statement.closing)
    if account.closing.currency != statement.closing.currency:
        raise Conflict("bank_currency", f"{statement.account} was in {account.closing.currency}.", "Upload the statements of that account.")
    seen = store.bank.known(by.operator_id, [one.id for one in statement.lines])
    new_lines = [one for one in statement.lines if one.id not in seen]
    if any(one.day < account.since for one in new_lines):
        text = f"{statement.name} has lines from before {account.since}, where the statements of {statement.account} begin."
        raise Conflict("bank_before", text, "Upload statements from that day on.")
    for line in new_lines:
        store.bank.put(StoredLine(line, by.operator_id, by.actor, by.at))
    if known is None and statement.opening.minor:
        opening = line_id(account.account, "opening")
        line = BankLine(opening, account.account, account.since, statement.opening, OPENING, LineKind.OPENING)
        opened.append(StoredLine(line, by.operator_id, by.actor, by.at))
    if known is None or statement.closes > known.closes or (statement.closes == known.closes and _is_latest(store, by, statement)):
        store.bank.put_account(replace(account, closes=statement.closes, closing=statement.closing))
    return len(new_lines)


def _is_latest(store: Store, by: Staff, statement: BankStatement) -> bool:
    """Whether a statement's closing balance is the sum of all stored lines, which makes it the later of two for the same day."""
    return store.bank.sum_minor(by.operator_id, statement.account) == statement.closing.minor
