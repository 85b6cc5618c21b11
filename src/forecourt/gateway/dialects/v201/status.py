"""StatusNotification."""

from forecourt.gateway.dialects.hearing import EMPTY, Hear, Heard, Report
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.keys import digest, once
from forecourt.gateway.dialects.metering import small_number
from forecourt.gateway.dialects.reading import Reader
from forecourt.gateway.dialects.v201.types_schema import StatusNotificationRequest
from forecourt.stations import Acknowledgement, ConnectorReported, ConnectorState

_STATES = {
    "Available": ConnectorState.AVAILABLE,
    "Occupied": ConnectorState.OCCUPIED,
    "Reserved": ConnectorState.RESERVED,
    "Unavailable": ConnectorState.UNAVAILABLE,
    "Faulted": ConnectorState.FAULTED,
}


def reporting(kind: type[StatusNotificationRequest]) -> Hear:
    reader = Reader(kind, lenient=True)

    def reported(payload: str, heard: Heard) -> Report:
        message, flags = reader.read(payload, heard.message)
        fact = ConnectorReported(
            at=read_instant(message.timestamp, heard, flags),
            evse_number=small_number(message.evse_id, flags),
            state=_STATES.get(message.connector_status, ConnectorState.UNKNOWN),
        )
        key = once("status", heard) if "clock" in flags else f"status/{digest(payload)}"
        return Report(fact, key, tuple(flags), _answer, transactional=False)

    return reported


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
