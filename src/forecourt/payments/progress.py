"""The payment status of a document as its payer sees it: how it was paid, what it is being charged to, or when it is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from forecourt.billing import BUYER_CORRECTED, AccountStatement, DocumentKind, Invoice
from forecourt.drivers import Driver
from forecourt.kernel import Money
from forecourt.payments.debt_status import amount_under_way, paid_so_far
from forecourt.payments.direct_debits import DEBIT, is_debit_called_off
from forecourt.payments.dunning import DunningCase
from forecourt.payments.mandates import Mandate
from forecourt.payments.model import Declined, Payment


class PaymentStatus(StrEnum):
    """Named after the sentences that express it."""

    CREDITED = "CREDITED"
    CREDITED_HAD = "CREDITED_HAD"  # the cardholder's bank has returned some of it, by a lost dispute
    CREDITED_MOVED = "CREDITED_MOVED"  # what was paid counts for the bill that replaces it, with another buyer
    CREDITED_ACCOUNT = "CREDITED_ACCOUNT"  # it lowers the next statement
    NOTHING = "NOTHING"
    SETTLED = "SETTLED"  # in full, by partners
    PAID = "PAID"
    CARD = "CARD"  # being charged to a card
    ACCOUNT = "ACCOUNT"  # part of the monthly statement
    FAILED = "FAILED"  # a payment was declined, or there was nothing to charge
    DUE = "DUE"  # no stored method to charge
    STATED_TAKEN = "STATED_TAKEN"
    STATED_TRANSFER = "STATED_TRANSFER"
    STATED_DEBIT = "STATED_DEBIT"  # collected by direct debit
    STATED_DEBIT_OFF = "STATED_DEBIT_OFF"  # the same, but the announced day was called off: a new one will be announced


@dataclass(frozen=True, slots=True)
class PaymentProgress:
    """left: still to be paid. at: when the last payment came or, if payment is due, the due date. methods: those that paid it, each once.
    guest: the payer has no account and pays on the charge's page. mandate: under which it is collected."""

    status: PaymentStatus
    left: Money
    at: datetime | None = None
    methods: tuple[str, ...] = ()
    guest: bool = False
    mandate: Mandate | None = None


class DocumentHistory(NamedTuple):
    """What became of a document. case: after it failed or was overdue, with reminder fees. mandate: the valid one, if it is collected by
    direct debit. taken_off: by credit notes added to the statement since. debited_at: the day of the file that collects it."""

    case: DunningCase | None = None
    mandate: Mandate | None = None
    taken_off: Money | None = None
    debited_at: datetime | None = None


def payment_progress(
    document: Invoice | AccountStatement, payments: Sequence[Payment], payer: Driver, due_days: int, since: DocumentHistory | None = None
) -> PaymentProgress:
    """due_days: days to pay if nothing is charged automatically, by the operator's rules, unless the document says so itself."""
    zero, (case, mandate, taken_off, debited_at) = Money.zero(document.currency), since or DocumentHistory()
    stated, remaining = isinstance(document, AccountStatement), document.due - paid_so_far(payments, document.currency)
    remaining += (case.reclaimed_sum if case else zero) - (taken_off or zero)
    if isinstance(document, Invoice) and (settled_status := _status_without_payment(document, payer)):
        return PaymentProgress(settled_status, remaining)
    if remaining.minor <= 0:
        last = max(filter(None, (one.captured_at for one in payments)), default=None)
        if last is None:
            return PaymentProgress(PaymentStatus.NOTHING, remaining)
        return PaymentProgress(PaymentStatus.PAID, remaining, last, tuple(dict.fromkeys(one.method for one in payments if one.taken)))
    progress = PaymentProgress(PaymentStatus.STATED_TAKEN if stated else PaymentStatus.CARD, remaining)
    under_way = amount_under_way(payments, document.currency)
    due = document.issued_at + document.parties.due_after(due_days)
    if mandate:
        due = max(due, mandate.given_at)
    if mandate and any(one.pending_amount for one in payments if one.method == DEBIT):
        return PaymentProgress(PaymentStatus.STATED_DEBIT, under_way, debited_at or due, mandate=mandate)
    if under_way:
        return progress
    fees, declined = case.fees if case and case.open else None, any(isinstance(one.state, Declined) for one in payments)
    amount_due = remaining + fees if fees else remaining
    if mandate and not debit_was_refused(payments):
        if is_debit_called_off(payments):
            return PaymentProgress(PaymentStatus.STATED_DEBIT_OFF, amount_due, mandate=mandate)
        return PaymentProgress(PaymentStatus.STATED_DEBIT, amount_due, due, mandate=mandate)
    if stated and not payer.payment_method and not declined:
        return PaymentProgress(PaymentStatus.STATED_TRANSFER, amount_due, due)
    if declined or fees is not None:
        return PaymentProgress(PaymentStatus.FAILED, amount_due, guest=payer.guest)
    if isinstance(document, Invoice) and document.content.parties.on_account(payer.pay_by):
        return PaymentProgress(PaymentStatus.ACCOUNT, remaining)
    return progress if payer.payment_method else PaymentProgress(PaymentStatus.DUE, remaining, due, guest=payer.guest)


def debit_was_refused(payments: Sequence[Payment]) -> bool:
    """Whether the payer's bank refused a debit, or reversed it later: what is owed is then collected in other ways."""
    return any(one.method == DEBIT and isinstance(one.state, Declined) for one in payments)


def _status_without_payment(document: Invoice, payer: Driver) -> PaymentStatus | None:
    """The status of a document that nobody is asked to pay; None if somebody is."""
    if document.kind is DocumentKind.CREDIT_NOTE and document.content.reason == BUYER_CORRECTED:
        return PaymentStatus.CREDITED_MOVED
    if document.kind is DocumentKind.CREDIT_NOTE:
        return PaymentStatus.CREDITED_ACCOUNT if document.content.parties.on_account(payer.pay_by) else PaymentStatus.CREDITED
    if not document.due:
        return PaymentStatus.SETTLED if document.gross else PaymentStatus.NOTHING
    return None
