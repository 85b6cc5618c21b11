"""BootNotification and Heartbeat."""

from datetime import datetime
from typing import Literal

from msgspec import json

from forecourt.gateway.dialects.hearing import Boot, Heard, TimeAsked
from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.keys import once
from forecourt.gateway.dialects.reading import Reader
from forecourt.gateway.dialects.v16.types_schema import (
    BootNotificationRequest,
    BootNotificationResponse,
    HeartbeatRequest,
    HeartbeatResponse,
)
from forecourt.stations import Approval, ChargerBooted, Protocol

_BOOT = Reader(BootNotificationRequest, lenient=True)
_HEARTBEAT = Reader(HeartbeatRequest, lenient=True)
_STATUS: dict[Approval, Literal["Accepted", "Pending", "Rejected"]] = {
    Approval.APPROVED: "Accepted",
    Approval.PENDING: "Pending",
    Approval.REFUSED: "Rejected",
}


def booted(payload: str, heard: Heard) -> Boot:
    message, flags = _BOOT.read(payload, heard.message)
    fact = ChargerBooted(
        at=heard.received_at,
        protocol=Protocol.OCPP16,
        vendor=message.charge_point_vendor,
        model=message.charge_point_model,
        serial=message.charge_point_serial_number or message.charge_box_serial_number or "",
        firmware=message.firmware_version or "",
    )
    return Boot(fact, once("boot", heard), tuple(flags), _answer_boot)


def time_asked(payload: str, heard: Heard) -> TimeAsked:
    _HEARTBEAT.read(payload, heard.message)
    return TimeAsked(_answer_time)


def _answer_boot(approval: Approval, now: datetime, interval_s: int) -> bytes:
    return json.encode(BootNotificationResponse(status=_STATUS[approval], current_time=write_instant(now), interval=interval_s))


def _answer_time(now: datetime) -> bytes:
    return json.encode(HeartbeatResponse(write_instant(now)))
