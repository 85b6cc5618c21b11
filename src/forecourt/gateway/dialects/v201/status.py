"""StatusNotification."""

from forecourt.gateway.dialects.dedupe_keys import arrival_key, digest
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.metering import small_number
from forecourt.gateway.dialects.model import EMPTY, CallContext, CallHandler, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v201.types_schema import StatusNotificationRequest
from forecourt.stations import Acknowledgement, ConnectorReported, ConnectorState

_STATES = {
    "Available": ConnectorState.AVAILABLE,
    "Occupied": ConnectorState.OCCUPIED,
    "Reserved": ConnectorState.RESERVED,
    "Unavailable": ConnectorState.UNAVAILABLE,
    "Faulted": ConnectorState.FAULTED,
}


def status_notification_handler(kind: type[StatusNotificationRequest]) -> CallHandler:
    reader = PayloadReader(kind, lenient=True)

    def handle(payload: str, context: CallContext) -> Report:
        message, flags = reader.read(payload, context.message)
        fact = ConnectorReported(
            at=read_instant(message.timestamp, context, flags),
            evse_number=small_number(message.evse_id, flags),
            state=_STATES.get(message.connector_status, ConnectorState.UNKNOWN),
        )
        key = arrival_key("status", context) if "clock" in flags else f"status/{digest(payload)}"
        return Report(fact, key, tuple(flags), _answer, transactional=False)

    return handle


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
