"""Orders to reserve a socket and to release it."""

from msgspec import json

from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v201.authorise import group_token, id_token
from forecourt.gateway.dialects.v201.types_schema import (
    CancelReservationRequest,
    ReserveNowRequest,
)
from forecourt.stations import CancelReserve, OrderResult, Outcome, Reserve

_MAX_TOKEN_CHARS = 36
_RESERVED = status_reader()
_CANCELLED = status_reader()


def reserve(order: Reserve) -> OutgoingCall | OrderResult:
    if len(order.token) > _MAX_TOKEN_CHARS:
        return OrderResult(Outcome.UNSUPPORTED, "the token is longer than OCPP 2.0.1 allows")
    request = ReserveNowRequest(
        order.reservation_number,
        write_instant(order.until),
        id_token(order.token),
        evse_id=order.evse_number,
        group_id_token=group_token(order.group) if order.group else None,
    )
    return OutgoingCall("ReserveNow", json.encode(request), _RESERVED)


def cancel_reservation(order: CancelReserve) -> OutgoingCall:
    return OutgoingCall("CancelReservation", json.encode(CancelReservationRequest(order.reservation_number)), _CANCELLED)
