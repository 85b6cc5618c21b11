"""Whether debt keeps a driver from the next charge."""

from collections.abc import Sequence

from forecourt.drivers import DebtStatus
from forecourt.kernel import DocumentId, Money
from forecourt.payments.direct_debits import DEBIT
from forecourt.payments.dunning import DunningCase
from forecourt.payments.model import Declined, Payment


def debt_status_of(payments: Sequence[Payment], cases: Sequence[DunningCase] = ()) -> DebtStatus:
    """What a driver owes, from the driver's payments and dunning cases in any order.

    A document whose newest payment was declined is owed, and blocks. If it has a dunning case, the case says what is owed and
    whether that blocks yet; a closed case owes nothing, nor does a refused direct debit without a case: it was paid another way.
    Among several currencies the first is reported. Declined holds belong to no document and owe nothing.
    """
    newest: dict[DocumentId, Payment] = {}
    for payment in sorted(payments, key=lambda one: (one.made_at, not isinstance(one.state, Declined))):
        if payment.document_id is not None:
            newest[payment.document_id] = payment
    known = {one.document_id for one in cases}
    open_payments = [one for key, one in newest.items() if key not in known and one.method != DEBIT]
    declined = [one.state.amount for one in open_payments if isinstance(one.state, Declined)]
    owed: Money | None = None
    for amount in (*declined, *(one.owed for one in cases if one.open)):
        owed = amount if owed is None else owed + amount if owed.currency == amount.currency else owed
    return DebtStatus(owed, blocked=bool(declined) or any(one.blocks for one in cases))


def paid_so_far(payments: Sequence[Payment], currency: str) -> Money:
    """What the payments of one document have captured. Refunds were intended, so they are not to be charged again."""
    return sum((one.taken for one in payments), Money.zero(currency))


def amount_under_way(payments: Sequence[Payment], currency: str) -> Money:
    """What is being charged for one document, or may have been (unknown): not to be charged a second time."""
    return sum((one.pending_amount for one in payments), Money.zero(currency))
