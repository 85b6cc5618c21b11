"""Whether debt stands between a driver and the next charge."""

from collections.abc import Sequence

from forecourt.drivers import Standing
from forecourt.kernel import DocumentId, Money
from forecourt.payments.model import Declined, Payment


def standing(payments: Sequence[Payment]) -> Standing:
    """What a driver owes after a decline, from the driver's payments in any order.

    A document whose newest payment was declined is owed, and blocks. Of several currencies the first is told. Holds that
    were declined belong to no document and owe nothing.
    """
    newest: dict[DocumentId, Payment] = {}
    for payment in sorted(payments, key=lambda one: (one.made_at, not isinstance(one.state, Declined))):
        if payment.document_id is not None:
            newest[payment.document_id] = payment
    owed: Money | None = None
    for payment in newest.values():
        if isinstance(payment.state, Declined):
            amount = payment.state.amount
            owed = amount if owed is None else owed + amount if owed.currency == amount.currency else owed
    return Standing(owed, blocked=owed is not None)


def paid_so_far(payments: Sequence[Payment], currency: str) -> Money:
    """What the payments of one document have taken. What went back since was meant to: it is not asked for again."""
    return sum((one.taken for one in payments), Money.zero(currency))


def on_its_way(payments: Sequence[Payment], currency: str) -> Money:
    """What is being taken for one document, or may have been (unknown): not to be asked for a second time."""
    return sum((one.asked for one in payments), Money.zero(currency))
