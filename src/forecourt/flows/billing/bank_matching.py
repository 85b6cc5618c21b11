"""Process bank statement lines in batches: match each with its ledger entry, book it if it names what it pays, or else leave it to a
person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from itertools import chain

from forecourt.billing import DocumentKind
from forecourt.flows.billing.bank_entries import bank_move_of, bank_moves, bank_names_of
from forecourt.flows.billing.debit_bank_lines import book_bank_fee, book_debits, entry_of_returned_debit
from forecourt.flows.billing.partner_statements import statement_transferred
from forecourt.flows.billing.transfer_files import due_returned, is_waiting, pay_due
from forecourt.flows.desk.audit import Staff
from forecourt.flows.desk.operator_scope import operator_zone
from forecourt.flows.paying import (
    accepts_overpayment,
    mark_paid_back,
    mark_payback_returned,
    outstanding,
    record_overpayment,
    record_transfer,
    unpaid,
)
from forecourt.flows.paying.payables import Payable, payable_by_number
from forecourt.flows.ports import MatchBankLines, OutboxItem
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, Money
from forecourt.ledger import BANK, BANK_FEES, MANUAL_KEY, Posting, Txn
from forecourt.settlement import (
    SERIES,
    BankLine,
    BankMove,
    DueTransfer,
    LineKind,
    StoredLine,
    add_matches,
    find_collections,
    find_transfers,
    match_line,
    transfer_at,
)

_BY_PERSON = "Record the payment under Debts, then match it."
# Per commit. Anything else that posts for the operator waits for it: some tenths of a second.
BATCH = 100


def match_bank_lines(store: Store, by: Staff, limit: int = BATCH) -> None:
    """Process the oldest lines open for review, each once; a job continues with the rest."""
    store.bank.lock(by.operator_id)
    to_review = store.bank.to_review(by.operator_id, limit)
    _Round(store, by, [one for one in to_review if one.line.kind is not LineKind.OPENING]).match()
    for stored in to_review:
        if stored.line.kind is LineKind.OPENING:
            _match_opening(store, by, stored)
    unreviewed, _ = store.bank.review_progress(by.operator_id)
    if unreviewed:
        lane, item_id = f"bank/{by.operator_id}", by.ids.new(by.at)
        store.outbox.put(OutboxItem(item_id, by.operator_id, None, "task", lane, MatchBankLines(by.actor), by.at, f"{lane}/{item_id}"))


def _match_opening(store: Store, by: Staff, stored: StoredLine) -> None:
    """Match an opening balance with the unmatched ledger entries from before the statement; the first of several accounts gets them."""
    moves = bank_moves(store, by.operator_id, stored.line.amount.currency)
    earlier = [one for one in moves if one.day < stored.line.day]
    matched = add_matches(stored, earlier, "Opening balance in the ledger", by.actor, by.at) if earlier else replace(stored, to_review=0)
    store.bank.put(matched)


class _Round:
    """Lines processed together, so that their possible entries and what they name are read only once."""

    def __init__(self, store: Store, by: Staff, lines: Sequence[StoredLine]) -> None:
        self._store, self._by, self._lines = store, by, lines
        self._moves: dict[Money, list[BankMove]] = {}
        for currency in {stored.line.amount.currency for stored in lines}:
            for move in bank_moves(store, by.operator_id, currency):
                self._moves.setdefault(Money(move.minor, currency), []).append(move)
        self._names: dict[str, tuple[str, ...]] = {}
        numbers = {number for stored in lines if stored.line.amount.minor > 0 for number in stored.line.numbers}
        invoices = [one for one in store.documents.lock_numbered(by.operator_id, numbers) if one.kind is DocumentKind.INVOICE]
        found: list[Payable] = [*invoices, *store.statements.lock_numbered(by.operator_id, numbers)]
        self._payables = {one.number: one for one in found}
        self._paybacks = list(store.paybacks.waiting(by.operator_id))
        self._booked: list[tuple[StoredLine, str, range]] = []
        self._head = store.ledger.head(by.operator_id)

    def match(self) -> None:
        store = self._store
        for stored in sorted(self._lines, key=lambda one: one.line.kind is LineKind.RETURNED):  # returns follow what they return
            same_amount, before = self._moves.get(stored.line.amount, []), store.ledger.head(self._by.operator_id)
            if move := match_line(stored.line, _candidates(stored.line, same_amount), self._bank_names):
                same_amount.remove(move)
                store.bank.put(add_matches(stored, (move,), "Already in the ledger", self._by.actor, self._by.at))
                continue
            if fee_move := entry_of_returned_debit(stored.line, chain(*self._moves.values()), self._bank_names):
                self._moves[Money(fee_move.minor, stored.line.amount.currency)].remove(fee_move)
                matched_line, note = (
                    add_matches(stored, (fee_move,), "", self._by.actor, self._by.at),
                    book_bank_fee(store, self._by, stored.line, fee_move),
                )
            else:
                try:
                    matched_line, note = stored, self._book(stored.line)
                except (BadInput, Conflict) as refused:
                    store.bank.put(replace(stored, note=f"{refused.text} {refused.remedy}".strip(), to_review=0))
                    continue
            if note:
                self._booked.append((matched_line, note, range(before + 1, store.ledger.head(self._by.operator_id) + 1)))
            else:
                store.bank.put(replace(stored, to_review=0))
        self._match_booked()

    def _match_booked(self) -> None:
        """Match each line with the entries posted for it."""
        booked, self._booked = self._booked, []
        zone = operator_zone(self._store, self._by.operator_id)
        posted = [bank_move_of(one, zone) for one in self._store.ledger.chain(self._by.operator_id, self._head)] if booked else []
        self._head = self._store.ledger.head(self._by.operator_id) if booked else self._head
        for stored, note, positions in booked:
            moves = [one for one in posted if one.position in positions and one.minor]
            self._store.bank.put(add_matches(stored, moves, note, self._by.actor, self._by.at))

    def _bank_names(self, txn: Txn) -> tuple[str, ...]:
        if txn.key not in self._names:
            self._names[txn.key] = bank_names_of(self._store, txn)
        return self._names[txn.key]

    def _book(self, line: BankLine) -> str:
        """Book what a line names, if it fits to the cent. Returns what was booked; empty if it names nothing. Raises the refusal of the
        step it would be, before anything is stored."""
        store, by = self._store, self._by
        if line.amount.minor < 0 and (line.numbers or find_transfers(line.text)):
            self._match_booked()  # match outgoing transfers first: the same one again is another transfer
        if line.kind is LineKind.FEE:
            store.ledger.post(_fee(store, by, line))
            return "Bank fee"
        if note := self._book_outgoing(line) or book_debits(store, by, line):
            return note
        if (
            line.kind is LineKind.MOVE
            and line.amount.minor > 0
            and (payables := [self._payables[one] for one in line.numbers if one in self._payables])
        ):
            return self._book_payment(line, payables)
        if line.kind is LineKind.MOVE and line.amount.minor < 0 and (note := self._book_payback(line)):
            return note
        for number in line.numbers if line.kind is LineKind.RETURNED and line.amount.minor > 0 else ():
            payable = payable_by_number(store, by.operator_id, number)
            for payback in store.paybacks.of_note(payable.id) if payable else ():
                if not payback.open and payback.amount == line.amount:
                    mark_payback_returned(store, by, payback.id, line.reference)
                    return f"{number}: transfer returned"
        for statement in store.partners.statements(by.operator_id) if any(one.startswith(f"{SERIES}-") for one in line.numbers) else ():
            if line.kind is LineKind.MOVE and statement.number in line.numbers and statement.owed == -line.amount:
                statement_transferred(store, by, statement.id, line.reference)
                return f"{statement.number} settled"
        return ""

    def _book_outgoing(self, line: BankLine) -> str:
        """Transfers from one of our files: paid one by one, all at once, or returned."""
        for number, place in find_transfers(line.text):
            file = self._store.bank.file(self._by.operator_id, number)
            due = transfer_at(file, place) if file else None
            if file and due:
                return self._book_due(line, due, file.end_to_end(due))
        for number in line.numbers if line.amount.minor < 0 else ():
            file = self._store.bank.file(self._by.operator_id, number)
            left = [one for one in file.dues if is_waiting(self._store, one)] if file else []
            if file and left and sum(one.amount.minor for one in left) == -line.amount.minor:
                for one in left:
                    pay_due(self._store, self._by, one, line.day, file.end_to_end(one))
                return f"{number}: all {len(left)} of its transfers paid" if len(left) > 1 else f"{left[0].number} paid"
        return ""

    def _book_due(self, line: BankLine, due: DueTransfer, name: str) -> str:
        if line.amount == -due.amount:
            pay_due(self._store, self._by, due, line.day, name)
            return f"{due.number} paid by {name}"
        if line.kind is not LineKind.RETURNED or line.amount != due.amount:
            raise Conflict("bank_amount", f"It names {name}, which is for {due.amount}.", "Check with your bank and post it manually.")
        due_returned(self._store, self._by, due, name)
        return f"{due.number}: transfer {name} returned"

    def _book_payback(self, line: BankLine) -> str:
        for payback in self._paybacks:
            if payback.number in line.numbers and payback.amount == -line.amount:
                mark_paid_back(self._store, self._by, payback.id, line.day, line.reference)
                self._paybacks.remove(payback)
                return f"{payback.number} refunded"
        return ""

    def _book_payment(self, line: BankLine, payables: Sequence[Payable]) -> str:
        """Book all the bills a line names, if it is their total. Takes nothing unless all can be paid."""
        store, numbers = self._store, ", ".join(one.number for one in payables)
        if len(payables) == 1 and (note := self._book_overpayment(line, payables[0])):
            return note
        amounts_due = [outstanding(store, one) for one in payables if one.currency == line.amount.currency]
        if any(
            store.documents.credit_notes_of(one.id) or any(paid.pending_amount for paid in store.payments.of_document(one.id))
            for one in payables
        ):
            raise Conflict("bank_unclear", f"It names {numbers}, which is credited or already being paid.", _BY_PERSON)
        if (
            len(amounts_due) < len(payables)
            or any(one.minor <= 0 for one in amounts_due)
            or sum(one.minor for one in amounts_due) != line.amount.minor
        ):
            amounts = " and ".join(map(str, amounts_due)) or "another currency"
            raise Conflict("bank_amount", f"It names {numbers}, for which {amounts} is owed.", _BY_PERSON)
        for one in payables:
            record_transfer(store, self._by, one.id, line.reference)
        return f"{numbers} paid"

    def _book_overpayment(self, line: BankLine, payable: Payable) -> str:
        """A payment of a bill's exact amount although it is being collected or already paid. Empty if it is not that."""
        if line.amount != payable.due or outstanding(self._store, payable) == line.amount:
            return ""
        missing = unpaid(self._store, payable)
        if not accepts_overpayment(self._store, payable) or (missing.minor > 0 and missing != line.amount):
            return ""
        record_overpayment(self._store, self._by, payable.id, line.amount, line.reference)
        return f"{payable.number} paid {'while it is being collected' if missing.minor > 0 else 'again'}"


def _candidates(line: BankLine, moves: Sequence[BankMove]) -> Sequence[BankMove]:
    """The entries a line may be. A line for one of our debits is not a transfer, even for the same statement and amount."""
    if not find_collections(line.text):
        return moves
    return [one for one in moves if one.txn.key.startswith(("debit/", "debit-back/", f"{MANUAL_KEY}/"))]


def _fee(store: Store, by: Staff, line: BankLine) -> Txn:
    at = datetime.combine(line.day, time(0), operator_zone(store, by.operator_id))
    text = f"Bank fee: {line.text}"[:200]
    return Txn(f"bank-fee/{line.id}", by.operator_id, at, text, line.id, (Posting(BANK, BANK_FEES, -line.amount),))
