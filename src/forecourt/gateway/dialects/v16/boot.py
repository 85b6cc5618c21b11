"""BootNotification and Heartbeat."""

from datetime import datetime
from typing import Literal

from msgspec import json

from forecourt.gateway.dialects.dedupe_keys import arrival_key
from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.model import Boot, CallContext, TimeQuery
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v16.types_schema import (
    BootNotificationRequest,
    BootNotificationResponse,
    HeartbeatRequest,
    HeartbeatResponse,
)
from forecourt.stations import Approval, ChargerBooted, Protocol

_BOOT = PayloadReader(BootNotificationRequest, lenient=True)
_HEARTBEAT = PayloadReader(HeartbeatRequest, lenient=True)
_STATUS: dict[Approval, Literal["Accepted", "Pending", "Rejected"]] = {
    Approval.APPROVED: "Accepted",
    Approval.PENDING: "Pending",
    Approval.REFUSED: "Rejected",
}


def handle_boot_notification(payload: str, context: CallContext) -> Boot:
    message, flags = _BOOT.read(payload, context.message)
    fact = ChargerBooted(
        at=context.received_at,
        protocol=Protocol.OCPP16,
        vendor=message.charge_point_vendor,
        model=message.charge_point_model,
        serial=message.charge_point_serial_number or message.charge_box_serial_number or "",
        firmware=message.firmware_version or "",
    )
    return Boot(fact, arrival_key("boot", context), tuple(flags), _answer_boot)


def handle_heartbeat(payload: str, context: CallContext) -> TimeQuery:
    _HEARTBEAT.read(payload, context.message)
    return TimeQuery(_answer_time)


def _answer_boot(approval: Approval, now: datetime, interval_s: int) -> bytes:
    return json.encode(BootNotificationResponse(status=_STATUS[approval], current_time=write_instant(now), interval=interval_s))


def _answer_time(now: datetime) -> bytes:
    return json.encode(HeartbeatResponse(write_instant(now)))
