"""How far a charge may go is told in the answer to its next message, and that message is asked for here."""

from msgspec import Raw, json

from forecourt.gateway.dialects.hearing import Asked
from forecourt.gateway.dialects.v201.types_schema import EVSE, TriggerMessageRequest
from forecourt.stations import CapCharge, OrderResult, Outcome


def cap_charge(order: CapCharge) -> Asked:
    return Asked("TriggerMessage", json.encode(TriggerMessageRequest("TransactionEvent", evse=EVSE(order.evse_number))), _asked)


def _asked(_payload: Raw) -> OrderResult:
    """One that sends nothing when it is asked to is told when it next sends something."""
    return OrderResult(Outcome.ACCEPTED)
