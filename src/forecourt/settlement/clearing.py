"""The processor's clearing file: each row as it is kept, and booked as what reached the bank and what the processor kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid5

from forecourt.kernel import BadInput, Money, OperatorId
from forecourt.ledger import BANK, CLEARING, FEES, Account, Posting, Txn
from forecourt.payments import ClearingLine, Payment, RowKind


@dataclass(frozen=True, slots=True)
class KeptRow:
    """operator_id: in whose book it belongs; None while nobody knows. booked: it stands there, or there is nothing to book."""

    line: ClearingLine
    operator_id: OperatorId | None
    seen_at: datetime
    booked: bool = False


def cleared(payment: Payment, line: ClearingLine) -> Txn:
    """A row about a payment as a transaction: the gross leaves clearing, the fee is a cost, the rest is at the bank.

    Raises BadInput for a row of another payment, another currency, or that moves nothing.
    """
    if line.payment_id != payment.id or line.gross.currency != payment.currency or line.fee.currency != payment.currency:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file is not about this payment.")
    moved = ((BANK, line.net), (FEES, line.fee))
    postings = tuple(_posting(CLEARING, account, amount) for account, amount in moved if amount)
    if not postings:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file moves nothing.")
    return Txn(f"cleared/{line.id}", payment.operator_id, line.at, "Cleared by the processor", payment.id, postings)


def fee_taken(operator_id: OperatorId, line: ClearingLine) -> Txn:
    """A row about the processor's own fee as a transaction: so much less reaches the bank. Raises BadInput for any other row."""
    if line.kind is not RowKind.FEE or not line.net:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file is no fee.")
    postings = (_posting(FEES, BANK, line.net),)
    return Txn(f"cleared/{line.id}", operator_id, line.at, "Fee of the processor", uuid5(operator_id, line.id), postings)


def _posting(source: Account, target: Account, amount: Money) -> Posting:
    return Posting(source, target, amount) if amount.minor > 0 else Posting(target, source, -amount)
