"""Orders to start, stop, unlock, restart, switch off, and report."""

from msgspec import json

from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v16.types_schema import (
    ChangeAvailabilityRequest,
    ExtendedTriggerMessageRequest,
    RemoteStartTransactionRequest,
    RemoteStopTransactionRequest,
    ResetRequest,
    TriggerMessageRequest,
    UnlockConnectorRequest,
)
from forecourt.stations import OrderResult, Outcome, ReportMeter, Restart, SetAvailability, StartCharge, StopCharge, Unlock

MAX_TOKEN_CHARS = 20
_START = status_reader()
_STOP = status_reader()
_RESET = status_reader()
_UNLOCK = status_reader()
_TRIGGER = status_reader()
_AVAILABILITY = status_reader()
_REPORTS = {"METER": "MeterValues", "STATUS": "StatusNotification", "BOOT": "BootNotification"}


def start_charge(order: StartCharge) -> OutgoingCall | OrderResult:
    if len(order.token) > MAX_TOKEN_CHARS:
        return OrderResult(Outcome.UNSUPPORTED, "the token is longer than OCPP 1.6 allows")
    request = RemoteStartTransactionRequest(id_tag=order.token, connector_id=order.evse_number)
    return OutgoingCall("RemoteStartTransaction", json.encode(request), _START)


def stop_charge(order: StopCharge) -> OutgoingCall | OrderResult:
    if not order.transaction.isdecimal():
        return OrderResult(Outcome.REJECTED, "no such transaction")
    return OutgoingCall("RemoteStopTransaction", json.encode(RemoteStopTransactionRequest(int(order.transaction))), _STOP)


def unlock(order: Unlock) -> OutgoingCall:
    return OutgoingCall("UnlockConnector", json.encode(UnlockConnectorRequest(order.evse_number)), _UNLOCK)


def restart(order: Restart) -> OutgoingCall:
    return OutgoingCall("Reset", json.encode(ResetRequest("Hard" if order.hard else "Soft")), _RESET)


def set_availability(order: SetAvailability) -> OutgoingCall:
    request = ChangeAvailabilityRequest(order.evse_number, "Operative" if order.operative else "Inoperative")
    return OutgoingCall("ChangeAvailability", json.encode(request), _AVAILABILITY)


def trigger_message(order: ReportMeter) -> OutgoingCall:
    if order.what == "CERTIFICATE":  # from the security white paper
        return OutgoingCall("ExtendedTriggerMessage", json.encode(ExtendedTriggerMessageRequest("SignChargePointCertificate")), _TRIGGER)
    connector = order.evse_number if order.evse_number > 0 and order.what != "BOOT" else None
    return OutgoingCall("TriggerMessage", json.encode(TriggerMessageRequest(_REPORTS[order.what], connector)), _TRIGGER)  # type: ignore[arg-type]
