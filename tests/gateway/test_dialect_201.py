"""OCPP 2.0.1: from payloads to facts."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import Raw

from forecourt.gateway.dialects import DIALECTS, CardQuery, Denied, OutgoingCall, Reply
from forecourt.gateway.wire import Fault
from forecourt.stations import (
    UNKNOWN_CHARGE,
    Acknowledgement,
    CarNeedsReported,
    ChargingState,
    OrderResult,
    Outcome,
    Protocol,
    QueryCharge,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)
from gateway.decoding import NOW, decode201, report201

EVENT = {
    "eventType": "Updated",
    "timestamp": "2026-11-23T10:00:00Z",
    "triggerReason": "MeterValuePeriodic",
    "seqNo": 3,
    "transactionInfo": {"transactionId": "T1"},
}


def event(**change: Any) -> dict[str, Any]:
    return {**EVENT, **change}


def with_value(value: object, unit: dict[str, Any] | None = None) -> dict[str, Any]:
    sampled = {"value": value} | ({"unitOfMeasure": unit} if unit is not None else {})
    return event(meterValue=[{"timestamp": "2026-11-23T10:00:00Z", "sampledValue": [sampled]}])


@pytest.mark.parametrize(("kind", "fact"), [("Started", TransactionStarted), ("Updated", TransactionUpdated), ("Ended", TransactionEnded)])
def test_each_transaction_event_type_is_a_fact(kind: str, fact: type) -> None:
    assert isinstance(report201("TransactionEvent", event(eventType=kind, evse={"id": 2})).fact, fact)


def test_a_transaction_event_is_deduplicated_by_transaction_sequence_number_and_time() -> None:
    key = report201("TransactionEvent", EVENT, "a").dedupe_key
    assert key == report201("TransactionEvent", EVENT, "b").dedupe_key
    assert key != report201("TransactionEvent", event(timestamp="2026-11-23T11:00:00Z")).dedupe_key
    assert key != report201("TransactionEvent", event(seqNo=4)).dedupe_key
    assert key != report201("TransactionEvent", event(transactionInfo={"transactionId": "T2"})).dedupe_key


def test_a_started_event_is_read_with_all_its_fields() -> None:
    info = {"transactionId": "T1", "chargingState": "EVConnected", "remoteStartId": 9}
    token = {"idToken": "GOOD1", "type": "ISO14443"}
    started = report201(
        "TransactionEvent",
        event(eventType="Started", transactionInfo=info, idToken=token, reservationId=5, offline=True, evse={"id": 2}),
    ).fact
    assert started == TransactionStarted(
        at=started.at,
        evse_number=2,
        transaction="T1",
        token="GOOD1",
        charging_state=ChargingState.EV_CONNECTED,
        reservation_number=5,
        remote_start_number=9,
        seq=3,
        offline=True,
    )


def test_a_no_authorization_token_is_read_as_no_token() -> None:
    fact = report201("TransactionEvent", event(idToken={"idToken": "", "type": "NoAuthorization"})).fact
    assert fact.token is None


@pytest.mark.parametrize(
    ("value", "unit", "energy_wh", "flags"),
    [
        (1500, None, 1500, ()),
        (1500.6, {}, 1501, ()),
        (1.5, {"unit": "kWh"}, 1500, ()),
        (15, {"unit": "Wh", "multiplier": 2}, 1500, ()),
        (15, {"unit": "Wh", "multiplier": 10**20}, None, ("range",)),
        ("1500", None, 1500, ("type",)),
        (1e300, None, None, ("value",)),
        (15, {"unit": "Furlong"}, None, ("unit",)),
    ],
)
def test_energy_is_read_in_all_units(value: object, unit: dict[str, Any] | None, energy_wh: int | None, flags: tuple[str, ...]) -> None:
    report = report201("TransactionEvent", with_value(value, unit))
    read = report.fact.samples[0].energy_wh if report.fact.samples else None
    assert (read, report.flags) == (energy_wh, flags)


def test_an_unreadable_meter_value_is_dropped_and_the_message_kept() -> None:
    report = report201("TransactionEvent", with_value(""))
    assert (report.fact.samples, set(report.flags)) == ((), {"type", "dropped", "occurrence"})


@pytest.mark.parametrize(
    ("reason", "meant"),
    [(None, StopReason.DRIVER), ("EnergyLimitReached", StopReason.LIMIT), ("GroundFault", StopReason.FAULT), ("Sunset", StopReason.OTHER)],
)
def test_each_stopped_reason_maps_to_its_meaning(reason: str | None, meant: StopReason) -> None:
    info = {"transactionId": "T1"} | ({"stoppedReason": reason} if reason else {})
    assert report201("TransactionEvent", event(eventType="Ended", transactionInfo=info)).fact.reason is meant


def test_meter_values_outside_a_transaction_have_no_transaction() -> None:
    values = {"evseId": 1, "meterValue": [{"timestamp": "2026-11-23T10:00:00Z", "sampledValue": [{"value": 5}]}]}
    fact = report201("MeterValues", values).fact
    assert (fact.transaction, fact.evse_number, fact.samples[0].energy_wh) == (None, 1, 5)


def test_a_transaction_event_is_answered_with_token_info_only_for_its_token() -> None:
    answer = report201("TransactionEvent", EVENT).answer
    assert answer(Acknowledgement("T1")) == b"{}"
    assert answer(Acknowledgement("T1", Verdict.NO_CREDIT)) == b'{"idTokenInfo":{"status":"NoCredit"}}'


def test_a_started_event_without_an_evse_is_stored_with_a_flag() -> None:
    assert report201("TransactionEvent", event(eventType="Started")).flags == ("evse_missing",)


@pytest.mark.parametrize(
    ("action", "payload", "fault"),
    [
        ("TransactionEvent", {key: value for key, value in EVENT.items() if key != "seqNo"}, Fault.OCCURRENCE),
        ("TransactionEvent", b'{"seqNo":1,"seqNo":2}', Fault.FORMAT),
        ("NotifyReport", {"requestId": "x", "generatedAt": "now", "seqNo": 0}, Fault.TYPE),
        ("NotifyReport", {"requestId": 1, "generatedAt": "now", "seqNo": 0, "reportData": []}, Fault.OCCURRENCE),
        ("GetVariables", {}, Fault.NOT_SUPPORTED),
        ("StartTransaction", {}, Fault.NOT_IMPLEMENTED),
    ],
)
def test_invalid_payloads_get_the_right_fault_code(action: str, payload: object, fault: Fault) -> None:
    inbound = decode201(action, payload)
    assert isinstance(inbound, Denied), inbound
    assert inbound.fault is fault


def test_custom_data_is_accepted() -> None:
    assert report201("TransactionEvent", event(customData={"vendorId": "Acme", "deep": [{"x": 1}]})).flags == ()


def test_notify_report_is_acknowledged() -> None:
    more = {"requestId": 1, "generatedAt": "2026-11-23T10:00:00Z", "seqNo": 0, "tbc": True}
    assert decode201("NotifyReport", more) == Reply(b"{}", "report")


def test_authorize_looks_up_its_token() -> None:
    question = decode201("Authorize", {"idToken": {"idToken": "AB", "type": "Local"}})
    assert isinstance(question, CardQuery)
    assert question.token == "AB"


def test_the_time_of_arrival_replaces_an_implausible_timestamp() -> None:
    report = report201("TransactionEvent", event(timestamp="1970-01-01T00:00:00Z"))
    assert (report.fact.at, report.flags) == (NOW, ("clock",))


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ({"messagesInQueue": False, "ongoingIndicator": False}, OrderResult(Outcome.REJECTED, UNKNOWN_CHARGE)),
        ({"messagesInQueue": True, "ongoingIndicator": False}, OrderResult(Outcome.ACCEPTED)),
        ({"messagesInQueue": False, "ongoingIndicator": True}, OrderResult(Outcome.ACCEPTED)),
        ({"messagesInQueue": False}, OrderResult(Outcome.ACCEPTED)),
    ],
)
def test_only_an_explicit_answer_means_that_the_charger_does_not_know_the_transaction(said: dict[str, bool], result: OrderResult) -> None:
    asked = DIALECTS[Protocol.OCPP201].build_call(QueryCharge("T1"))
    assert isinstance(asked, OutgoingCall)
    assert (asked.action, asked.payload) == ("GetTransactionStatus", b'{"transactionId":"T1"}')
    assert asked.read(Raw(json.dumps(said).encode())) == result
    assert asked.read(Raw(b'{"status":"Accepted"}')).detail != UNKNOWN_CHARGE


DC = {"evMaxCurrent": 400, "evMaxVoltage": 800, "stateOfCharge": 35, "evEnergyCapacity": 77_000, "fullSoC": 90}


def needs(**told: Any) -> CarNeedsReported:
    payload = {"evseId": 2, "chargingNeeds": {"requestedEnergyTransfer": "DC", **told}}
    fact = report201("NotifyEVChargingNeeds", payload).fact
    assert isinstance(fact, CarNeedsReported)
    return fact


def test_charging_needs_of_a_dc_vehicle_give_state_of_charge_capacity_and_departure() -> None:
    fact = needs(dcChargingParameters=DC, departureTime="2026-11-23T18:30:00+01:00")
    assert (fact.evse_number, fact.level_percent, fact.capacity_wh, fact.target_percent) == (2, 35, 77_000, 90)
    assert fact.departure == datetime(2026, 11, 23, 17, 30, tzinfo=UTC)


def test_charging_needs_of_an_ac_vehicle_give_the_requested_energy() -> None:
    limits = {"evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400}
    assert needs(acChargingParameters={"energyAmount": 21_500, **limits}).energy_wh == 21_500


@pytest.mark.parametrize("departure", ["2026-11-23T11:00:00Z", "2027-11-23T11:00:00Z", "soon"])
def test_implausible_charging_needs_are_dropped_with_a_flag(departure: str) -> None:
    payload = {"requestedEnergyTransfer": "DC", "departureTime": departure, "dcChargingParameters": {**DC, "evEnergyCapacity": -5}}
    report = report201("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": payload})
    assert isinstance(report.fact, CarNeedsReported)
    assert (report.fact.departure, report.fact.capacity_wh, set(report.flags)) == (None, None, {"clock", "number"})
    assert json.loads(report.answer(Acknowledgement())) == {"status": "Rejected"}
