"""OCPP 1.6J."""

from forecourt.gateway.dialects.charger_jobs import progress_handler
from forecourt.gateway.dialects.security_events import security_event_handler
from forecourt.gateway.dialects.table_dialect import TableDialect
from forecourt.gateway.dialects.v16 import (
    acknowledged_only,
    authorise,
    boot,
    card_lists,
    certificates,
    charging_profiles,
    cost,
    firmware_and_logs,
    meter,
    remote,
    reservations,
    settings,
    status,
    transactions,
)
from forecourt.gateway.dialects.v16 import types_schema as types
from forecourt.gateway.wire import Spelling
from forecourt.stations import (
    CancelReserve,
    ChargerJobKind,
    ClearLimits,
    DeleteRoot,
    InstallFirmware,
    InstallRoot,
    InstallSigned,
    Protocol,
    ReadCards,
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

# Calls that only a central system makes: a charger that sends one is told that it is known but not supported here.
_CENTRAL_CALLS = (
    "CancelReservation ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile ExtendedTriggerMessage "
    "GetCompositeSchedule GetConfiguration GetDiagnostics GetInstalledCertificateIds GetLocalListVersion GetLog "
    "CertificateSigned DeleteCertificate InstallCertificate RemoteStartTransaction RemoteStopTransaction ReserveNow Reset "
    "SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage UnlockConnector UpdateFirmware "
)
V16 = TableDialect(
    Protocol.OCPP16,
    Spelling.OCPP16,
    handlers={
        "Authorize": authorise.handle_authorize,
        "BootNotification": boot.handle_boot_notification,
        "DataTransfer": acknowledged_only.handle_data_transfer,
        "DiagnosticsStatusNotification": progress_handler(types.DiagnosticsStatusNotificationRequest, ChargerJobKind.LOG),
        "FirmwareStatusNotification": progress_handler(types.FirmwareStatusNotificationRequest, ChargerJobKind.FIRMWARE),
        "Heartbeat": boot.handle_heartbeat,
        "LogStatusNotification": progress_handler(types.LogStatusNotificationRequest, ChargerJobKind.LOG),
        "MeterValues": meter.handle_meter_values,
        "SecurityEventNotification": security_event_handler(types.SecurityEventNotificationRequest),
        "SignCertificate": certificates.handle_sign_certificate,
        "SignedFirmwareStatusNotification": progress_handler(types.SignedFirmwareStatusNotificationRequest, ChargerJobKind.FIRMWARE),
        "StartTransaction": transactions.handle_start_transaction,
        "StatusNotification": status.handle_status_notification,
        "StopTransaction": transactions.handle_stop_transaction,
    },
    call_builders={
        CancelReserve: reservations.cancel_reservation,
        ClearLimits: charging_profiles.clear_limits,
        DeleteRoot: certificates.delete_root,
        InstallFirmware: firmware_and_logs.install_firmware,
        InstallRoot: certificates.install_root,
        InstallSigned: certificates.install_signed,
        ReadCards: card_lists.read_cards,
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
    },
    known_calls=frozenset(_CENTRAL_CALLS.split()),
    frequent_calls={
        "Authorize": types.AuthorizeRequest,
        "BootNotification": types.BootNotificationRequest,
        "Heartbeat": types.HeartbeatRequest,
        "MeterValues": types.MeterValuesRequest,
        "StartTransaction": types.StartTransactionRequest,
        "StatusNotification": types.StatusNotificationRequest,
        "StopTransaction": types.StopTransactionRequest,
    },
)

__all__ = ["V16"]
