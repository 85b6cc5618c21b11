"""Whether debt stands between a driver and the next charge."""

from collections.abc import Sequence

from forecourt.drivers import Standing
from forecourt.kernel import DocumentId, Money
from forecourt.payments.direct_debits import DEBIT
from forecourt.payments.dunning import DunningCase
from forecourt.payments.model import Declined, Payment


def standing(payments: Sequence[Payment], cases: Sequence[DunningCase] = ()) -> Standing:
    """What a driver owes, from the driver's payments and dunning cases in any order.

    A document whose newest payment was declined is owed, and blocks. Where there is a case of it, the case says what is owed
    and whether that blocks yet; nothing once it is closed, nor of a direct debit without one: what came back was paid another way. Of
    several currencies the first is told. Holds that were declined belong to no document and owe nothing.
    """
    newest: dict[DocumentId, Payment] = {}
    for payment in sorted(payments, key=lambda one: (one.made_at, not isinstance(one.state, Declined))):
        if payment.document_id is not None:
            newest[payment.document_id] = payment
    known = {one.document_id for one in cases}
    unheard = [one for key, one in newest.items() if key not in known and one.method != DEBIT]
    loose = [one.state.amount for one in unheard if isinstance(one.state, Declined)]
    owed: Money | None = None
    for amount in (*loose, *(one.owed for one in cases if one.open)):
        owed = amount if owed is None else owed + amount if owed.currency == amount.currency else owed
    return Standing(owed, blocked=bool(loose) or any(one.blocks for one in cases))


def paid_so_far(payments: Sequence[Payment], currency: str) -> Money:
    """What the payments of one document have taken. What went back since was meant to: it is not asked for again."""
    return sum((one.taken for one in payments), Money.zero(currency))


def under_way_for(payments: Sequence[Payment], currency: str) -> Money:
    """What is being taken for one document, or may have been (unknown): not to be asked for a second time."""
    return sum((one.asked for one in payments), Money.zero(currency))
