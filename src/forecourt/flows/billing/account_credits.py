"""Credit notes that a month's bills on account do not use up: each stands with the statement of the bill it takes back, which asks for
less from then on, and what was paid of that beyond it goes back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from forecourt.billing import AccountStatement, DocumentKind, Invoice, note_taken_over, owed_for
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying import refund, unpaid
from forecourt.flows.paying.barred_paybacks import after_money_back
from forecourt.flows.paying.dunning import forgiven, settled
from forecourt.flows.paying.payables import asked_of, share_paid
from forecourt.flows.paying.returnable import disputes_of, there
from forecourt.flows.paying.surplus import sent_back, surplus_of
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids, Money
from forecourt.payments import DEBIT, TRANSFER, WRITTEN_OFF, Captured, DisputeState, Refunding, Unknown


def stand_back(store: Store, waiting: Sequence[Invoice], at: datetime, ids: Ids) -> list[Invoice]:
    """waiting: a payer's documents of one currency, which may come to less than nothing. Those that are left for the next statement; they
    come to less than nothing only where a bank decides yet, money is on its way, nobody paid what is credited, or more is credited than the
    statement of it asks, as an earlier credit note had paid of that."""
    left, notes = list(waiting), [one for one in waiting if one.kind is DocumentKind.CREDIT_NOTE and one.due]
    lowered: dict[DocumentId, tuple[AccountStatement, list[Invoice]]] = {}
    while left and notes and (beyond := -owed_for(left)).minor > 0:
        # As little as possible goes to and fro.
        one = min((each for each in notes if each.due >= beyond), key=_small, default=None) or max(notes, key=_small)
        notes.remove(one)
        statement = _paid_with(store, one)
        if statement is not None:
            _, off = lowered.setdefault(statement.id, (statement, []))
            if sum((each.due for each in off), one.due) <= asked_of(store, statement):
                off.append(one)
                left.remove(one)
    for statement, off in lowered.values():
        if off:
            _lower(store, statement, off, at, ids)
    return left


def _small(one: Invoice) -> tuple[int, str]:
    return one.due.minor, one.number


def _paid_with(store: Store, one: Invoice) -> AccountStatement | None:
    """The statement of what it takes back. None: it has none yet, or it is not known what of it was paid."""
    stated = store.statements.of_document(one.content.corrects) if one.content.corrects else None
    statement = store.statements.lock(stated) if stated else None
    if statement is None:
        return None
    case, payments = store.dunning.case(statement.id), store.payments.of_document(statement.id)
    unsure = any((each.asked and each.method != DEBIT) or isinstance(each.state, Refunding | Unknown) for each in payments)
    taken = any(bank.open or bank.state is DisputeState.LOST for bank in disputes_of(store, payments))
    return None if unsure or taken or (case is not None and case.outcome == WRITTEN_OFF) else statement


def _lower(store: Store, statement: AccountStatement, off: Sequence[Invoice], at: datetime, ids: Ids) -> None:
    lacked = unpaid(store, statement)
    for one in off:
        store.statements.take_off(one.id, statement.id)
        moved = note_taken_over(statement, one, at)
        if moved is not None:
            store.ledger.post(moved)
    _lower_debt(store, statement, at)
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


def _lower_debt(store: Store, statement: AccountStatement, at: datetime) -> None:
    case = store.dunning.case(statement.id)
    if case is None or not case.open:
        return
    if not asked_of(store, statement):
        forgiven(store, statement, at)
        return
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
