"""OCPP 2.0.1."""

from forecourt.gateway.dialects.tables import TableDialect
from forecourt.gateway.dialects.v201 import authorise, boot, meter, power, remote, reserving, settings, status, transactions
from forecourt.gateway.dialects.v201 import types_schema as types
from forecourt.gateway.dialects.v201.notices import NOTICES
from forecourt.gateway.wire import Spelling
from forecourt.stations import (
    CancelReserve,
    ClearLimits,
    Protocol,
    ReadSettings,
    ReportMeter,
    Reserve,
    Restart,
    SetAvailability,
    SetFallback,
    SetLimit,
    StartCharge,
    StopCharge,
    Unlock,
    WriteSetting,
)

# Calls of the standard without a handler: those that only a central system makes, and plug-and-charge certificates.
_KNOWN_CALLS = (
    "CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage "
    "ClearVariableMonitoring CostUpdated CustomerInformation DeleteCertificate Get15118EVCertificate GetBaseReport "
    "GetCertificateStatus GetChargingProfiles GetCompositeSchedule GetDisplayMessages GetInstalledCertificateIds "
    "GetLocalListVersion GetLog GetMonitoringReport GetReport GetTransactionStatus GetVariables InstallCertificate "
    "PublishFirmware RequestStartTransaction RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile "
    "SetDisplayMessage SetMonitoringBase SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables "
    "TriggerMessage UnlockConnector UnpublishFirmware UpdateFirmware"
)
V201 = TableDialect(
    Protocol.OCPP201,
    Spelling.OCPP2,
    hears={
        **NOTICES,
        "Authorize": authorise.asked,
        "BootNotification": boot.booted,
        "Heartbeat": boot.time_asked,
        "MeterValues": meter.metered,
        "StatusNotification": status.reported,
        "TransactionEvent": transactions.happened,
    },
    asks={
        CancelReserve: reserving.cancel,
        ClearLimits: power.clear_limits,
        ReadSettings: settings.read_settings,
        ReportMeter: remote.report,
        Reserve: reserving.reserve,
        Restart: remote.restart,
        SetAvailability: remote.set_availability,
        SetFallback: power.set_fallback,
        SetLimit: power.set_limit,
        StartCharge: remote.start_charge,
        StopCharge: remote.stop_charge,
        Unlock: remote.unlock,
        WriteSetting: settings.write_setting,
    },
    known=frozenset(_KNOWN_CALLS.split()),
    often={
        "Authorize": types.AuthorizeRequest,
        "BootNotification": types.BootNotificationRequest,
        "Heartbeat": types.HeartbeatRequest,
        "MeterValues": types.MeterValuesRequest,
        "StatusNotification": types.StatusNotificationRequest,
        "TransactionEvent": types.TransactionEventRequest,
    },
)

__all__ = ["V201"]
