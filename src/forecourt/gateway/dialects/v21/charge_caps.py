"""The limit on a charge is sent in the answer to the charger's next message, and this order requests such a message."""

from msgspec import Raw, json

from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.v201.types_schema import EVSE, TriggerMessageRequest
from forecourt.stations import CapCharge, OrderResult, Outcome


def cap_charge(order: CapCharge) -> OutgoingCall:
    return OutgoingCall("TriggerMessage", json.encode(TriggerMessageRequest("TransactionEvent", evse=EVSE(order.evse_number))), _accepted)


def _accepted(_payload: Raw) -> OrderResult:
    """If the charger does not send one when asked, it gets the limit with whatever it sends next."""
    return OrderResult(Outcome.ACCEPTED)
