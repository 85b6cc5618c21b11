"""Orders to start, stop, unlock, restart, switch off, and report."""

from typing import Literal

from msgspec import MsgspecError, Raw, json

from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import UNREADABLE, status_reader
from forecourt.gateway.dialects.v201.authorise import id_token
from forecourt.gateway.dialects.v201.types_schema import (
    EVSE,
    ChangeAvailabilityRequest,
    GetTransactionStatusRequest,
    GetTransactionStatusResponse,
    RequestStartTransactionRequest,
    RequestStopTransactionRequest,
    ResetRequest,
    TriggerMessageRequest,
    UnlockConnectorRequest,
)
from forecourt.stations import (
    UNKNOWN_CHARGE,
    OrderResult,
    Outcome,
    QueryCharge,
    ReportMeter,
    Restart,
    SetAvailability,
    StartCharge,
    StopCharge,
    Unlock,
)

_MAX_CHARS = 36  # of a token, and of a transaction
_START = status_reader()
_STOP = status_reader()
_RESET = status_reader()
_UNLOCK = status_reader()
_TRIGGER = status_reader()
_AVAILABILITY = status_reader()
_TRANSACTION = json.Decoder(GetTransactionStatusResponse)
_REPORTS: dict[str, Literal["MeterValues", "StatusNotification", "BootNotification", "SignChargingStationCertificate"]] = {
    "METER": "MeterValues",
    "STATUS": "StatusNotification",
    "BOOT": "BootNotification",
    "CERTIFICATE": "SignChargingStationCertificate",
}


def start_charge(order: StartCharge) -> OutgoingCall | OrderResult:
    if len(order.token) > _MAX_CHARS:
        return OrderResult(Outcome.UNSUPPORTED, "the token is longer than OCPP 2.0.1 allows")
    request = RequestStartTransactionRequest(id_token(order.token), order.remote_start_number, evse_id=order.evse_number)
    return OutgoingCall("RequestStartTransaction", json.encode(request), _START)


def stop_charge(order: StopCharge) -> OutgoingCall | OrderResult:
    if len(order.transaction) > _MAX_CHARS:
        return OrderResult(Outcome.REJECTED, "no such transaction")
    return OutgoingCall("RequestStopTransaction", json.encode(RequestStopTransactionRequest(order.transaction)), _STOP)


def unlock(order: Unlock) -> OutgoingCall:
    return OutgoingCall("UnlockConnector", json.encode(UnlockConnectorRequest(order.evse_number, 1)), _UNLOCK)


def restart(order: Restart) -> OutgoingCall:
    return OutgoingCall("Reset", json.encode(ResetRequest("Immediate" if order.hard else "OnIdle")), _RESET)


def set_availability(order: SetAvailability) -> OutgoingCall:
    state: Literal["Operative", "Inoperative"] = "Operative" if order.operative else "Inoperative"
    return OutgoingCall("ChangeAvailability", json.encode(ChangeAvailabilityRequest(state, evse=_evse(order.evse_number))), _AVAILABILITY)


def trigger_message(order: ReportMeter) -> OutgoingCall:
    evse = None
    if order.what == "METER":
        evse = _evse(order.evse_number)
    elif order.what == "STATUS" and order.evse_number > 0:
        evse = EVSE(order.evse_number, connector_id=1)  # a status can only be requested for a connector
    return OutgoingCall("TriggerMessage", json.encode(TriggerMessageRequest(_REPORTS[order.what], evse=evse)), _TRIGGER)


def get_transaction_status(order: QueryCharge) -> OutgoingCall | OrderResult:
    if len(order.transaction) > _MAX_CHARS:
        return OrderResult(Outcome.REJECTED, UNKNOWN_CHARGE)
    return OutgoingCall("GetTransactionStatus", json.encode(GetTransactionStatusRequest(transaction_id=order.transaction)), _is_ongoing)


def _is_ongoing(payload: Raw) -> OrderResult:
    """A charger that does not say whether the transaction is ongoing is taken to mean that it is."""
    try:
        answer = _TRANSACTION.decode(payload)
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return UNREADABLE
    is_over = answer.ongoing_indicator is False and not answer.messages_in_queue
    return OrderResult(Outcome.REJECTED, UNKNOWN_CHARGE) if is_over else OrderResult(Outcome.ACCEPTED)


def _evse(number: int) -> EVSE | None:
    """None: the whole charger."""
    return EVSE(number) if number > 0 else None
