"""OCPP 2.1: all of 2.0.1 with longer tokens and more values, plus calls of its own."""

from forecourt.gateway.dialects.table_dialect import TableDialect
from forecourt.gateway.dialects.v21 import certificate_chain, certificates, charge_caps, pay_codes, price_sheets, settlements
from forecourt.gateway.dialects.v21 import types_schema as types
from forecourt.gateway.dialects.v201 import CALL_BUILDERS, KNOWN_CALLS, frequent_calls, handlers
from forecourt.gateway.dialects.v201.acknowledged_only import acknowledge_only
from forecourt.gateway.wire import Spelling
from forecourt.stations import CapCharge, ClearSheets, InstallSigned, NotifyWebPayment, Protocol, SetChargeSheet, SetSheet, StartCharge

# Calls of the standard without a handler: those that only a central system makes, battery swaps, and tax numbers.
_KNOWN_CALLS = (
    "AdjustPeriodicEventStream AFRRSignal BatterySwap ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl "
    "GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted "
    "RequestBatterySwap SetDefaultTariff SetDERControl UpdateDynamicSchedule UsePriorityCharging VatNumberValidation"
)
V21 = TableDialect(
    Protocol.OCPP21,
    Spelling.OCPP2,
    handlers={
        **handlers(types, Protocol.OCPP21),
        "ClosePeriodicEventStream": acknowledge_only(types.ClosePeriodicEventStreamRequest, "event_stream"),
        "GetCertificateChainStatus": certificate_chain.handle_certificate_chain_status,
        "NotifyDERAlarm": acknowledge_only(types.NotifyDERAlarmRequest, "grid_alarm"),
        "NotifyDERStartStop": acknowledge_only(types.NotifyDERStartStopRequest, "grid_control"),
        "NotifyPriorityCharging": acknowledge_only(types.NotifyPriorityChargingRequest, "priority_charging"),
        "NotifySettlement": settlements.handle_settlement,
        "OpenPeriodicEventStream": acknowledge_only(
            types.OpenPeriodicEventStreamRequest, "event_stream", types.OpenPeriodicEventStreamResponse("Rejected")
        ),
        "PullDynamicScheduleUpdate": acknowledge_only(
            types.PullDynamicScheduleUpdateRequest, "dynamic_schedule", types.PullDynamicScheduleUpdateResponse("Rejected")
        ),
        "ReportDERControl": acknowledge_only(types.ReportDERControlRequest, "grid_control"),
    },
    call_builders={
        **CALL_BUILDERS,
        InstallSigned: certificates.install_signed,
        CapCharge: charge_caps.cap_charge,
        ClearSheets: price_sheets.clear_sheets,
        SetChargeSheet: price_sheets.set_charge_sheet,
        SetSheet: price_sheets.set_sheet,
        StartCharge: pay_codes.start_charge,
        NotifyWebPayment: pay_codes.notify_web_payment,
    },
    known_calls=KNOWN_CALLS | frozenset(_KNOWN_CALLS.split()),
    frequent_calls=frequent_calls(types),
)

__all__ = ["V21"]
