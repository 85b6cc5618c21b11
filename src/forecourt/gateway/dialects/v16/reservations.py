"""Orders to reserve a socket and to release it."""

from msgspec import json

from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v16.remote import MAX_TOKEN_CHARS
from forecourt.gateway.dialects.v16.types_schema import (
    CancelReservationRequest,
    ReserveNowRequest,
)
from forecourt.stations import CancelReserve, OrderResult, Outcome, Reserve

_RESERVED = status_reader()
_CANCELLED = status_reader()


def reserve(order: Reserve) -> OutgoingCall | OrderResult:
    if len(order.token) > MAX_TOKEN_CHARS:
        return OrderResult(Outcome.UNSUPPORTED, "the token is longer than OCPP 1.6 allows")
    request = ReserveNowRequest(
        order.evse_number or 0, write_instant(order.until), order.token, order.reservation_number, order.group or None
    )
    return OutgoingCall("ReserveNow", json.encode(request), _RESERVED)


def cancel_reservation(order: CancelReserve) -> OutgoingCall:
    return OutgoingCall("CancelReservation", json.encode(CancelReservationRequest(order.reservation_number)), _CANCELLED)
