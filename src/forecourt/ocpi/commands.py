"""Commands from partners to chargers (OCPI Commands), parsed strictly, and our responses."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from forecourt.kernel import BadInput
from forecourt.ocpi.charge_model import CdrToken
from forecourt.ocpi.model import Ci36, Instant

Url = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^https?://[!-~]+(?![\s\S])")]


class CommandType(StrEnum):
    START_SESSION = "START_SESSION"
    STOP_SESSION = "STOP_SESSION"
    UNLOCK_CONNECTOR = "UNLOCK_CONNECTOR"
    RESERVE_NOW = "RESERVE_NOW"
    CANCEL_RESERVATION = "CANCEL_RESERVATION"


class CommandResponse(StrEnum):
    """The immediate response: CommandResponseType."""

    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"


class CommandResult(StrEnum):
    """The later outcome: CommandResultType."""

    ACCEPTED = "ACCEPTED"
    CANCELED_RESERVATION = "CANCELED_RESERVATION"
    EVSE_OCCUPIED = "EVSE_OCCUPIED"
    EVSE_INOPERATIVE = "EVSE_INOPERATIVE"
    FAILED = "FAILED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    UNKNOWN_RESERVATION = "UNKNOWN_RESERVATION"


class StartSession(Struct, frozen=True, kw_only=True):
    """token: the fields of the Token object that are needed; others are ignored."""

    response_url: Url
    token: CdrToken
    location_id: Ci36
    evse_uid: Ci36 | None = None
    connector_id: Ci36 | None = None
    authorization_reference: Ci36 | None = None


class StopSession(Struct, frozen=True, kw_only=True):
    response_url: Url
    session_id: Ci36


class UnlockConnector(Struct, frozen=True, kw_only=True):
    response_url: Url
    location_id: Ci36
    evse_uid: Ci36
    connector_id: Ci36


class ReserveNow(Struct, frozen=True, kw_only=True):
    response_url: Url
    token: CdrToken
    expiry_date: Instant
    reservation_id: Ci36
    location_id: Ci36
    evse_uid: Ci36 | None = None
    authorization_reference: Ci36 | None = None


class CancelReservation(Struct, frozen=True, kw_only=True):
    response_url: Url
    reservation_id: Ci36


Command = StartSession | StopSession | UnlockConnector | ReserveNow | CancelReservation
_KINDS: dict[str, type[Command]] = {
    CommandType.START_SESSION: StartSession,
    CommandType.STOP_SESSION: StopSession,
    CommandType.UNLOCK_CONNECTOR: UnlockConnector,
    CommandType.RESERVE_NOW: ReserveNow,
    CommandType.CANCEL_RESERVATION: CancelReservation,
}


def read_command(kind: str, document: object) -> Command:
    """From decoded JSON. Raises BadInput that says what is wrong, and for an unknown command."""
    if kind not in _KINDS:
        raise BadInput("command", f"{kind[:40]!r} is not a command.", f"Known are {', '.join(_KINDS)}.")
    try:
        return msgspec.convert(document, _KINDS[kind])
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInput("field", f"{kind}: {error}.") from error


def command_result(result: CommandResult) -> bytes:
    return msgspec.json.encode({"result": result})
