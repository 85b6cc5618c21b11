"""BootNotification and Heartbeat."""

from datetime import datetime
from typing import Literal

from msgspec import json

from forecourt.gateway.dialects.hearing import Boot, Hear, Heard, TimeAsked
from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.keys import once
from forecourt.gateway.dialects.reading import Reader
from forecourt.gateway.dialects.v201.types_schema import (
    BootNotificationRequest,
    BootNotificationResponse,
    HeartbeatRequest,
    HeartbeatResponse,
)
from forecourt.stations import Approval, ChargerBooted, Protocol

_STATUS: dict[Approval, Literal["Accepted", "Pending", "Rejected"]] = {
    Approval.APPROVED: "Accepted",
    Approval.PENDING: "Pending",
    Approval.REFUSED: "Rejected",
}


def booting(kind: type[BootNotificationRequest], protocol: Protocol) -> Hear:
    reader = Reader(kind, lenient=True)

    def booted(payload: str, heard: Heard) -> Boot:
        message, flags = reader.read(payload, heard.message)
        station = message.charging_station
        fact = ChargerBooted(
            at=heard.received_at,
            protocol=protocol,
            vendor=station.vendor_name,
            model=station.model,
            serial=station.serial_number or "",
            firmware=station.firmware_version or "",
            reason=message.reason,
        )
        return Boot(fact, once("boot", heard), tuple(flags), _answer_boot)

    return booted


def beating(kind: type[HeartbeatRequest]) -> Hear:
    reader = Reader(kind, lenient=True)

    def time_asked(payload: str, heard: Heard) -> TimeAsked:
        reader.read(payload, heard.message)
        return TimeAsked(_answer_time)

    return time_asked


def _answer_boot(approval: Approval, now: datetime, interval_s: int) -> bytes:
    return json.encode(BootNotificationResponse(write_instant(now), interval_s, _STATUS[approval]))


def _answer_time(now: datetime) -> bytes:
    return json.encode(HeartbeatResponse(write_instant(now)))
