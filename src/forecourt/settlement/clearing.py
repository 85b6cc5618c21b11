"""The processor's clearing file: each row as it is kept, and booked: what the processor owes us, what it kept, what went to the bank."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid5

from forecourt.kernel import BadInput, Money, OperatorId
from forecourt.ledger import AT_PROCESSOR, BANK, CLEARING, FEES, Posting, Txn
from forecourt.payments import ClearingLine, Payment, RowKind

# What moves between the processor and the bank.
PAYOUTS = frozenset({RowKind.PAYOUT, RowKind.RETURNED})


@dataclass(frozen=True, slots=True)
class KeptRow:
    """operator_id: in whose book it belongs; None while nobody knows. booked: it stands there, or there is nothing to book."""

    line: ClearingLine
    operator_id: OperatorId | None
    seen_at: datetime
    booked: bool = False


def cleared(payment: Payment, line: ClearingLine) -> Txn:
    """A row about a payment as a transaction: the gross leaves clearing, the fee is a cost, the rest is owed by the processor.

    Raises BadInput for a row of another payment, another currency, or that moves nothing.
    """
    if line.payment_id != payment.id or line.gross.currency != payment.currency or line.fee.currency != payment.currency:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file is not about this payment.")
    moved = ((AT_PROCESSOR, line.net), (FEES, line.fee))
    postings = tuple(Posting.of(CLEARING, account, amount) for account, amount in moved if amount)
    if not postings:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file moves nothing.")
    return Txn(f"cleared/{line.id}", payment.operator_id, line.at, "Cleared by the processor", payment.id, postings)


def fee_taken(operator_id: OperatorId, line: ClearingLine) -> Txn:
    """A row about the processor's own fee as a transaction: so much less is paid out. Raises BadInput for any other row."""
    if line.kind is not RowKind.FEE or not line.net:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file is no fee.")
    postings = (Posting.of(FEES, AT_PROCESSOR, line.net),)
    return Txn(f"cleared/{line.id}", operator_id, line.at, "Fee of the processor", uuid5(operator_id, line.id), postings)


def paid_out(operator_id: OperatorId, line: ClearingLine, net: Money | None = None) -> Txn:
    """A payout as a transaction, or one that came back: the bank has it, and what its making cost is a fee. net: what left the processor of
    this operator's, where the payout is not its alone. Raises BadInput for any other row, and for one that moves nothing."""
    left = -line.net if net is None else net
    if line.kind not in PAYOUTS or not left:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file is no payout.")
    moved = ((BANK, left - line.fee), (FEES, line.fee))
    postings = tuple(Posting.of(AT_PROCESSOR, account, amount) for account, amount in moved if amount)
    text = f"Paid out by the processor {line.payout}".strip() if left.minor > 0 else "A payout came back to the processor"
    return Txn(f"payout/{line.id}", operator_id, line.at, text, uuid5(operator_id, line.id), postings)
