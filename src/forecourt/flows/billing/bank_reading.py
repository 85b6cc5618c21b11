"""The bank's own statements held against the book: every line kept once, matched with the entry it is, booked where it names what is paid,
and left to a person where neither can be told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from uuid import UUID

from forecourt.flows.billing.posting_by_hand import HandWish, post_by_hand
from forecourt.flows.billing.stating import settle_statement
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.own import operator_zone
from forecourt.flows.paying import lacking, mark_paid_back, mark_returned, take_transfer
from forecourt.flows.paying.payables import Payable, lock_payable
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DocumentId, Money, NotFound, OperatorId, PaymentId, utc
from forecourt.ledger import BANK, BANK_FEES, HAND_KEY, Account, ChainedTxn, Entry, HandEntry, Posting, Txn
from forecourt.settlement import SERIES, BankAccount, BankLine, BankMove, BankStatement, KeptLine, LineKind, line_id, matched, move_of

_BY_PERSON = "Say under Dunning what it pays, then match it."
OPENING = "What was there before the first statement"


def read_bank(store: Store, by: Staff, statements: Sequence[BankStatement]) -> int:
    """Keep what is new of them, and look at all that is open. How many lines were new. Raises BadInput, Conflict."""
    store.bank.lock(by.operator_id)
    before = {one.account for one in store.bank.accounts(by.operator_id)}
    new = sum(_keep(store, by, one) for one in statements)
    moves: dict[str, list[BankMove]] = {}
    for kept in store.bank.open(by.operator_id):
        if kept.line.kind is not LineKind.OPENING:
            currency = kept.line.amount.currency
            moves[currency] = _look(store, by, kept, moves.get(currency) or bank_moves(store, by.operator_id, currency))
    for account in store.bank.accounts(by.operator_id):
        if account.account not in before:
            _open(store, by, account)
    names = ", ".join(f"{one.name or 'without a name'} of {one.account} to {one.closes}" for one in statements)
    note(store, by, "bank.read", by.operator_id, f"{names}: {new} new lines"[:500])
    return new


def book_line(store: Store, by: Staff, kept_id: UUID, account: Account, day: date, reason: str) -> HandEntry:
    """A person says what it is, and it is posted. Raises NotFound, BadInput, Conflict where it is matched already."""
    kept = _waiting(store, by, kept_id)
    missing = kept.missing
    lines = (Entry(BANK, missing.currency, missing.minor), Entry(account, missing.currency, -missing.minor))
    made = post_by_hand(store, by, HandWish(by.ids.new(by.at), day, lines, reason))
    moves = [one for one in bank_moves(store, by.operator_id, missing.currency) if one.position == made.position]
    store.bank.put(matched(kept, moves, f"Posted by hand: {made.number}", by.actor, by.at))
    return made


def match_line(store: Store, by: Staff, kept_id: UUID, positions: Sequence[int]) -> None:
    """A person says which entries of the book it is. Raises NotFound, Conflict, BadInput where they do not come to it."""
    kept = _waiting(store, by, kept_id)
    moves = [one for one in bank_moves(store, by.operator_id, kept.missing.currency) if one.position in positions]
    if not moves or len(moves) != len(set(positions)):
        raise Conflict("moves_gone", "Not all of these entries wait for a line.", "Look again, and choose of those that do.")
    if off := sum(one.minor for one in moves) - kept.missing.minor:
        amount = Money(abs(off), kept.missing.currency)
        raise BadInput("entries", f"They come to {amount} {'more' if off > 0 else 'less'}.", "Choose those that come to the line.")
    store.bank.put(matched(kept, moves, "Matched by hand", by.actor, by.at))
    note(store, by, "bank.match", by.operator_id, f"{kept.line.amount} of {kept.line.day}: entries {', '.join(map(str, positions))}")


def _waiting(store: Store, by: Staff, kept_id: UUID) -> KeptLine:
    store.bank.lock(by.operator_id)
    kept = store.bank.line(by.operator_id, kept_id)
    if kept is None:
        raise NotFound("bank_line", "There is no such line.")
    if not kept.open:
        raise Conflict("line_over", "The line is matched already.", "Reload the page.")
    return kept


def bank_moves(store: Store, operator_id: OperatorId, currency: str) -> list[BankMove]:
    """What the book has on the bank and no line is yet. An entry by hand and the one that takes it back are nothing together."""
    waiting = store.bank.unmatched(operator_id, currency)
    by_hand: dict[UUID, int] = {}
    for one in waiting:
        if one.txn.key.startswith(f"{HAND_KEY}/"):
            by_hand[one.txn.subject] = by_hand.get(one.txn.subject, 0) + on_bank(one)
    zone = operator_zone(store, operator_id)
    return [
        BankMove(one.position, utc(one.txn.happened_at).astimezone(zone).date(), on_bank(one), one.txn)
        for one in waiting
        if by_hand.get(one.txn.subject, on_bank(one))
    ]


def on_bank(one: ChainedTxn) -> int:
    return sum(entry.minor for entry in one.txn.entries if entry.account == BANK)


def _keep(store: Store, by: Staff, statement: BankStatement) -> int:
    known = {one.account: one for one in store.bank.accounts(by.operator_id)}.get(statement.account)
    account = known or BankAccount(by.operator_id, statement.account, statement.begins, statement.closes, statement.closing)
    if account.closing.currency != statement.closing.currency:
        raise Conflict("bank_currency", f"{statement.account} was in {account.closing.currency}.", "Send the statements of that account.")
    seen = store.bank.known(by.operator_id, [one.id for one in statement.lines])
    fresh = [one for one in statement.lines if one.id not in seen]
    if any(one.day < account.since for one in fresh):
        text = f"{statement.name} has lines from before {account.since}, where the statements of {statement.account} begin."
        raise Conflict("bank_before", text, "Send statements from that day on.")
    for line in fresh:
        store.bank.put(KeptLine(line, by.operator_id, by.actor, by.at))
    if known is None and statement.opening.minor:
        opening = BankLine(_opening_id(account), account.account, account.since, statement.opening, OPENING, LineKind.OPENING)
        store.bank.put(KeptLine(opening, by.operator_id, by.actor, by.at))
    if known is None or statement.closes > known.closes or (statement.closes == known.closes and _fits(store, by, statement)):
        store.bank.put_account(replace(account, closes=statement.closes, closing=statement.closing))
    return len(fresh)


def _fits(store: Store, by: Staff, statement: BankStatement) -> bool:
    """Of two statements of one day the later one closes with all that we have."""
    return store.bank.sum_minor(by.operator_id, statement.account) == statement.closing.minor


def _opening_id(account: BankAccount) -> UUID:
    return line_id(account.account, "opening")


def _open(store: Store, by: Staff, account: BankAccount) -> None:
    """What the book had before the first statement, and no line of it is, is what the bank had. Of several accounts the first has it."""
    kept = store.bank.line(by.operator_id, _opening_id(account))
    moves = bank_moves(store, by.operator_id, account.closing.currency)
    earlier = [one for one in moves if one.day < account.since]
    if kept is not None and earlier:
        kept = matched(kept, earlier, "What the book had by then", by.actor, by.at)
        store.bank.put(kept)


def _look(store: Store, by: Staff, kept: KeptLine, moves: list[BankMove]) -> list[BankMove]:
    """moves: of the book, that wait for a line; the rest of them is given back."""
    move = move_of(kept.line, moves, partial(_names, store))
    if move is not None:
        store.bank.put(matched(kept, (move,), "In the book already", by.actor, by.at))
        return [one for one in moves if one != move]
    try:
        words = _book(store, by, kept.line)
    except (BadInput, Conflict) as refused:
        store.bank.put(replace(kept, words=f"{refused.text} {refused.remedy}".strip()))
        return moves
    if words:
        before = {one.position for one in moves}
        booked = [one for one in bank_moves(store, by.operator_id, kept.line.amount.currency) if one.position not in before]
        store.bank.put(matched(kept, booked, words, by.actor, by.at))
    return moves


def _book(store: Store, by: Staff, line: BankLine) -> str:
    """What a line says of itself is booked, where it fits to the cent. What was booked; empty where it names nothing. Raises a refusal of
    the step it would be, before anything is kept."""
    if line.kind is LineKind.FEE:
        store.ledger.post(_fee(store, by, line))
        return "Fee of the bank"
    if line.amount.minor > 0 and (payables := list(_payables(store, by.operator_id, line))):
        return _paid(store, by, line, payables)
    for payback in store.paybacks.waiting(by.operator_id) if line.amount.minor < 0 else ():
        if payback.number in line.numbers and payback.amount == -line.amount:
            mark_paid_back(store, by, payback.id, line.day, line.text)
            return f"{payback.number} paid back"
    for number in line.numbers if line.kind is LineKind.RETURNED and line.amount.minor > 0 else ():
        note_of = store.documents.by_number(by.operator_id, number)
        for payback in store.paybacks.of_note(note_of.id) if note_of else ():
            if not payback.open and payback.amount == line.amount:
                mark_returned(store, by, payback.id, line.text)
                return f"{number}: the transfer came back"
    for statement in store.partners.statements(by.operator_id) if any(one.startswith(f"{SERIES}-") for one in line.numbers) else ():
        if statement.number in line.numbers and statement.owed == -line.amount:
            settle_statement(store, by, statement.id, line.text)
            return f"{statement.number} settled"
    return ""


def _fee(store: Store, by: Staff, line: BankLine) -> Txn:
    at = datetime.combine(line.day, time(0), operator_zone(store, by.operator_id))
    text = f"Fee of the bank: {line.text}"[:200]
    return Txn(f"bank-fee/{line.id}", by.operator_id, at, text, line.id, (Posting(BANK, BANK_FEES, -line.amount),))


def _payables(store: Store, operator_id: OperatorId, line: BankLine) -> Iterator[Payable]:
    for number in line.numbers:
        invoice = store.documents.by_number(operator_id, number)
        found = invoice or store.statements.by_number(operator_id, number)
        if found is not None and (payable := lock_payable(store, found.id)) is not None:
            yield payable


def _paid(store: Store, by: Staff, line: BankLine, payables: Sequence[Payable]) -> str:
    """All that it names, if that is what it brings. Nothing of it is taken where not all can be."""
    numbers = ", ".join(one.number for one in payables)
    owed = [lacking(store, one) for one in payables if one.currency == line.amount.currency]
    if any(store.documents.correcting(one.id) or any(paid.asked for paid in store.payments.of_document(one.id)) for one in payables):
        raise Conflict("bank_unclear", f"It names {numbers}, credited or being paid.", _BY_PERSON)
    if len(owed) < len(payables) or any(one.minor <= 0 for one in owed) or sum(one.minor for one in owed) != line.amount.minor:
        said = " and ".join(map(str, owed)) or "another currency"
        raise Conflict("bank_amount", f"It names {numbers}, of which {said} is owed.", _BY_PERSON)
    for one in payables:
        take_transfer(store, by, one.id, line.text)
    return f"{numbers} paid"


def _names(store: Store, txn: Txn) -> tuple[str, ...]:
    """By which the bank may tell of an entry: a payout's id, a document's number, the reference that a person gave."""
    kind, _, rest = txn.key.partition("/")
    if kind == "payout":
        return (rest, txn.text.removeprefix("Paid out by the processor "))
    if kind == "transfer" and (payment := store.payments.payment(PaymentId(txn.subject))):
        paid = payment.document_id and (store.documents.document(payment.document_id) or store.statements.statement(payment.document_id))
        return (payment.reference, *((paid.number,) if paid else ()))
    if kind == "payback":
        return tuple(name for one in store.paybacks.of_note(DocumentId(txn.subject)) for name in (one.reference, one.number))
    if kind == "statement-paid" and (settled := store.partners.settled(txn.subject)):
        return (settled.reference, txn.text.partition(" ")[0])
    return (rest,) if kind == HAND_KEY else ()
