"""StatusNotification."""

from forecourt.gateway.dialects.hearing import EMPTY, Heard, Report
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.keys import digest, once
from forecourt.gateway.dialects.metering import small_number
from forecourt.gateway.dialects.reading import Reader
from forecourt.gateway.dialects.v16.types_schema import StatusNotificationRequest
from forecourt.stations import Acknowledgement, ChargingState, ConnectorReported, ConnectorState

_STATUS = Reader(StatusNotificationRequest, lenient=True)
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


def reported(payload: str, heard: Heard) -> Report:
    message, flags = _STATUS.read(payload, heard.message)
    at = read_instant(message.timestamp, heard, flags) if message.timestamp is not None else heard.received_at
    timed = message.timestamp is not None and "clock" not in flags
    state, charging = _STATES.get(message.status, (ConnectorState.UNKNOWN, None))
    fact = ConnectorReported(
        at=at,
        evse_number=small_number(message.connector_id, flags),
        state=state,
        charging_state=charging,
        error="" if message.error_code == "NoError" else message.vendor_error_code or message.error_code,
    )
    key = f"status/{digest(payload)}" if timed else once("status", heard)
    return Report(fact, key, tuple(flags), _answer, transactional=False)


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
