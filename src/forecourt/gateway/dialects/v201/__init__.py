"""OCPP 2.0.1."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from msgspec import Struct

from forecourt.gateway.dialects.certificates import asking_certificate
from forecourt.gateway.dialects.hearing import Asked, Hear
from forecourt.gateway.dialects.security import noting_security
from forecourt.gateway.dialects.tables import TableDialect
from forecourt.gateway.dialects.v201 import (
    authorise,
    boot,
    card_lists,
    certificates,
    cost,
    inventory,
    meter,
    needs,
    power,
    remote,
    reserving,
    settings,
    status,
    transactions,
    types_schema,
    works,
)
from forecourt.gateway.dialects.v201.certificate_status import asking_status
from forecourt.gateway.dialects.v201.contract_issuing import asking_contract
from forecourt.gateway.dialects.v201.events import noting_events
from forecourt.gateway.dialects.v201.notices import noting
from forecourt.gateway.dialects.v201.outside_limits import lifting_limit, telling_limit
from forecourt.gateway.dialects.works import reporting_work
from forecourt.gateway.wire import Spelling
from forecourt.stations import (
    AskCharge,
    CancelReserve,
    ClearLimits,
    DeleteRoot,
    InstallFirmware,
    InstallRoot,
    InstallSigned,
    OrderResult,
    Protocol,
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
    WorkKind,
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
_LONGEST_STATUS = {Protocol.OCPP201: 5500, Protocol.OCPP21: 18_000}
_LONGEST_EXI = {Protocol.OCPP201: 7500, Protocol.OCPP21: 17_000}
KNOWN_CALLS = frozenset(_KNOWN_CALLS.split())
# The orders are worded the same in both 2.x versions.
ASKS: dict[type, Callable[[Any], Asked | OrderResult]] = {
    AskCharge: remote.ask_charge,
    CancelReserve: reserving.cancel,
    ClearLimits: power.clear_limits,
    DeleteRoot: certificates.delete_root,
    InstallFirmware: works.install_firmware,
    InstallRoot: certificates.install_root,
    InstallSigned: certificates.install_signed,
    ReadCards: card_lists.read_cards,
    ReadInventory: inventory.read_inventory,
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
}


def hears(types: ModuleType, protocol: Protocol) -> dict[str, Hear]:
    """The handlers for calls of 2.0.1. types: the messages of a version that has all of them, with all their fields (2.1)."""
    return {
        **noting(types),
        "Authorize": authorise.asking(types.AuthorizeRequest),
        "BootNotification": boot.booting(types.BootNotificationRequest, protocol),
        "ClearedChargingLimit": lifting_limit(types.ClearedChargingLimitRequest),
        "FirmwareStatusNotification": reporting_work(types.FirmwareStatusNotificationRequest, WorkKind.FIRMWARE),
        "Get15118EVCertificate": asking_contract(
            types.Get15118EVCertificateRequest, _LONGEST_EXI[protocol], several=protocol is Protocol.OCPP21
        ),
        "GetCertificateStatus": asking_status(types.GetCertificateStatusRequest, _LONGEST_STATUS[protocol]),
        "Heartbeat": boot.beating(types.HeartbeatRequest),
        "LogStatusNotification": reporting_work(types.LogStatusNotificationRequest, WorkKind.LOG),
        "NotifyChargingLimit": telling_limit(types.NotifyChargingLimitRequest),
        "NotifyEvent": noting_events(types.NotifyEventRequest),
        "NotifyEVChargingNeeds": needs.asking(types.NotifyEVChargingNeedsRequest, types.NotifyEVChargingNeedsResponse("Rejected")),
        "NotifyReport": inventory.telling_inventory(types.NotifyReportRequest),
        "SecurityEventNotification": noting_security(types.SecurityEventNotificationRequest),
        "SignCertificate": asking_certificate(
            types.SignCertificateRequest, types.SignCertificateResponse("Accepted"), types.SignCertificateResponse("Rejected")
        ),
        "MeterValues": meter.metering(types.MeterValuesRequest),
        "StatusNotification": status.reporting(types.StatusNotificationRequest),
        "TransactionEvent": transactions.happening(types.TransactionEventRequest),
    }


def often(types: ModuleType) -> dict[str, type[Struct]]:
    """The most frequent messages."""
    actions = "Authorize BootNotification Heartbeat MeterValues StatusNotification TransactionEvent"
    return {action: getattr(types, f"{action}Request") for action in actions.split()}


V201 = TableDialect(
    Protocol.OCPP201,
    Spelling.OCPP2,
    hears=hears(types_schema, Protocol.OCPP201),
    asks=ASKS,
    known=KNOWN_CALLS,
    often=often(types_schema),
)

__all__ = ["ASKS", "KNOWN_CALLS", "V201", "hears", "often"]
