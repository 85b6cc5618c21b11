"""How much of payments is available: still with us, refundable, and promised to nobody."""

from collections.abc import Iterable

from forecourt.flows.ports.store import Store
from forecourt.kernel import Money
from forecourt.payments import Captured, Dispute, Payback, Payment, unpromised_amount
from forecourt.settlement import TransferFile, find_file_of


def refundable(store: Store, payments: Iterable[Payment], currency: str) -> Money:
    """What is available of these payments: still with us, refundable, and promised to nobody."""
    return sum((refundable_part(store, one) for one in payments if isinstance(one.state, Captured)), Money.zero(currency))


def disputes_of(store: Store, payments: Iterable[Payment]) -> list[Dispute]:
    """Of each payment oldest first."""
    return [dispute for one in payments for dispute in store.disputes.of_payment(one.id)]


def withheld_amount(store: Store, payments: Iterable[Payment], currency: str) -> Money:
    """What cardholders' banks have taken of these payments, or may take."""
    return sum((one.withheld for one in disputes_of(store, payments)), Money.zero(currency))


def refundable_part(store: Store, payment: Payment) -> Money:
    """What is left of a payment, less what a cardholder's bank has and refunds under way."""
    remaining = unpromised_left(store, payment) - withheld_amount(store, [payment], payment.currency)
    return max(Money.zero(payment.currency), remaining)


def unpromised_left(store: Store, payment: Payment) -> Money:
    return unpromised_amount(payment, store.paybacks.of_payment(payment.id)) - payment.returning


def file_of(store: Store, one: Payback) -> TransferFile | None:
    """The file that is to transfer it."""
    return find_file_of((one.id, one.returns), store.bank.files_paying(one.operator_id, [one.id]))
