"""OCPP 1.6: from payloads to facts, also for chargers that deviate from the specification."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.gateway.dialects import V16, Denied, OutgoingCall, Reply
from forecourt.gateway.wire import Fault
from forecourt.kernel import instant_text, round_half_up
from forecourt.stations import Acknowledgement, ChargingState, ConnectorState, ShowCost, StopReason, Verdict
from gateway.decoding import NOW, decode16, report16

START = {"connectorId": 1, "idTag": "GOOD1", "meterStart": 100, "timestamp": "2026-11-23T10:00:00Z"}
STOP = {"transactionId": 7, "meterStop": 900, "timestamp": "2026-11-23T11:00:00Z"}


def meter(*values: dict[str, Any], timestamp: str = "2026-11-23T10:05:00Z", **more: Any) -> dict[str, Any]:
    return {"connectorId": 1, "meterValue": [{"timestamp": timestamp, "sampledValue": list(values)}], **more}


def test_a_start_sent_again_has_the_same_deduplication_key() -> None:
    assert report16("StartTransaction", START, "a").dedupe_key == report16("StartTransaction", START, "b").dedupe_key


@pytest.mark.parametrize("change", [{"connectorId": 2}, {"idTag": "X"}, {"meterStart": 101}, {"timestamp": "2026-11-23T10:00:01Z"}])
def test_a_different_start_has_a_different_deduplication_key(change: dict[str, Any]) -> None:
    assert report16("StartTransaction", START).dedupe_key != report16("StartTransaction", {**START, **change}).dedupe_key


def test_a_stop_is_deduplicated_by_its_transaction() -> None:
    later = {**STOP, "timestamp": "2026-11-23T12:00:00Z"}
    assert report16("StopTransaction", STOP).dedupe_key == report16("StopTransaction", later).dedupe_key


@pytest.mark.parametrize("transaction", [0, -1])
def test_stops_without_a_transaction_number_are_deduplicated_by_time_and_meter(transaction: int) -> None:
    stop = {**STOP, "transactionId": transaction}
    assert report16("StopTransaction", stop).dedupe_key == report16("StopTransaction", stop, "again").dedupe_key
    assert report16("StopTransaction", stop).dedupe_key != report16("StopTransaction", {**stop, "meterStop": 901}).dedupe_key


def test_two_starts_with_a_stopped_clock_are_not_merged() -> None:
    start = {**START, "timestamp": "1970-01-01T00:00:00Z", "meterStart": 0}
    assert report16("StartTransaction", start, "a").dedupe_key != report16("StartTransaction", start, "b").dedupe_key


@pytest.mark.parametrize(
    ("text", "flag", "at"),
    [
        ("2026-11-23T10:00:00Z", None, datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23T10:00:00.123Z", None, datetime(2026, 11, 23, 10, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-11-23T12:00:00+02:00", None, datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23T13:00:00+03", None, datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23T10:00:00", "zone", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", "clock", NOW),
        ("222222017-01-01T00:00:00Z", "clock", NOW),
        ("9999-12-31T23:59:59-23:00", "clock", NOW),
        ("0", "clock", NOW),
        ("hello", "clock", NOW),
        (instant_text(NOW + timedelta(minutes=5)), None, NOW + timedelta(minutes=5)),
        (instant_text(NOW + timedelta(minutes=6)), "clock_ahead", NOW),
        ("2099-01-01T00:00:00Z", "clock_ahead", NOW),
    ],
)
def test_timestamps_are_read_in_all_formats(text: str, flag: str | None, at: datetime) -> None:
    report = report16("StartTransaction", {**START, "timestamp": text})
    assert (report.fact.at, report.flags) == (at, (flag,) if flag else ())


@pytest.mark.parametrize(
    ("value", "energy_wh", "flags"),
    [
        ({"value": "1500"}, 1500, ()),
        ({"value": "1500.4", "unit": "Wh"}, 1500, ()),
        ({"value": "1.5005", "unit": "kWh", "measurand": "Energy.Active.Import.Register"}, 1501, ()),
        ({"value": " 1500 "}, 1500, ("value",)),
        ({"value": ""}, None, ("value",)),
        ({"value": "NaN"}, None, ("value",)),
        ({"value": "1e999999999"}, None, ("value",)),
        ({"value": "1e40"}, None, ("range",)),
        ({"value": "9999999999999"}, None, ("range",)),
        ({"value": "-5"}, -5, ()),
        ({"value": "1500", "unit": "W"}, None, ("unit",)),
        ({"value": "1500", "unit": "Hz"}, None, ("enum", "unit")),
        ({"value": 1500}, 1500, ("type",)),
        ({"value": "1500", "unit": "wh"}, 1500, ("enum",)),
        ({"value": "0A0B", "format": "SignedData"}, None, ()),
        ({"value": "1500", "vendorField": 1}, 1500, ("unknown_field",)),
    ],
)
def test_energy_is_read_in_all_units(value: dict[str, Any], energy_wh: int | None, flags: tuple[str, ...]) -> None:
    report = report16("MeterValues", meter(value))
    read = report.fact.samples[0].energy_wh if report.fact.samples else None
    assert (read, report.flags) == (energy_wh, flags)


def test_phases_add_up_for_power_and_the_largest_counts_for_current() -> None:
    def of(measurand: str, unit: str, *values: str) -> list[dict[str, Any]]:
        return [{"value": value, "measurand": measurand, "unit": unit, "phase": f"L{n}"} for n, value in enumerate(values, 1)]

    values = of("Power.Active.Import", "kW", "1.1", "1.2", "1.3") + of("Current.Import", "A", "10", "12.5", "11")
    sample = report16("MeterValues", meter(*values)).fact.samples[0]
    assert (sample.power_w, sample.current_ma, sample.energy_wh) == (3600, 12_500, None)


def test_the_end_reading_counts_where_begin_and_end_are_in_one_sample() -> None:
    data = [
        {
            "timestamp": "2026-11-23T11:00:00Z",
            "sampledValue": [{"value": "900", "context": "Transaction.End"}, {"value": "100", "context": "Transaction.Begin"}],
        }
    ]
    assert report16("StopTransaction", {**STOP, "transactionData": data}).fact.samples[0].energy_wh == 900


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"idTag": "X" * 40}, "length"),
        ({"connectorId": "1"}, "type"),
        ({"meterStart": 100.0}, "type"),
        ({"extra": True}, "unknown_field"),
        ({"timestamp": None}, "occurrence"),
        ({"meterStart": 10**30}, "range"),
        ({"connectorId": -1}, "number"),
    ],
)
def test_a_doubtful_start_is_stored_with_a_flag(change: dict[str, Any], flag: str) -> None:
    assert flag in report16("StartTransaction", {**START, **change}).flags


def test_a_single_object_is_read_as_a_list_of_one() -> None:
    lone = {"connectorId": 1, "meterValue": {"timestamp": "2026-11-23T10:05:00Z", "sampledValue": {"value": "5"}}}
    assert report16("MeterValues", lone).fact.samples[0].energy_wh == 5


def test_a_stop_with_malformed_optional_fields_is_still_stored() -> None:
    stop = {"transactionId": 7, "meterStop": 3000, "timestamp": "2026-11-23T10:05:00Z", "reason": 5, "transactionData": [3], "idTag": {}}
    ended = report16("StopTransaction", stop)
    assert ended.fact.samples[-1].energy_wh == 3000
    assert "dropped" in ended.flags


@pytest.mark.parametrize(
    ("action", "payload", "fault"),
    [
        ("StartTransaction", {}, Fault.OCCURRENCE),
        ("StartTransaction", [], Fault.TYPE),
        ("StartTransaction", b"null", Fault.TYPE),
        ("Authorize", {"idTag": ["x"]}, Fault.TYPE),
        ("Authorize", b'{"idTag":"a","idTag":"b"}', Fault.FORMAT),
        ("StopTransaction", b'{"transactionId":1,"transactionId":2,"meterStop":1,"timestamp":"2026-11-23T10:00:00Z"}', Fault.FORMAT),
        ("DataTransfer", {"vendorId": "x" * 256}, Fault.PROPERTY),
        ("DataTransfer", {"vendorId": "x", "other": 1}, Fault.FORMAT),
        ("FirmwareStatusNotification", {"status": "Flying"}, Fault.PROPERTY),
        ("Reset", {"type": "Hard"}, Fault.NOT_SUPPORTED),
        ("FlyToTheMoon", {}, Fault.NOT_IMPLEMENTED),
        ("StartTransaction", b'{"connectorId":' + b"9" * 5000 + b"}", Fault.FORMAT),
    ],
)
def test_invalid_payloads_get_the_right_fault_code(action: str, payload: object, fault: Fault) -> None:
    inbound = decode16(action, payload)
    assert isinstance(inbound, Denied), inbound
    assert inbound.fault is fault


@pytest.mark.parametrize(
    ("status", "state", "charging"),
    [
        ("Available", ConnectorState.AVAILABLE, None),
        ("Preparing", ConnectorState.OCCUPIED, ChargingState.EV_CONNECTED),
        ("SuspendedEVSE", ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EVSE),
        ("Finishing", ConnectorState.OCCUPIED, None),
        ("Faulted", ConnectorState.FAULTED, None),
    ],
)
def test_each_connector_status_maps_to_its_state(status: str, state: ConnectorState, charging: ChargingState | None) -> None:
    fact = report16("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status}).fact
    assert (fact.state, fact.charging_state, fact.error) == (state, charging, "")


def test_a_status_is_deduplicated_by_its_timestamp_and_not_without_one() -> None:
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    timed = {**status, "timestamp": "2026-11-23T10:00:00Z"}
    assert report16("StatusNotification", timed, "a").dedupe_key == report16("StatusNotification", timed, "b").dedupe_key
    assert report16("StatusNotification", status, "a").dedupe_key != report16("StatusNotification", status, "b").dedupe_key


@pytest.mark.parametrize(
    ("reason", "meant"), [(None, StopReason.DRIVER), ("PowerLoss", StopReason.POWER_LOSS), ("Sunset", StopReason.OTHER)]
)
def test_each_stop_reason_maps_to_its_meaning(reason: str | None, meant: StopReason) -> None:
    stop = STOP if reason is None else {**STOP, "reason": reason}
    assert report16("StopTransaction", stop).fact.reason is meant


def test_unknown_vendor_data_is_answered_with_unknown_vendor_id() -> None:
    assert decode16("DataTransfer", {"vendorId": "Acme"}) == Reply(b'{"status":"UnknownVendorId"}', "data_transfer")


def test_a_start_with_an_unknown_token_gets_a_transaction_number() -> None:
    answer = report16("StartTransaction", START).answer(Acknowledgement("42", Verdict.INVALID))
    assert answer == b'{"idTagInfo":{"status":"Invalid"},"transactionId":42}'


def test_the_answer_to_a_start_names_the_parent_id_tag_of_its_driver() -> None:
    answer = report16("StartTransaction", START).answer(Acknowledgement("42", Verdict.ACCEPTED, "ADA"))
    assert answer == b'{"idTagInfo":{"status":"Accepted","parentIdTag":"ADA"},"transactionId":42}'


@given(st.decimals(0, 10**11, places=4, allow_nan=False), st.sampled_from([("Wh", 0), ("kWh", 3)]))
def test_a_meter_register_is_read_exactly_to_the_watt_hour(value: Decimal, unit: tuple[str, int]) -> None:
    """Compared with exact decimal arithmetic."""
    report = report16("MeterValues", meter({"value": str(value), "unit": unit[0]}))
    exact = round_half_up(value.scaleb(unit[1]), 0)
    assert (report.fact.samples[0].energy_wh if report.fact.samples else None) == (int(exact) if exact < 10**12 else None)


SHORT_NUMBERS = st.from_regex(r"[0-9]{0,5}\.?[0-9]{0,4}", fullmatch=True).filter(lambda text: text.strip("."))


@given(SHORT_NUMBERS, st.sampled_from([("Wh", 0), ("kWh", 3)]))
def test_a_number_is_read_exactly_in_every_notation(text: str, unit: tuple[str, int]) -> None:
    report = report16("MeterValues", meter({"value": text, "unit": unit[0]}))
    assert report.fact.samples[0].energy_wh == int(round_half_up(Decimal(text).scaleb(unit[1]), 0))
    assert report.flags == ()


def test_running_and_final_costs_follow_the_california_pricing_note_of_the_open_charge_alliance() -> None:
    running = V16.build_call(ShowCost("7", "1.50", NOW, 3000, charging=False))
    assert isinstance(running, OutgoingCall)
    assert json.loads(running.payload)["messageId"] == "RunningCost"
    data = json.loads(json.loads(running.payload)["data"], parse_float=Decimal)
    assert data.pop("timestamp") == "2026-11-23T12:00:00.000Z"
    assert data == {"transactionId": 7, "cost": Decimal("1.50"), "meterValue": 3000, "state": "Idle"}
    shown = V16.build_call(ShowCost("7", "1.50", NOW, 3000, True, final=True, text="2.00 kWh, 1.50 EUR"))
    assert isinstance(shown, OutgoingCall)
    final = json.loads(shown.payload)
    assert json.loads(final["data"]) == {"transactionId": 7, "cost": 1.5, "priceText": "2.00 kWh, 1.50 EUR"}
