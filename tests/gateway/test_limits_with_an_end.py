"""Limits with an end, in both protocols: an absolute schedule that began earlier and is over at the given time."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.gateway.dialects import DIALECTS, OutgoingCall
from forecourt.kernel import parse_instant
from forecourt.simulation.charger.profiles import parse_profile
from forecourt.stations import Protocol, SetFallback, SetLimit

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("protocol", [Protocol.OCPP16, Protocol.OCPP201])
def test_a_limit_with_an_end_is_sent_as_an_absolute_schedule_with_a_duration(protocol: Protocol) -> None:
    asked = DIALECTS[protocol].build_call(SetLimit(1, 16, 5, "7", until=NOON))
    assert isinstance(asked, OutgoingCall)
    payload = json.loads(asked.payload)
    raw = payload.get("csChargingProfiles") or payload["chargingProfile"]
    schedule = raw["chargingSchedule"] if protocol is Protocol.OCPP16 else raw["chargingSchedule"][0]
    assert (raw["chargingProfileKind"], "validTo" in raw) == ("Absolute", False), "not to be used in a transaction's profile"
    assert parse_instant(schedule["startSchedule"]) + timedelta(seconds=schedule["duration"]) == NOON
    profile, began = parse_profile(raw, schedule), (NOON - timedelta(minutes=10)).timestamp()
    assert [profile.limit(NOON.timestamp() + late, began) for late in (-3000, -1, 0)] == [16, 16, None]


@pytest.mark.parametrize("protocol", [Protocol.OCPP16, Protocol.OCPP201])
def test_a_limit_without_an_end_is_sent_as_a_relative_schedule(protocol: Protocol) -> None:
    asked = DIALECTS[protocol].build_call(SetLimit(1, 16, 5, "7"))
    assert isinstance(asked, OutgoingCall) and b"Relative" in asked.payload and b"startSchedule" not in asked.payload


@pytest.mark.parametrize("order", [SetLimit(1, 16, 5, "7", limit_w=11_040), SetFallback(16, 11_040)])
@pytest.mark.parametrize("protocol", Protocol)
def test_a_limit_in_watts_is_sent_in_watts(protocol: Protocol, order: SetLimit | SetFallback) -> None:
    asked = DIALECTS[protocol].build_call(order)
    assert isinstance(asked, OutgoingCall) and b'"chargingRateUnit":"W"' in asked.payload and b'"limit":11040' in asked.payload


@pytest.mark.parametrize("protocol", Protocol)
def test_a_delayed_fallback_limit_is_zero_at_the_start_of_a_charge(protocol: Protocol) -> None:
    asked = DIALECTS[protocol].build_call(SetFallback(13, after_s=3900))
    assert isinstance(asked, OutgoingCall)
    payload = json.loads(asked.payload)
    raw = payload.get("csChargingProfiles") or payload["chargingProfile"]
    schedule = raw["chargingSchedule"] if protocol is Protocol.OCPP16 else raw["chargingSchedule"][0]
    profile, began = parse_profile(raw, schedule), NOON.timestamp()
    assert [profile.limit(began + late, began) for late in (0, 3899, 3900, 99_999)] == [0, 0, 13, 13]
