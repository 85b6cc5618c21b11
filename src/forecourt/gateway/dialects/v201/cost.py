"""The cost of a charge on the charger's display."""

from decimal import Decimal

from msgspec import Raw, json

from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.stations import OrderResult, Outcome, ShowCost

_MAX_TRANSACTION_CHARS = 36
_NUMBERS = json.Encoder(decimal_format="number")


def show_cost(order: ShowCost) -> OutgoingCall | OrderResult:
    """There is no message for the cost after the charge has ended."""
    if order.final:
        return OrderResult(Outcome.UNSUPPORTED, "the charge has ended")
    if len(order.transaction) > _MAX_TRANSACTION_CHARS:
        return OrderResult(Outcome.REJECTED, "no such transaction")
    return OutgoingCall("CostUpdated", _NUMBERS.encode({"totalCost": Decimal(order.cost), "transactionId": order.transaction}), _shown)


def _shown(payload: Raw) -> OrderResult:
    """The answer is empty."""
    return OrderResult(Outcome.ACCEPTED)
