"""OCPP 2.0.1."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from msgspec import Struct

from forecourt.gateway.dialects.certificates import sign_certificate_handler
from forecourt.gateway.dialects.charger_jobs import progress_handler
from forecourt.gateway.dialects.model import CallHandler, OutgoingCall
from forecourt.gateway.dialects.security_events import security_event_handler
from forecourt.gateway.dialects.table_dialect import TableDialect
from forecourt.gateway.dialects.v201 import (
    authorise,
    boot,
    card_lists,
    certificates,
    charging_needs,
    charging_profiles,
    cost,
    firmware_and_logs,
    inventory,
    meter,
    remote,
    reservations,
    settings,
    status,
    transactions,
    types_schema,
)
from forecourt.gateway.dialects.v201.acknowledged_only import acknowledged_only_handlers
from forecourt.gateway.dialects.v201.certificate_status import certificate_status_handler
from forecourt.gateway.dialects.v201.contract_certificates import contract_certificate_handler
from forecourt.gateway.dialects.v201.events import event_handler
from forecourt.gateway.dialects.v201.external_limits import limit_cleared_handler, limit_set_handler
from forecourt.gateway.wire import Spelling
from forecourt.stations import (
    CancelReserve,
    ChargerJobKind,
    ClearLimits,
    DeleteRoot,
    InstallFirmware,
    InstallRoot,
    InstallSigned,
    OrderResult,
    Protocol,
    QueryCharge,
    ReadCards,
    ReadInventory,
    ReadRoots,
    ReadSchedule,
    ReadSettings,
    ReportMeter,
    Reserve,
    Restart,
    SendCards,
    SendLog,
    SetAvailability,
    SetFallback,
    SetLimit,
    ShowCost,
    StartCharge,
    StopCharge,
    Unlock,
    WriteSetting,
)

# Calls of the standard without a handler: those that only a central system makes.
_KNOWN_CALLS = (
    "CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage "
    "ClearVariableMonitoring CostUpdated CustomerInformation DeleteCertificate GetBaseReport "
    "GetCertificateStatus GetChargingProfiles GetCompositeSchedule GetDisplayMessages GetInstalledCertificateIds "
    "GetLocalListVersion GetLog GetMonitoringReport GetReport GetTransactionStatus GetVariables InstallCertificate "
    "PublishFirmware RequestStartTransaction RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile "
    "SetDisplayMessage SetMonitoringBase SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables "
    "TriggerMessage UnlockConnector UnpublishFirmware UpdateFirmware"
)
_MAX_STATUS_CHARS = {Protocol.OCPP201: 5500, Protocol.OCPP21: 18_000}
_MAX_EXI_CHARS = {Protocol.OCPP201: 7500, Protocol.OCPP21: 17_000}
KNOWN_CALLS = frozenset(_KNOWN_CALLS.split())
# The orders are worded the same in both 2.x versions.
CALL_BUILDERS: dict[type, Callable[[Any], OutgoingCall | OrderResult]] = {
    QueryCharge: remote.get_transaction_status,
    CancelReserve: reservations.cancel_reservation,
    ClearLimits: charging_profiles.clear_limits,
    DeleteRoot: certificates.delete_root,
    InstallFirmware: firmware_and_logs.install_firmware,
    InstallRoot: certificates.install_root,
    InstallSigned: certificates.install_signed,
    ReadCards: card_lists.read_cards,
    ReadInventory: inventory.read_inventory,
    ReadRoots: certificates.read_roots,
    ReadSchedule: charging_profiles.read_schedule,
    ReadSettings: settings.read_settings,
    ReportMeter: remote.trigger_message,
    Reserve: reservations.reserve,
    Restart: remote.restart,
    SendCards: card_lists.send_cards,
    SendLog: firmware_and_logs.send_log,
    SetAvailability: remote.set_availability,
    SetFallback: charging_profiles.set_fallback,
    SetLimit: charging_profiles.set_limit,
    ShowCost: cost.show_cost,
    StartCharge: remote.start_charge,
    StopCharge: remote.stop_charge,
    Unlock: remote.unlock,
    WriteSetting: settings.write_setting,
}


def handlers(types: ModuleType, protocol: Protocol) -> dict[str, CallHandler]:
    """The handlers for calls of 2.0.1. types: the messages of a version that has all of them, with all their fields (2.1)."""
    return {
        **acknowledged_only_handlers(types),
        "Authorize": authorise.authorize_handler(types.AuthorizeRequest),
        "BootNotification": boot.boot_notification_handler(types.BootNotificationRequest, protocol),
        "ClearedChargingLimit": limit_cleared_handler(types.ClearedChargingLimitRequest),
        "FirmwareStatusNotification": progress_handler(types.FirmwareStatusNotificationRequest, ChargerJobKind.FIRMWARE),
        "Get15118EVCertificate": contract_certificate_handler(
            types.Get15118EVCertificateRequest, _MAX_EXI_CHARS[protocol], several=protocol is Protocol.OCPP21
        ),
        "GetCertificateStatus": certificate_status_handler(types.GetCertificateStatusRequest, _MAX_STATUS_CHARS[protocol]),
        "Heartbeat": boot.heartbeat_handler(types.HeartbeatRequest),
        "LogStatusNotification": progress_handler(types.LogStatusNotificationRequest, ChargerJobKind.LOG),
        "NotifyChargingLimit": limit_set_handler(types.NotifyChargingLimitRequest),
        "NotifyEvent": event_handler(types.NotifyEventRequest),
        "NotifyEVChargingNeeds": charging_needs.charging_needs_handler(
            types.NotifyEVChargingNeedsRequest, types.NotifyEVChargingNeedsResponse("Rejected")
        ),
        "NotifyReport": inventory.inventory_handler(types.NotifyReportRequest),
        "SecurityEventNotification": security_event_handler(types.SecurityEventNotificationRequest),
        "SignCertificate": sign_certificate_handler(
            types.SignCertificateRequest, types.SignCertificateResponse("Accepted"), types.SignCertificateResponse("Rejected")
        ),
        "MeterValues": meter.meter_values_handler(types.MeterValuesRequest),
        "StatusNotification": status.status_notification_handler(types.StatusNotificationRequest),
        "TransactionEvent": transactions.transaction_event_handler(types.TransactionEventRequest),
    }


def frequent_calls(types: ModuleType) -> dict[str, type[Struct]]:
    """The most frequent messages."""
    actions = "Authorize BootNotification Heartbeat MeterValues StatusNotification TransactionEvent"
    return {action: getattr(types, f"{action}Request") for action in actions.split()}


V201 = TableDialect(
    Protocol.OCPP201,
    Spelling.OCPP2,
    handlers=handlers(types_schema, Protocol.OCPP201),
    call_builders=CALL_BUILDERS,
    known_calls=KNOWN_CALLS,
    frequent_calls=frequent_calls(types_schema),
)

__all__ = ["CALL_BUILDERS", "KNOWN_CALLS", "V201", "frequent_calls", "handlers"]
