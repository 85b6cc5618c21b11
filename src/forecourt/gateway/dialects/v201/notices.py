"""Messages that are only acknowledged, and those that are politely declined."""

from types import ModuleType

from msgspec import Struct, json

from forecourt.gateway.dialects.hearing import EMPTY, Hear, Heard, Reply
from forecourt.gateway.dialects.reading import Reader
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


def noting(types: ModuleType) -> dict[str, Hear]:
    """types: the messages of one 2.x version."""
    return {action: noted(getattr(types, f"{action}Request"), *notice) for action, notice in _NOTICES.items()}


def noted(kind: type[Struct], note: str, answer: Struct | None = None) -> Hear:
    """Read, and answered immediately. note: a word for the log. answer: given if it is not empty."""
    reader = Reader(kind)
    reply = Reply(json.encode(answer) if answer is not None else EMPTY, note)

    def hear(payload: str, heard: Heard) -> Reply:
        reader.read(payload, heard.message)
        return reply

    return hear
