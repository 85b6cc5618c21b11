"""Orders for the tests of the client."""

from uuid import uuid4

from forecourt.kernel import Money, OperatorId, PaymentId
from forecourt.payments import Charge, PlaceHold

OPERATOR = OperatorId(uuid4())


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def hold(minor: int = 2000, method: str = "pm_1") -> PlaceHold:
    payment_id = PaymentId(uuid4())
    return PlaceHold(payment_id, OPERATOR, eur(minor), method, f"{payment_id}/1")


def charge(minor: int = 500, method: str = "pm_1") -> Charge:
    payment_id = PaymentId(uuid4())
    return Charge(payment_id, OPERATOR, eur(minor), method, f"{payment_id}/1")
