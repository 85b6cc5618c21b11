"""A complete charge, in both protocols, on a real socket."""

import base64

import pytest

from forecourt.simulation.car import Car

BOTH = pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])


@BOTH
async def test_a_charger_boots_with_its_password_and_reports_its_status(central, power, protocol):
    async with power(protocol):
        await central.until(lambda: central.of("StatusNotification"))
    assert central.of("BootNotification")
    assert base64.b64decode(central.headers[0].removeprefix("Basic ")).decode() == "CP1:secret-of-cp1-0000"


@BOTH
async def test_a_charger_repeats_its_boot_while_pending_and_sends_nothing_else(central, power, protocol):
    central.boot_answers = ["Pending", "Pending", "Accepted"]
    async with power(protocol):
        await central.until(lambda: central.of("StatusNotification"))
    assert [action for _, _, action, _ in central.frames[:3]] == ["BootNotification"] * 3


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_a_full_car_has_taken_exactly_its_need(central, power, protocol):
    car = Car(need_wh=2_000)
    async with power(protocol) as (charger, watch):
        charger.plug_in(1, car)
        assert await charger.present_card(1, "TAG1")
        await central.until(lambda: car.full and watch.currents[-1][1] == 0)
        charger.unplug(1)
        await charger.drained.wait()
    assert watch.ended[0].energy_wh == 2_000
    assert charger.bays[1].evse.register_wh == 1_002_000


async def test_a_1_6_charger_sends_start_meter_values_and_stop_in_order(central, power):
    async with power("ocpp1.6") as (charger, watch):
        charger.plug_in(1, Car(need_wh=3_000))
        await charger.present_card(1, "TAG1")
        await central.until(lambda: len(central.of("MeterValues")) > 5)
        charger.unplug(1)
        await charger.drained.wait()
    statuses = [p["status"] for p in central.of("StatusNotification") if p["connectorId"] == 1]
    assert statuses[:3] == ["Available", "Preparing", "Charging"] and statuses[-1] == "Available"
    stop = central.of("StopTransaction")[0]
    assert stop["transactionId"] == 101 and stop["reason"] == "EVDisconnected"
    assert stop["meterStop"] - central.of("StartTransaction")[0]["meterStart"] == watch.ended[0].energy_wh
    registers = [int(p["meterValue"][0]["sampledValue"][0]["value"]) for p in central.of("MeterValues")]
    assert registers == sorted(registers) and {p["transactionId"] for p in central.of("MeterValues")} == {101}


@pytest.mark.parametrize("cable_first", [True, False])
async def test_a_2_0_1_charger_numbers_its_events_from_0_without_a_gap(central, power, cable_first):
    async with power("ocpp2.0.1", cable_first=cable_first) as (charger, _):
        charger.plug_in(1, Car(need_wh=3_000))
        await charger.present_card(1, "TAG1")
        await central.until(lambda: len(central.of("TransactionEvent")) > 5)
        charger.unplug(1)
        await charger.drained.wait()
    events = central.of("TransactionEvent")
    assert [e["seqNo"] for e in events] == list(range(len(events)))
    assert events[0]["eventType"] == "Started" and ("idToken" in events[0]) is not cable_first
    assert events[-1]["eventType"] == "Ended" and events[-1]["transactionInfo"]["stoppedReason"] == "EVDisconnected"
    assert charger.count.acknowledged == len(events)


@BOTH
async def test_a_refused_card_starts_nothing(central, power, protocol):
    central.verdict = "Blocked"
    async with power(protocol) as (charger, watch):
        charger.plug_in(1, Car(need_wh=3_000))
        assert not await charger.present_card(1, "BAD")
        charger.unplug(1)
    assert watch.currents == [] and not central.of("StartTransaction")


@pytest.mark.parametrize(("certificate", "charges"), [("Accepted", True), ("CertificateRevoked", False)])
async def test_a_car_presents_its_contract_and_charges_only_if_it_is_accepted(central, power, certificate, charges):
    central.certificate = certificate
    async with power("ocpp2.0.1") as (charger, _):
        charger.contracts["DE8AACA2B3C4D5"] = "-----BEGIN CERTIFICATE-----"
        charger.plug_in(1, Car(need_wh=3_000))
        assert await charger.present_card(1, "DE8AACA2B3C4D5") is charges
        charger.unplug(1)
        await charger.drained.wait()
    token = {"idToken": "DE8AACA2B3C4D5", "type": "eMAID"}
    assert central.of("Authorize") == [{"idToken": token, "certificate": "-----BEGIN CERTIFICATE-----"}]
    assert [one["idToken"] for one in central.of("TransactionEvent") if "idToken" in one] == [token] * charges


@BOTH
async def test_a_charge_is_started_and_stopped_remotely(central, power, protocol):
    old = protocol == "ocpp1.6"
    async with power(protocol) as (charger, watch):
        charger.plug_in(1, Car(need_wh=30_000))
        await charger.drained.wait()
        start = (
            {"idTag": "APP1", "connectorId": 1}
            if old
            else {"idToken": {"idToken": "APP1", "type": "Central"}, "evseId": 1, "remoteStartId": 7}
        )
        answer = await central.order("CP1", "RemoteStartTransaction" if old else "RequestStartTransaction", start)
        assert answer["status"] == "Accepted"
        await central.until(lambda: watch.currents and charger.bays[1].tx.number)
        number = charger.bays[1].tx.number
        stop = {"transactionId": int(number)} if old else {"transactionId": number}
        await central.order("CP1", "RemoteStopTransaction" if old else "RequestStopTransaction", stop)
        await central.until(lambda: watch.ended)
        await charger.drained.wait()
    assert watch.ended[0].reason == "Remote" and watch.ended[0].token == "APP1"
