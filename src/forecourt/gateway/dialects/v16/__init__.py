"""OCPP 1.6J."""

from forecourt.gateway.dialects.security import noting_security
from forecourt.gateway.dialects.tables import TableDialect
from forecourt.gateway.dialects.v16 import (
    authorise,
    boot,
    card_lists,
    certificates,
    cost,
    meter,
    notices,
    power,
    remote,
    reserving,
    settings,
    status,
    transactions,
    works,
)
from forecourt.gateway.dialects.v16 import types_schema as types
from forecourt.gateway.dialects.works import reporting_work
from forecourt.gateway.wire import Spelling
from forecourt.stations import (
    CancelReserve,
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
    WorkKind,
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
    hears={
        "Authorize": authorise.asked,
        "BootNotification": boot.booted,
        "DataTransfer": notices.data_transferred,
        "DiagnosticsStatusNotification": reporting_work(types.DiagnosticsStatusNotificationRequest, WorkKind.LOG),
        "FirmwareStatusNotification": reporting_work(types.FirmwareStatusNotificationRequest, WorkKind.FIRMWARE),
        "Heartbeat": boot.time_asked,
        "LogStatusNotification": reporting_work(types.LogStatusNotificationRequest, WorkKind.LOG),
        "MeterValues": meter.metered,
        "SecurityEventNotification": noting_security(types.SecurityEventNotificationRequest),
        "SignCertificate": certificates.asked,
        "SignedFirmwareStatusNotification": reporting_work(types.SignedFirmwareStatusNotificationRequest, WorkKind.FIRMWARE),
        "StartTransaction": transactions.started,
        "StatusNotification": status.reported,
        "StopTransaction": transactions.stopped,
    },
    asks={
        CancelReserve: reserving.cancel,
        ClearLimits: power.clear_limits,
        DeleteRoot: certificates.delete_root,
        InstallFirmware: works.install_firmware,
        InstallRoot: certificates.install_root,
        InstallSigned: certificates.install_signed,
        ReadCards: card_lists.read_cards,
        ReadRoots: certificates.read_roots,
        ReadSchedule: power.read_schedule,
        ReadSettings: settings.read_settings,
        ReportMeter: remote.report,
        Reserve: reserving.reserve,
        Restart: remote.restart,
        SendCards: card_lists.send_cards,
        SendLog: works.send_log,
        SetAvailability: remote.set_availability,
        SetFallback: power.set_fallback,
        SetLimit: power.set_limit,
        ShowCost: cost.show_cost,
        StartCharge: remote.start_charge,
        StopCharge: remote.stop_charge,
        Unlock: remote.unlock,
        WriteSetting: settings.write_setting,
    },
    known=frozenset(_CENTRAL_CALLS.split()),
    often={
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
