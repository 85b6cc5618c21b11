"""Messages that are only acknowledged, and those that are politely declined."""

from types import ModuleType

from msgspec import Struct, json

from forecourt.gateway.dialects.model import EMPTY, CallContext, CallHandler, Reply
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v201 import types_schema as types

# By action: a word for the log, and the answer if it is not empty.
_NOTICES: dict[str, tuple[str, Struct | None]] = {
    "DataTransfer": ("data_transfer", types.DataTransferResponse("UnknownVendorId")),
    "NotifyCustomerInformation": ("customer_information", None),
    "NotifyDisplayMessages": ("display_messages", None),
    "NotifyEVChargingSchedule": ("charging_schedule", types.NotifyEVChargingScheduleResponse("Accepted")),
    "NotifyMonitoringReport": ("monitoring_report", None),
    "PublishFirmwareStatusNotification": ("firmware_status", None),
    "ReportChargingProfiles": ("charging_profiles", None),
    "ReservationStatusUpdate": ("reservation_status", None),
}


def acknowledged_only_handlers(types: ModuleType) -> dict[str, CallHandler]:
    """types: the messages of one 2.x version."""
    return {action: acknowledge_only(getattr(types, f"{action}Request"), *notice) for action, notice in _NOTICES.items()}


def acknowledge_only(kind: type[Struct], note: str, answer: Struct | None = None) -> CallHandler:
    """Read, and answered immediately. note: a word for the log. answer: given if it is not empty."""
    reader = PayloadReader(kind)
    reply = Reply(json.encode(answer) if answer is not None else EMPTY, note)

    def handle(payload: str, context: CallContext) -> Reply:
        reader.read(payload, context.message)
        return reply

    return handle
