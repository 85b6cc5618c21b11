"""Rows of the processor's clearing file as stored and booked: what the processor owes us, what it kept, what it paid to the bank."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid5

from forecourt.kernel import BadInput, Money, OperatorId
from forecourt.ledger import AT_PROCESSOR, BANK, CLEARING, FEES, Posting, Txn
from forecourt.payments import ClearingLine, Payment, RowKind

# Rows for money between the processor and the bank.
PAYOUTS = frozenset({RowKind.PAYOUT, RowKind.RETURNED})


@dataclass(frozen=True, slots=True)
class StoredRow:
    """operator_id: whose ledger it belongs to; None while unknown. booked: it is in that ledger, or there is nothing to book."""

    line: ClearingLine
    operator_id: OperatorId | None
    seen_at: datetime
    booked: bool = False


def clearing_txn(payment: Payment, line: ClearingLine) -> Txn:
    """Book a row about a payment: the gross leaves clearing, the fee is a cost, and the processor owes the rest.

    Raises BadInput if the row is about another payment or in another currency, or moves nothing.
    """
    if line.payment_id != payment.id or line.gross.currency != payment.currency or line.fee.currency != payment.currency:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file is not about this payment.")
    amounts = ((AT_PROCESSOR, line.net), (FEES, line.fee))
    postings = tuple(Posting.of(CLEARING, account, amount) for account, amount in amounts if amount)
    if not postings:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file moves nothing.")
    return Txn(f"cleared/{line.id}", payment.operator_id, line.at, "Cleared by the processor", payment.id, postings)


def fee_txn(operator_id: OperatorId, line: ClearingLine) -> Txn:
    """Book a row for the processor's own fee, which reduces the payout. Raises BadInput for any other row."""
    if line.kind is not RowKind.FEE or not line.net:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file is no fee.")
    postings = (Posting.of(FEES, AT_PROCESSOR, line.net),)
    return Txn(f"cleared/{line.id}", operator_id, line.at, "Fee of the processor", uuid5(operator_id, line.id), postings)


def payout_txn(operator_id: OperatorId, line: ClearingLine, net: Money | None = None) -> Txn:
    """Book a payout to the bank, or one that came back; the cost of making it is a fee. net: this operator's part of a payout that it
    shares with others. Raises BadInput for any other row, and for one that moves nothing."""
    amount = -line.net if net is None else net
    if line.kind not in PAYOUTS or not amount:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file is no payout.")
    amounts = ((BANK, amount - line.fee), (FEES, line.fee))
    postings = tuple(Posting.of(AT_PROCESSOR, account, amount) for account, amount in amounts if amount)
    text = f"Paid out by the processor {line.payout}".strip() if amount.minor > 0 else "A payout came back to the processor"
    return Txn(f"payout/{line.id}", operator_id, line.at, text, uuid5(operator_id, line.id), postings)
