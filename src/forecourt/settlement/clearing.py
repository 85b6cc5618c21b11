"""The processor's clearing file, booked: what reached the bank, and what the processor kept."""

from forecourt.kernel import BadInput, Money
from forecourt.ledger import BANK, CLEARING, FEES, Account, Posting, Txn
from forecourt.payments import ClearingLine, Payment


def cleared(payment: Payment, line: ClearingLine) -> Txn:
    """A row of the clearing file as a transaction: the gross leaves clearing, the fee is a cost, the rest is at the bank.

    Raises BadInput for a row of another payment, another currency, or that moves nothing.
    """
    if line.payment_id != payment.id or line.gross.currency != payment.currency or line.fee.currency != payment.currency:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file is not about this payment.")
    moved = ((BANK, line.net), (FEES, line.fee))
    postings = tuple(_posting(account, amount) for account, amount in moved if amount)
    if not postings:
        raise BadInput("clearing_line", f"Row {line.id} of the clearing file moves nothing.")
    return Txn(f"cleared/{line.id}", payment.operator_id, line.at, "Cleared by the processor", payment.id, postings)


def _posting(account: Account, amount: Money) -> Posting:
    return Posting(CLEARING, account, amount) if amount.minor > 0 else Posting(account, CLEARING, -amount)
