"""The schemas that the PyPI package `ocpp` ships, and what a charger may say by them."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from forecourt.stations import Protocol

FOLDERS = {Protocol.OCPP16: "v16", Protocol.OCPP201: "v201", Protocol.OCPP21: "v21"}
_HEARD_2 = (
    "Authorize", "BootNotification", "ClearedChargingLimit", "DataTransfer", "FirmwareStatusNotification", "Heartbeat",
    "LogStatusNotification", "MeterValues", "NotifyChargingLimit", "NotifyCustomerInformation", "NotifyDisplayMessages",
    "NotifyEVChargingNeeds", "NotifyEVChargingSchedule", "NotifyEvent", "NotifyMonitoringReport", "NotifyReport",
    "PublishFirmwareStatusNotification", "ReportChargingProfiles", "ReservationStatusUpdate", "SecurityEventNotification",
    "SignCertificate", "StatusNotification", "TransactionEvent",
)  # fmt: skip
HEARD = {
    Protocol.OCPP16: (
        "Authorize", "BootNotification", "DataTransfer", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat",
        "LogStatusNotification", "MeterValues", "SecurityEventNotification", "SignCertificate", "SignedFirmwareStatusNotification",
        "StartTransaction", "StatusNotification", "StopTransaction",
    ),
    Protocol.OCPP201: _HEARD_2,
    Protocol.OCPP21: (
        *_HEARD_2, "ClosePeriodicEventStream", "NotifyDERAlarm", "NotifyDERStartStop", "NotifyPriorityCharging", "OpenPeriodicEventStream",
        "PullDynamicScheduleUpdate", "ReportDERControl",
    ),
}  # fmt: skip


@cache
def schema_of(protocol: Protocol, message: str) -> dict[str, Any]:
    """message: "HeartbeatRequest", "HeartbeatResponse"."""
    name = message.removesuffix("Request") if protocol is Protocol.OCPP16 else message
    schema: dict[str, Any] = json.loads((files("ocpp") / FOLDERS[protocol] / "schemas" / f"{name}.json").read_text("utf-8-sig"))
    return schema
