"""Payments beyond what a statement asks: they belong to its payer until the next statement uses them or they are transferred back."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from forecourt.billing import AccountStatement
from forecourt.flows.paying.clearing_findings import record_double_payment
from forecourt.flows.paying.payables import amount_due
from forecourt.flows.paying.refundable_amounts import file_of, unpromised_left, withheld_amount
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Money
from forecourt.payments import Captured, Payback, Payment, payback_for_surplus
from forecourt.settlement import Discrepancy, Mismatch


def surplus_of(store: Store, statement: AccountStatement) -> Money:
    """Payments beyond what a statement asks, including reminder fees, without what a cardholder's bank has, or may take, of them."""
    withheld = withheld_amount(store, store.payments.of_document(statement.id), statement.currency)
    beyond = _surplus_before_banks(store, statement, Money.zero(statement.currency))
    return beyond.twice + beyond.credited - beyond.returned_by_bank_of(withheld)


def surplus_returned_by_banks(store: Store, statement: AccountStatement, lost: Money) -> Money:
    """The part of a surplus that banks returned, and that was not returned another way. lost: what banks took of the payments."""
    return _surplus_before_banks(store, statement, surplus_returned(store, statement)).returned_by_bank_of(lost)


class _Surplus(NamedTuple):
    """twice: paid beyond the statement as issued. credited: what credit notes set against it since add to that.
    asked: what the statement still asks for."""

    twice: Money
    credited: Money
    asked: Money

    def returned_by_bank_of(self, withheld: Money) -> Money:
        """The part of a surplus that the payer got back from a bank which took `withheld`: first what was paid twice, then what is
        credited, but only as far as the bank took more than the statement still asks for, as that is lost."""
        zero = Money.zero(withheld.currency)
        return min(withheld, self.twice) + min(max(zero, withheld - self.twice - self.asked), self.credited)


def _surplus_before_banks(store: Store, statement: AccountStatement, sent: Money) -> _Surplus:
    """The surplus if no bank had taken anything back. sent: what was returned and no longer counts."""
    payments, case, zero = store.payments.of_document(statement.id), store.dunning.case(statement.id), Money.zero(statement.currency)
    lowered = amount_due(store, statement)
    requested = lowered + (case.beside if case else zero)
    beyond = max(zero, sum((one.captured - one.returning for one in payments), zero) - sent - requested)
    credited = min(beyond, statement.due - lowered)
    return _Surplus(beyond - credited, credited, requested)


def surplus_returned(store: Store, statement: AccountStatement) -> Money:
    """What was transferred back and is not asked for again."""
    case, zero = store.dunning.case(statement.id), Money.zero(statement.currency)
    return _transferred(store, statement) - (case.reclaimed_sum if case else zero)


def _transferred(store: Store, statement: AccountStatement) -> Money:
    return sum((one.amount for one in store.paybacks.of_note(statement.id) if not one.open), Money.zero(statement.currency))


def update_surplus_paybacks(store: Store, statement: AccountStatement, at: datetime, ids: Ids) -> None:
    """Let exactly the surplus await a transfer back; a return of money that a bank then took as well becomes a finding. Idempotent. The
    caller holds the statement's lock."""
    _drop_returned_reclaim(store, statement)
    surplus, sent = surplus_of(store, statement), surplus_returned(store, statement)
    remaining = max(Money.zero(statement.currency), surplus - sent)
    for one in _in_order(store, store.paybacks.of_note(statement.id)):
        part = min(one.amount, remaining)
        if not file_of(store, one):
            _shrink(store, one, part)
        remaining -= part
    for payment in _newest(store.payments.of_document(statement.id)):
        part = min(remaining, unpromised_left(store, payment))
        if part.minor > 0:
            store.paybacks.put(payback_for_surplus(statement, payment, part, ids.new(at), at))
            remaining -= part
    _find_double_refund(store, statement, (surplus, sent), at)


def _drop_returned_reclaim(store: Store, statement: AccountStatement) -> None:
    """A transfer that was asked back has itself been returned by the bank, so it is no longer owed."""
    case, sent = store.dunning.case(statement.id), _transferred(store, statement)
    if case is not None and case.reclaimed_sum > sent:
        amount = max(Money.zero(sent.currency), case.amount - (case.reclaimed_sum - sent))
        store.dunning.put(replace(case, reclaimed=sent, amount=amount))


def paybacks_without_surplus(store: Store, statement: AccountStatement) -> set[UUID]:
    """The waiting paybacks whose money is no longer there, as the payer's bank took it back."""
    unfunded, remaining = set[UUID](), surplus_of(store, statement) - surplus_returned(store, statement)
    for one in _in_order(store, store.paybacks.of_note(statement.id)):
        if one.amount > remaining:
            unfunded.add(one.id)
        else:
            remaining -= one.amount
    return unfunded


def _in_order(store: Store, paybacks: Iterable[Payback]) -> list[Payback]:
    """Waiting paybacks, those in a file first, as they may be under way."""
    return sorted((one for one in paybacks if one.open), key=lambda one: (not file_of(store, one), one.owed_at, one.id))


def _shrink(store: Store, one: Payback, part: Money) -> None:
    if part.minor <= 0:
        store.paybacks.drop(one.id)
    elif part < one.amount:
        store.paybacks.put(replace(one, amount=part))


def _newest(payments: Iterable[Payment]) -> list[Payment]:
    """Captured payments, newest first."""
    captured_payments = ((one.state.captured_at, one.made_at, one.id, one) for one in payments if isinstance(one.state, Captured))
    return [one for *_, one in sorted(captured_payments, reverse=True, key=lambda one: one[:3])]


def _find_double_refund(store: Store, statement: AccountStatement, surplus_and_sent: tuple[Money, Money], at: datetime) -> None:
    """surplus_and_sent: the surplus, and how much was returned."""
    (surplus, sent), paybacks = surplus_and_sent, store.paybacks.of_note(statement.id)
    origin = (statement.operator_id, paybacks[-1].payment_id if paybacks else None)
    text = f"{statement.number}: {sent - surplus} too much is to be reclaimed from the payer."
    record_double_payment(store, Discrepancy(Mismatch.TWICE, f"{statement.id}/twice", surplus, sent, at, *origin, text), sent - surplus, at)
