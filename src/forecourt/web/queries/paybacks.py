"""What is to be paid back by transfer, and what was lately, as the operator sees it."""

from dataclasses import dataclass

from forecourt.flows.ports import Store
from forecourt.kernel import Money, OperatorId
from forecourt.payments import Payback


@dataclass(frozen=True, slots=True)
class PaybackRow:
    """number, invoice: the credit note and what it corrects. came: the reference of the transfer that came in."""

    payback: Payback
    name: str
    email: str
    invoice: str
    came: str


@dataclass(frozen=True, slots=True)
class PaybackList:
    zone: str
    owed: tuple[PaybackRow, ...]
    paid: tuple[PaybackRow, ...]
    sums: tuple[Money, ...]


def paybacks_of(store: Store, operator_id: OperatorId) -> PaybackList:
    rows = [_row(store, one) for one in store.paybacks.recent(operator_id)]
    owed = tuple(one for one in rows if one.payback.open)
    sums: dict[str, Money] = {}
    for amount in (one.payback.amount for one in owed):
        sums[amount.currency] = sums.get(amount.currency, Money.zero(amount.currency)) + amount
    paid = tuple(one for one in rows if not one.payback.open)[:20]
    return PaybackList(store.stations.operator(operator_id).zone, owed, paid, tuple(sums.values()))


def _row(store: Store, one: Payback) -> PaybackRow:
    """The name is the one the document was issued to, also when its driver has left since."""
    made, payment = store.documents.document(one.note_id), store.payments.payment(one.payment_id)
    buyer = made.content.parties.buyer if made else None
    came = payment.reference if payment else ""
    return PaybackRow(one, buyer.name if buyer else "", buyer.email if buyer else "", made.content.corrects_number if made else "", came)
