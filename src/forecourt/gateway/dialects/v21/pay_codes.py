"""A payment through the code on the charger's display: the charger is notified, and starts with the payment's reference."""

from msgspec import Raw, json

from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v201.remote import start_charge as start_by_token
from forecourt.stations import NotifyWebPayment, OrderResult, Outcome, StartCharge

_START = status_reader()


def start_charge(order: StartCharge) -> OutgoingCall | OrderResult:
    if not order.paid:
        return start_by_token(order)
    token = {"idToken": order.token, "type": "DirectPayment"}
    request = {"idToken": token, "remoteStartId": order.remote_start_number, "evseId": order.evse_number}
    return OutgoingCall("RequestStartTransaction", json.encode(request), _START)


def notify_web_payment(order: NotifyWebPayment) -> OutgoingCall:
    request = {"evseId": order.evse_number, "timeout": order.seconds}
    return OutgoingCall("NotifyWebPaymentStarted", json.encode(request), _accepted)


def _accepted(_payload: Raw) -> OrderResult:
    """The answer is empty."""
    return OrderResult(Outcome.ACCEPTED)
