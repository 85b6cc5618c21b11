"""Credit notes that a monthly statement does not use up, or whose statement is written off. Each is set against the statement of the bill
it credits: that statement then asks for less, and any payment beyond that is returned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from forecourt.billing import AccountStatement, DocumentKind, Invoice, credit_note_takeover, statement_total
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_day, operator_month
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money
from forecourt.flows.paying.dunning import close_case_as_credited, close_case_if_paid
from forecourt.flows.paying.pay import refund, unpaid
from forecourt.flows.paying.payables import amount_due, later_notes, share_payment
from forecourt.flows.paying.recovered_debts import reverse_paid_write_off
from forecourt.flows.paying.refundable_amounts import disputes_of, refundable_part
from forecourt.flows.paying.surplus import surplus_of, surplus_returned
from forecourt.flows.ports.statements import AppliedCredit
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids, Money
from forecourt.payments import DEBIT, TRANSFER, WRITTEN_OFF, Captured, DisputeState, Refunding, Unknown


class CreditWait(StrEnum):
    """What a credit on account waits for. MONTH: the month's end. MOVING: statement payments under way. BANK: a cardholder's bank."""

    MONTH = "MONTH"
    MOVING = "MOVING"
    BANK = "BANK"


@dataclass(frozen=True, slots=True)
class WaitingCredit:
    """statement: that of the credited bill. looked_at: the day, in the operator's zone, on which a later statement uses it, it is returned,
    or that is checked again."""

    note: Invoice
    statement: AccountStatement
    waits: CreditWait
    looked_at: date


def credits_waiting(store: Store, notes: Sequence[Invoice], at: datetime) -> list[WaitingCredit]:
    """For each of these waiting notes (`credits`): what it waits for, and until when."""
    found = ((one, store.statements.of_document(one.content.corrects)) for one in notes if one.content.corrects)
    stated = ((one, store.statements.statement(about)) for one, about in found if about)
    return [
        WaitingCredit(one, statement, _waits_for(store, statement), _next_check(store, one, at)) for one, statement in stated if statement
    ]


def _next_check(store: Store, one: Invoice, at: datetime) -> date:
    return operator_day(store, one.operator_id, operator_month(store, one.operator_id, at, 1).start)


def _waits_for(store: Store, statement: AccountStatement) -> CreditWait:
    if any(bank.open for bank in disputes_of(store, store.payments.of_document(statement.id))):
        return CreditWait.BANK
    return CreditWait.MONTH if is_paid_amount_final(store, statement) else CreditWait.MOVING


def set_off_credits(store: Store, waiting: Sequence[Invoice], at: datetime, ids: Ids) -> list[Invoice]:
    """Set credit notes against earlier statements until what is left is not negative. waiting: a payer's documents in one currency, whose
    total may be negative. Returns those left for the next statement; their total is only negative while a bank or payment is undecided."""
    notes, plan = [one for one in waiting if one.kind is DocumentKind.CREDIT_NOTE and one.due], _Plan(store)
    left = list(waiting)
    for one in [each for each in notes if _is_lost(store, each)]:
        notes.remove(one)
        if plan.place(one):
            left.remove(one)
    while left and notes and (beyond := -statement_total(left)).minor > 0:
        # Move as little money as possible.
        one = min((each for each in notes if each.due >= beyond), key=_by_amount, default=None) or max(notes, key=_by_amount)
        notes.remove(one)
        if plan.place(one):
            left.remove(one)
    _carry_out(store, plan, at, ids)
    return left


def set_off_before_write_off(store: Store, statement: AccountStatement, at: datetime, ids: Ids) -> None:
    """Before a statement is written off, set its waiting credit notes against it, since nobody has paid them."""
    plan = _Plan(store)
    for one in sorted(later_notes(store, statement), key=_by_amount):
        if one.due and store.statements.of_document(one.id) is None:
            plan.place(one)
    _carry_out(store, plan, at, ids)


class _Plan:
    """Which credit notes lower which statements, and by how much; the statement of the credited bill comes first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.placed: list[tuple[Invoice, dict[DocumentId, Money]]] = []

    def place(self, one: Invoice) -> bool:
        """Place a note, if all of it fits: against the statement of its bill and, beyond what that asks, against the statements whose
        credits helped to pay it."""
        statement, parts = _statement_of_credited(self._store, one), dict[DocumentId, Money]()
        if statement is None or self._take(parts, one.due, statement) < one.due:
            return False
        self.placed.append((one, parts))
        return True

    def lowers(self, statement_id: DocumentId) -> list[AppliedCredit]:
        found = ((one, parts.get(statement_id)) for one, parts in self.placed)
        return [AppliedCredit(one, amount) for one, amount in found if amount]

    def _take(self, parts: dict[DocumentId, Money], wanted: Money, statement: AccountStatement) -> Money:
        zero = Money.zero(wanted.currency)
        if not is_paid_amount_final(self._store, statement):
            return zero
        planned = sum((one.amount for one in self.lowers(statement.id)), parts.get(statement.id, zero))
        taken = min(wanted, max(zero, amount_due(self._store, statement) - planned))
        parts[statement.id] = parts.get(statement.id, zero) + taken
        for line in statement.lines:
            earlier = self._store.documents.document(line.document_id) if line.amount.minor < 0 and taken < wanted else None
            earlier_statement = _statement_of_credited(self._store, earlier) if earlier else None
            if earlier_statement is not None:
                taken += self._take(parts, min(wanted - taken, -line.amount), earlier_statement)
        return taken


def _by_amount(one: Invoice) -> tuple[int, str]:
    return one.due.minor, one.number


def _statement_of_credited(store: Store, one: Invoice) -> AccountStatement | None:
    """The statement of the credited bill; None if it has none yet."""
    stated = store.statements.of_document(one.content.corrects) if one.content.corrects else None
    return store.statements.lock(stated) if stated else None


def is_paid_amount_final(store: Store, statement: AccountStatement) -> bool:
    """Whether it is certain what was paid of a statement: no payment is under way, and no bank has to decide on one."""
    payments = store.payments.of_document(statement.id)
    moving = any((each.pending_amount and each.method != DEBIT) or isinstance(each.state, Refunding | Unknown) for each in payments)
    return not moving and not any(bank.open for bank in disputes_of(store, payments))


def _is_lost(store: Store, one: Invoice) -> bool:
    """Whether the note's statement was written off or lost a dispute: nobody paid it, or its payer got it back: the note pays nothing."""
    statement = _statement_of_credited(store, one)
    if statement is None:
        return False
    case, disputes = store.dunning.case(statement.id), disputes_of(store, store.payments.of_document(statement.id))
    return (case is not None and case.outcome == WRITTEN_OFF) or any(bank.state is DisputeState.LOST for bank in disputes)


class _Before(NamedTuple):
    """A statement before it is lowered: what was unpaid of it, and what it asked for."""

    lacked: Money
    asked: Money


def _carry_out(store: Store, plan: _Plan, at: datetime, ids: Ids) -> None:
    locked_statements = {about: store.statements.lock(about) for _, parts in plan.placed for about in parts}
    lowered = [one for one in locked_statements.values() if one is not None and plan.lowers(one.id)]
    before = {one.id: _Before(unpaid(store, one), amount_due(store, one)) for one in lowered}
    for one, parts in plan.placed:
        statement_id, *others = parts
        store.statements.apply_credit(one.id, statement_id, {about: parts[about] for about in others if parts[about]})
        statement = locked_statements[statement_id]
        takeover = credit_note_takeover(statement, one, at) if statement else None
        if takeover is not None:
            store.ledger.post(takeover)
    for statement in lowered:
        _lower_statement(store, statement, plan.lowers(statement.id), before[statement.id], at, ids)


def _lower_statement(
    store: Store, statement: AccountStatement, credits_: Sequence[AppliedCredit], before: _Before, at: datetime, ids: Ids
) -> None:
    _lower_debt(store, statement, before.asked, at)
    if before.lacked.minor > 0 >= unpaid(store, statement).minor:
        share_payment(store, statement, at, ids)
    note_numbers = ", ".join(one.note.number for one in credits_)
    _refund_to_cards(store, statement, note_numbers, at, ids)
    follow_up_returned_money(store, statement.id, at, ids)
    amount = sum((one.amount for one in credits_), Money.zero(statement.currency))
    note(
        store,
        Staff(statement.operator_id, "system", at, ids),
        "statement.lowered",
        statement.id,
        f"{statement.number}: {amount}, {note_numbers}"[:400],
    )


def _lower_debt(store: Store, statement: AccountStatement, before: Money, at: datetime) -> None:
    """before: what the statement asked for. A write-off is reversed as far as the statement is credited."""
    case = store.dunning.case(statement.id)
    if case is not None and case.outcome == WRITTEN_OFF:
        reverse_paid_write_off(store, statement, case, at, before)
    elif case is not None and case.open and not amount_due(store, statement) and unpaid(store, statement) <= case.fees:
        close_case_as_credited(store, statement, at)
    elif case is not None and case.open:
        unpaid_amount = unpaid(store, statement) - case.fees
        store.dunning.put(replace(case, amount=max(unpaid_amount, Money.zero(unpaid_amount.currency))))
        close_case_if_paid(store, statement.id, at)


def _refund_to_cards(store: Store, statement: AccountStatement, reason: str, at: datetime, ids: Ids) -> None:
    """Refund what exceeds the statement and does not await a transfer, newest payment first. Bank payments are returned by transfer."""
    open_paybacks = [each.amount for each in store.paybacks.of_note(statement.id) if each.open]
    remaining = surplus_of(store, statement) - surplus_returned(store, statement) - sum(open_paybacks, Money.zero(statement.currency))
    payments = [store.payments.lock(each.id) for each in store.payments.of_document(statement.id)]
    for payment in sorted(filter(None, payments), key=lambda each: (each.made_at, each.id), reverse=True):
        part = min(remaining, refundable_part(store, payment))
        if part.minor > 0 and isinstance(payment.state, Captured) and payment.method not in (TRANSFER, DEBIT):
            refund(store, payment.id, part, reason[:200], at, ids)
            remaining -= part
