"""Credit notes that a month's bills on account do not use up, or of a statement that is given up: each stands with the statement of the
bill it takes back, which asks for less from then on, and what was paid of that beyond it goes back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from forecourt.billing import AccountStatement, DocumentKind, Invoice, note_taken_over, owed_for
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.own import operator_day, operator_month
from forecourt.flows.paying.barred_paybacks import after_money_back
from forecourt.flows.paying.dunning import forgiven, settled
from forecourt.flows.paying.pay import refund, unpaid
from forecourt.flows.paying.payables import asked_of, later_notes, share_paid
from forecourt.flows.paying.recovered_debts import revive_paid
from forecourt.flows.paying.returnable import disputes_of, there
from forecourt.flows.paying.surplus import sent_back, surplus_of
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids, Money
from forecourt.payments import DEBIT, TRANSFER, WRITTEN_OFF, Captured, DisputeState, Refunding, Unknown


class Waits(StrEnum):
    """For what a credit on account waits. MONTH: its end. MOVING: money of the statement is on its way. BANK: a cardholder's bank decides.
    LATER_BILL: it is more than the statement asks, as an earlier credit has paid of that: a later bill takes it."""

    MONTH = "MONTH"
    MOVING = "MOVING"
    BANK = "BANK"
    LATER_BILL = "LATER_BILL"


@dataclass(frozen=True, slots=True)
class WaitingCredit:
    """statement: of the bill that it takes back. looked_at: the day, at the operator, on which a later statement takes it, or it goes back,
    or that is looked at again."""

    note: Invoice
    statement: AccountStatement
    waits: Waits
    looked_at: date


def credits_waiting(store: Store, notes: Sequence[Invoice], at: datetime) -> list[WaitingCredit]:
    """Of notes that the store says wait (`credits`): for what, and until when."""
    found = ((one, store.statements.of_document(one.content.corrects)) for one in notes if one.content.corrects)
    stated = ((one, store.statements.statement(about)) for one, about in found if about)
    return [
        WaitingCredit(one, statement, _waits(store, one, statement), _next_look(store, one, at)) for one, statement in stated if statement
    ]


def _next_look(store: Store, one: Invoice, at: datetime) -> date:
    return operator_day(store, one.operator_id, operator_month(store, one.operator_id, at, 1).start)


def _waits(store: Store, one: Invoice, statement: AccountStatement) -> Waits:
    if any(bank.open for bank in disputes_of(store, store.payments.of_document(statement.id))):
        return Waits.BANK
    if not is_sure(store, statement):
        return Waits.MOVING
    return Waits.MONTH if one.due <= asked_of(store, statement) else Waits.LATER_BILL


def stand_back(store: Store, waiting: Sequence[Invoice], at: datetime, ids: Ids) -> list[Invoice]:
    """waiting: a payer's documents of one currency, which may come to less than nothing. Those that are left for the next statement; they
    come to less than nothing only where a bank decides yet, money is on its way, or more is credited than the statement of it asks, as an
    earlier credit note had paid of that."""
    notes = [one for one in waiting if one.kind is DocumentKind.CREDIT_NOTE and one.due]
    lowered: dict[DocumentId, tuple[AccountStatement, list[Invoice]]] = {}
    left = list(waiting)
    for one in [each for each in notes if _is_lost(store, each)]:
        notes.remove(one)
        _stand(store, one, lowered, left)
    while left and notes and (beyond := -owed_for(left)).minor > 0:
        # As little as possible goes to and fro.
        one = min((each for each in notes if each.due >= beyond), key=_small, default=None) or max(notes, key=_small)
        notes.remove(one)
        _stand(store, one, lowered, left)
    for statement, off in lowered.values():
        if off:
            _lower(store, statement, off, at, ids)
    return left


def stand_before_loss(store: Store, statement: AccountStatement, at: datetime, ids: Ids) -> None:
    """A statement is about to be given up: credit notes that wait for a later one lower it first, for nobody has paid them."""
    off, asked = list[Invoice](), asked_of(store, statement)
    for one in sorted(later_notes(store, statement), key=_small) if is_sure(store, statement) else ():
        if one.due and store.statements.of_document(one.id) is None and sum((each.due for each in off), one.due) <= asked:
            off.append(one)
    if off:
        _lower(store, statement, off, at, ids)


def _small(one: Invoice) -> tuple[int, str]:
    return one.due.minor, one.number


def _stand(store: Store, one: Invoice, lowered: dict[DocumentId, tuple[AccountStatement, list[Invoice]]], left: list[Invoice]) -> None:
    """Moves it from what is left to what lowers the statement of its bill, where it can."""
    statement = _stated_with(store, one)
    if statement is None or not is_sure(store, statement):
        return
    _, off = lowered.setdefault(statement.id, (statement, []))
    if sum((each.due for each in off), one.due) <= asked_of(store, statement):
        off.append(one)
        left.remove(one)


def _stated_with(store: Store, one: Invoice) -> AccountStatement | None:
    """The statement of what it takes back; None: it has none yet."""
    stated = store.statements.of_document(one.content.corrects) if one.content.corrects else None
    return store.statements.lock(stated) if stated else None


def is_sure(store: Store, statement: AccountStatement) -> bool:
    """It is known what of it was paid: no money of it is on its way, and no bank decides whose it is."""
    payments = store.payments.of_document(statement.id)
    moving = any((each.asked and each.method != DEBIT) or isinstance(each.state, Refunding | Unknown) for each in payments)
    return not moving and not any(bank.open for bank in disputes_of(store, payments))


def _is_lost(store: Store, one: Invoice) -> bool:
    """Its statement was given up, or a bank has kept of it: nobody paid it, or its payer has it back. It pays no later bill."""
    statement = _stated_with(store, one)
    if statement is None:
        return False
    case, disputes = store.dunning.case(statement.id), disputes_of(store, store.payments.of_document(statement.id))
    return (case is not None and case.outcome == WRITTEN_OFF) or any(bank.state is DisputeState.LOST for bank in disputes)


def _lower(store: Store, statement: AccountStatement, off: Sequence[Invoice], at: datetime, ids: Ids) -> None:
    lacked, before = unpaid(store, statement), asked_of(store, statement)
    for one in off:
        store.statements.take_off(one.id, statement.id)
        moved = note_taken_over(statement, one, at)
        if moved is not None:
            store.ledger.post(moved)
    _lower_debt(store, statement, before, at)
    if lacked.minor > 0 >= unpaid(store, statement).minor:
        share_paid(store, statement, at, ids)
    told = ", ".join(one.number for one in off)
    _to_cards(store, statement, told, at, ids)
    after_money_back(store, statement.id, at, ids)
    amount = sum((one.due for one in off), Money.zero(statement.currency))
    note(
        store,
        Staff(statement.operator_id, "system", at, ids),
        "statement.lowered",
        statement.id,
        f"{statement.number}: {amount}, {told}"[:400],
    )


def _lower_debt(store: Store, statement: AccountStatement, before: Money, at: datetime) -> None:
    """before: what it was over. What was given up of it is lost no longer, as far as it is credited."""
    case = store.dunning.case(statement.id)
    if case is not None and case.outcome == WRITTEN_OFF:
        revive_paid(store, statement, case, at, before)
    elif case is not None and case.open and not asked_of(store, statement):
        forgiven(store, statement, at)
    elif case is not None and case.open:
        lacks = unpaid(store, statement) - case.fees
        store.dunning.put(replace(case, amount=max(lacks, Money.zero(lacks.currency))))
        settled(store, statement.id, at)


def _to_cards(store: Store, statement: AccountStatement, why: str, at: datetime, ids: Ids) -> None:
    """What is beyond the statement and waits for no transfer back, the newest payment first. What banks have moved is transferred back."""
    backs = [each.amount for each in store.paybacks.of_note(statement.id) if each.open]
    left = surplus_of(store, statement) - sent_back(store, statement) - sum(backs, Money.zero(statement.currency))
    payments = [store.payments.lock(each.id) for each in store.payments.of_document(statement.id)]
    for payment in sorted(filter(None, payments), key=lambda each: (each.made_at, each.id), reverse=True):
        part = min(left, there(store, payment))
        if part.minor > 0 and isinstance(payment.state, Captured) and payment.method not in (TRANSFER, DEBIT):
            refund(store, payment.id, part, why[:200], at, ids)
            left -= part
