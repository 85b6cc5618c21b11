"""OCPP 2.1: all of 2.0.1 with longer tokens and more values, plus calls of its own."""

from forecourt.gateway.dialects.tables import TableDialect
from forecourt.gateway.dialects.v21 import certificate_chain, certificates, charge_caps, pay_codes, price_sheets, settlements
from forecourt.gateway.dialects.v21 import types_schema as types
from forecourt.gateway.dialects.v201 import ASKS, KNOWN_CALLS, hears, often
from forecourt.gateway.dialects.v201.notices import noted
from forecourt.gateway.wire import Spelling
from forecourt.stations import CapCharge, ClearSheets, InstallSigned, Protocol, SetChargeSheet, SetSheet, StartCharge, TellPaying

# Calls of the standard without a handler: those that only a central system makes, battery swaps, and tax numbers.
_KNOWN_CALLS = (
    "AdjustPeriodicEventStream AFRRSignal BatterySwap ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl "
    "GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted "
    "RequestBatterySwap SetDefaultTariff SetDERControl UpdateDynamicSchedule UsePriorityCharging VatNumberValidation"
)
V21 = TableDialect(
    Protocol.OCPP21,
    Spelling.OCPP2,
    hears={
        **hears(types, Protocol.OCPP21),
        "ClosePeriodicEventStream": noted(types.ClosePeriodicEventStreamRequest, "event_stream"),
        "GetCertificateChainStatus": certificate_chain.asked,
        "NotifyDERAlarm": noted(types.NotifyDERAlarmRequest, "grid_alarm"),
        "NotifyDERStartStop": noted(types.NotifyDERStartStopRequest, "grid_control"),
        "NotifyPriorityCharging": noted(types.NotifyPriorityChargingRequest, "priority_charging"),
        "NotifySettlement": settlements.settled,
        "OpenPeriodicEventStream": noted(
            types.OpenPeriodicEventStreamRequest, "event_stream", types.OpenPeriodicEventStreamResponse("Rejected")
        ),
        "PullDynamicScheduleUpdate": noted(
            types.PullDynamicScheduleUpdateRequest, "dynamic_schedule", types.PullDynamicScheduleUpdateResponse("Rejected")
        ),
        "ReportDERControl": noted(types.ReportDERControlRequest, "grid_control"),
    },
    asks={
        **ASKS,
        InstallSigned: certificates.install_signed,
        CapCharge: charge_caps.cap_charge,
        ClearSheets: price_sheets.clear_sheets,
        SetChargeSheet: price_sheets.set_charge_sheet,
        SetSheet: price_sheets.set_sheet,
        StartCharge: pay_codes.start_charge,
        TellPaying: pay_codes.tell_paying,
    },
    known=KNOWN_CALLS | frozenset(_KNOWN_CALLS.split()),
    often=often(types),
)

__all__ = ["V21"]
