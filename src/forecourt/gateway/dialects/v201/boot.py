"""BootNotification and Heartbeat."""

from datetime import datetime
from typing import Literal

from msgspec import json

from forecourt.gateway.dialects.dedupe_keys import arrival_key
from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.model import Boot, CallContext, CallHandler, TimeQuery
from forecourt.gateway.dialects.payload_reader import PayloadReader
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


def boot_notification_handler(kind: type[BootNotificationRequest], protocol: Protocol) -> CallHandler:
    reader = PayloadReader(kind, lenient=True)

    def handle(payload: str, context: CallContext) -> Boot:
        message, flags = reader.read(payload, context.message)
        station = message.charging_station
        fact = ChargerBooted(
            at=context.received_at,
            protocol=protocol,
            vendor=station.vendor_name,
            model=station.model,
            serial=station.serial_number or "",
            firmware=station.firmware_version or "",
            reason=message.reason,
        )
        return Boot(fact, arrival_key("boot", context), tuple(flags), _answer_boot)

    return handle


def heartbeat_handler(kind: type[HeartbeatRequest]) -> CallHandler:
    reader = PayloadReader(kind, lenient=True)

    def handle(payload: str, context: CallContext) -> TimeQuery:
        reader.read(payload, context.message)
        return TimeQuery(_answer_time)

    return handle


def _answer_boot(approval: Approval, now: datetime, interval_s: int) -> bytes:
    return json.encode(BootNotificationResponse(write_instant(now), interval_s, _STATUS[approval]))


def _answer_time(now: datetime) -> bytes:
    return json.encode(HeartbeatResponse(write_instant(now)))
