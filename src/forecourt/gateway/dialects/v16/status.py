"""StatusNotification."""

from forecourt.gateway.dialects.dedupe_keys import arrival_key, digest
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.metering import small_number
from forecourt.gateway.dialects.model import EMPTY, CallContext, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v16.types_schema import StatusNotificationRequest
from forecourt.stations import Acknowledgement, ChargingState, ConnectorReported, ConnectorState

_STATUS = PayloadReader(StatusNotificationRequest, lenient=True)
_STATES = {
    "Available": (ConnectorState.AVAILABLE, None),
    "Preparing": (ConnectorState.OCCUPIED, ChargingState.EV_CONNECTED),
    "Charging": (ConnectorState.OCCUPIED, ChargingState.CHARGING),
    "SuspendedEV": (ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EV),
    "SuspendedEVSE": (ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EVSE),
    "Finishing": (ConnectorState.OCCUPIED, None),  # the transaction is over, but the cable is still plugged in
    "Reserved": (ConnectorState.RESERVED, None),
    "Unavailable": (ConnectorState.UNAVAILABLE, None),
    "Faulted": (ConnectorState.FAULTED, None),
}


def handle_status_notification(payload: str, context: CallContext) -> Report:
    message, flags = _STATUS.read(payload, context.message)
    at = read_instant(message.timestamp, context, flags) if message.timestamp is not None else context.received_at
    timed = message.timestamp is not None and "clock" not in flags
    state, charging = _STATES.get(message.status, (ConnectorState.UNKNOWN, None))
    fact = ConnectorReported(
        at=at,
        evse_number=small_number(message.connector_id, flags),
        state=state,
        charging_state=charging,
        error="" if message.error_code == "NoError" else message.vendor_error_code or message.error_code,
    )
    key = f"status/{digest(payload)}" if timed else arrival_key("status", context)
    return Report(fact, key, tuple(flags), _answer, transactional=False)


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
