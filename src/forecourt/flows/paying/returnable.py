"""What of payments is there, can go back, and is promised to nobody."""

from collections.abc import Iterable

from forecourt.flows.ports.store import Store
from forecourt.kernel import Money
from forecourt.payments import Captured, Payback, Payment, left_of
from forecourt.settlement import TransferFile, in_a_file


def refundable(store: Store, payments: Iterable[Payment], currency: str) -> Money:
    """What of these payments is there, can go back, and is promised to nobody."""
    return sum((there(store, one) for one in payments if isinstance(one.state, Captured)), Money.zero(currency))


def there(store: Store, payment: Payment) -> Money:
    """Less what a cardholder's bank has of it, and what is on its way back."""
    zero = Money.zero(payment.currency)
    taken_back = sum((one.keeps_back for one in store.disputes.of_payment(payment.id)), zero)
    return max(zero, unpromised(store, payment) - taken_back)


def unpromised(store: Store, payment: Payment) -> Money:
    return left_of(payment, store.paybacks.of_payment(payment.id)) - payment.returning


def file_of(store: Store, one: Payback) -> TransferFile | None:
    """That is to pay it."""
    return in_a_file((one.id, one.returns), store.bank.files_about(one.operator_id, [one.id]))
