"""Messages that are only acknowledged, and those we answer with a polite no."""

from collections.abc import Callable

from msgspec import Struct, json

from forecourt.gateway.dialects.hearing import EMPTY, Heard, Reply
from forecourt.gateway.dialects.reading import Reader
from forecourt.gateway.dialects.v201 import types_schema as types


def _noted(kind: type[Struct], note: str, answer: Struct | None = None) -> Callable[[str, Heard], Reply]:
    reader = Reader(kind)
    reply = Reply(json.encode(answer) if answer is not None else EMPTY, note)

    def hear(payload: str, heard: Heard) -> Reply:
        reader.read(payload, heard.message)
        return reply

    return hear


NOTICES = {
    "ClearedChargingLimit": _noted(types.ClearedChargingLimitRequest, "charging_limit"),
    "DataTransfer": _noted(types.DataTransferRequest, "data_transfer", types.DataTransferResponse("UnknownVendorId")),
    "FirmwareStatusNotification": _noted(types.FirmwareStatusNotificationRequest, "firmware_status"),
    "LogStatusNotification": _noted(types.LogStatusNotificationRequest, "log_status"),
    "NotifyChargingLimit": _noted(types.NotifyChargingLimitRequest, "charging_limit"),
    "NotifyCustomerInformation": _noted(types.NotifyCustomerInformationRequest, "customer_information"),
    "NotifyDisplayMessages": _noted(types.NotifyDisplayMessagesRequest, "display_messages"),
    "NotifyEVChargingNeeds": _noted(types.NotifyEVChargingNeedsRequest, "charging_needs", types.NotifyEVChargingNeedsResponse("Rejected")),
    "NotifyEVChargingSchedule": _noted(
        types.NotifyEVChargingScheduleRequest, "charging_schedule", types.NotifyEVChargingScheduleResponse("Accepted")
    ),
    "NotifyEvent": _noted(types.NotifyEventRequest, "event"),
    "NotifyMonitoringReport": _noted(types.NotifyMonitoringReportRequest, "monitoring_report"),
    "NotifyReport": _noted(types.NotifyReportRequest, "report"),
    "PublishFirmwareStatusNotification": _noted(types.PublishFirmwareStatusNotificationRequest, "firmware_status"),
    "ReportChargingProfiles": _noted(types.ReportChargingProfilesRequest, "charging_profiles"),
    "ReservationStatusUpdate": _noted(types.ReservationStatusUpdateRequest, "reservation_status"),
    "SecurityEventNotification": _noted(types.SecurityEventNotificationRequest, "security_event"),
    "SignCertificate": _noted(types.SignCertificateRequest, "sign_certificate", types.SignCertificateResponse("Rejected")),
}
