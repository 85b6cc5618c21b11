"""OCPP 2.1: differences to 2.0.1."""

from typing import Any

import pytest
from msgspec import Raw, json

from forecourt.gateway.dialects import DIALECTS, V21, Boot, CardQuery, Denied, Report
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.wire import Fault
from forecourt.stations import CarNeedsReported, Outcome, Protocol, Restart, StopReason, TransactionEnded
from gateway.decoding import decode21, decode201

LONG = "T" * 200
EVENT = {
    "eventType": "Ended",
    "timestamp": "2026-11-23T10:00:00Z",
    "triggerReason": "CostLimitReached",
    "seqNo": 3,
    "transactionInfo": {"transactionId": "T1", "stoppedReason": "ReqEnergyTransferRejected", "operationMode": "ChargingOnly"},
}


def ended(**change: Any) -> TransactionEnded:
    heard = decode21("TransactionEvent", EVENT | change)
    assert isinstance(heard, Report)
    assert isinstance(heard.fact, TransactionEnded)
    return heard.fact


def test_dialects_are_offered_newest_version_first() -> None:
    assert list(DIALECTS) == [Protocol.OCPP21, Protocol.OCPP201, Protocol.OCPP16]


def test_values_new_in_2_1_are_read_and_flagged_in_2_0_1() -> None:
    assert ended().reason is StopReason.OTHER
    heard = decode201("TransactionEvent", EVENT)
    assert isinstance(heard, Report)
    assert heard.flags


def test_a_2_1_token_may_be_longer_and_of_any_type() -> None:
    asked = decode21("Authorize", {"idToken": {"idToken": LONG, "type": "Contract"}})
    assert isinstance(asked, CardQuery)
    assert asked.token == LONG


def test_current_import_offered_is_read_like_current_offered() -> None:
    values = [{"value": 16, "measurand": "Current.Import.Offered", "unitOfMeasure": {"unit": "A"}}]
    assert ended(meterValue=[{"timestamp": "2026-11-23T10:00:00Z", "sampledValue": values}]).samples[0].offered_ma == 16_000


def test_a_signed_meter_value_may_come_without_its_public_key() -> None:
    signed = {"signedMeterData": "OCMF|{}|{}", "encodingMethod": "OCMF"}
    values = [{"value": 1500, "signedMeterValue": signed}]
    sample = ended(meterValue=[{"timestamp": "2026-11-23T10:00:00Z", "sampledValue": values}]).samples[0]
    assert [(one.data, one.key) for one in sample.signed] == [("OCMF|{}|{}", "")]


def test_a_boot_notification_states_its_protocol_version() -> None:
    booted = decode21("BootNotification", {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}})
    assert isinstance(booted, Boot)
    assert booted.fact.protocol is Protocol.OCPP21


@pytest.mark.parametrize(("action", "fault"), [("VatNumberValidation", Fault.NOT_SUPPORTED), ("Dance", Fault.NOT_IMPLEMENTED)])
def test_unsupported_messages_are_denied_with_the_right_fault(action: str, fault: Fault) -> None:
    assert decode21(action, {}) == Denied(fault)


def test_a_response_is_read_by_its_status_even_if_its_reason_is_too_long() -> None:
    asked = V21.build_call(Restart(hard=True))
    assert isinstance(asked, OutgoingCall)
    info = {"reasonCode": "Busy", "additionalInfo": "x" * 1000}
    assert asked.read(Raw(json.encode({"status": "Rejected", "statusInfo": info}))).outcome is Outcome.REJECTED
    assert asked.read(Raw(b'{"status":"Accepted"}')).outcome is Outcome.ACCEPTED


def test_charging_needs_of_a_bidirectional_vehicle_give_target_energy_and_state_of_charge() -> None:
    told = {"requestedEnergyTransfer": "DC_BPT", "v2xChargingParameters": {"evTargetEnergyRequest": 12_000.4, "targetSoC": 80}}
    heard = decode21("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": told})
    assert isinstance(heard, Report) and isinstance(heard.fact, CarNeedsReported)
    assert (heard.fact.energy_wh, heard.fact.target_percent) == (12_000, 80)
