"""Orders to a simulated charger, and their effect."""

from base64 import b64decode

import pytest

from forecourt.simulation.car import NO_TAPER, Car
from forecourt.simulation.charger import EvseSpec

BOTH = pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])
LATER = "2019-09-06T12:00:00Z"


def limit(protocol, amps, number=1, transaction=None, purpose="TxProfile", unit="A", evse=1):
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amps}]}
    profile = {"stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": "Relative"}
    if protocol == "ocpp1.6":
        known = {} if transaction is None else {"transactionId": int(transaction)}
        return {"connectorId": evse, "csChargingProfiles": {"chargingProfileId": number, "chargingSchedule": schedule, **profile, **known}}
    known = {} if transaction is None else {"transactionId": transaction}
    return {"evseId": evse, "chargingProfile": {"id": number, "chargingSchedule": [{"id": 1, **schedule}], **profile, **known}}


async def charging(central, charger, need_wh=50_000):
    charger.plug_in(1, Car(need_wh, taper=NO_TAPER))
    assert await charger.present_card(1, "TAG1")
    await charger.drained.wait()
    return charger.bays[1].tx.number


@BOTH
async def test_a_limit_takes_effect_at_once_and_a_limit_of_zero_is_reported(central, power, protocol):
    async with power(protocol) as (charger, watch):
        number = await charging(central, charger)
        for amps in (16, 0, 6):
            assert (await central.order("CP1", "SetChargingProfile", limit(protocol, amps, transaction=number)))["status"] == "Accepted"
            assert charger.bays[1].evse.current_a == amps
        await charger.drained.wait()
        if protocol == "ocpp1.6":
            await central.until(lambda: [p["status"] for p in central.of("StatusNotification")][-2:] == ["SuspendedEVSE", "Charging"])
    assert [a for _, a, _ in watch.currents] == [32, 16, 0, 6]
    if protocol == "ocpp1.6":
        assert len(central.of("StatusNotification")) == 6
    else:
        states = [
            e["transactionInfo"]["chargingState"] for e in central.of("TransactionEvent") if e["triggerReason"] == "ChargingStateChanged"
        ]
        assert states == ["Charging", "SuspendedEVSE", "Charging"]


@BOTH
async def test_a_full_car_suspends_the_charge(central, power, protocol):
    async with power(protocol, speed=3600) as (charger, _):
        await charging(central, charger, need_wh=1000)
        await central.until(lambda: charger.bays[1].state() == "SuspendedEV")
        await charger.drained.wait()


@BOTH
async def test_a_limit_for_a_transaction_that_is_not_running_is_rejected(central, power, protocol):
    async with power(protocol) as (charger, _):
        assert (await central.order("CP1", "SetChargingProfile", limit(protocol, 16)))["status"] == "Rejected"
        await charging(central, charger)
        foreign = limit(protocol, 16, transaction="999" if protocol == "ocpp1.6" else "another")
        assert (await central.order("CP1", "SetChargingProfile", foreign))["status"] == "Rejected"
        assert charger.bays[1].evse.current_a == 32


@BOTH
async def test_a_remote_start_can_carry_its_own_limit(central, power, protocol):
    old = protocol == "ocpp1.6"
    wanted = limit(protocol, 10)["csChargingProfiles" if old else "chargingProfile"]
    start = {"idTag": "APP1"} if old else {"idToken": {"idToken": "APP1", "type": "Central"}, "remoteStartId": 7}
    async with power(protocol) as (charger, _):
        charger.plug_in(1, Car(9000))
        order = {**start, "chargingProfile": wanted}
        assert (await central.order("CP1", "RemoteStartTransaction" if old else "RequestStartTransaction", order))["status"] == "Accepted"
        await central.until(lambda: charger.bays[1].evse.current_a == 10)


@BOTH
async def test_the_limit_of_a_transaction_ends_with_it_and_the_default_remains(central, power, protocol):
    async with power(protocol) as (charger, _):
        await central.order("CP1", "SetChargingProfile", limit(protocol, 8, number=9, purpose="TxDefaultProfile", evse=0))
        number = await charging(central, charger)
        assert charger.bays[1].evse.current_a == 8
        await central.order("CP1", "SetChargingProfile", limit(protocol, 20, transaction=number))
        assert charger.bays[1].evse.current_a == 20
        charger.unplug(1)
        await charging(central, charger)
        assert charger.bays[1].evse.current_a == 8
        clear = {"id": 9} if protocol == "ocpp1.6" else {"chargingProfileId": 9}
        assert (await central.order("CP1", "ClearChargingProfile", clear))["status"] == "Accepted"
        assert charger.bays[1].evse.current_a == 32


@BOTH
async def test_a_reserved_socket_refuses_other_cards_until_the_reservation_expires(central, power, protocol):
    old = protocol == "ocpp1.6"
    until = "2019-09-05T12:30:00Z"
    hold = (
        {"connectorId": 1, "expiryDate": until, "idTag": "MINE", "reservationId": 5}
        if old
        else {"id": 5, "expiryDateTime": until, "idToken": {"idToken": "MINE", "type": "ISO14443"}, "evseId": 1}
    )
    async with power(protocol, speed=1200) as (charger, _):
        assert (await central.order("CP1", "ReserveNow", hold))["status"] == "Accepted"
        await central.until(lambda: any("Reserved" in p.values() for p in central.of("StatusNotification")))
        assert not await charger.present_card(1, "OTHER")
        await central.until(lambda: not charger.holds)
        assert await charger.present_card(1, "OTHER")


@BOTH
async def test_the_reserved_card_uses_the_reservation_up(central, power, protocol):
    old = protocol == "ocpp1.6"
    hold = (
        {"connectorId": 0, "expiryDate": LATER, "idTag": "MINE", "reservationId": 5}
        if old
        else {"id": 5, "expiryDateTime": LATER, "idToken": {"idToken": "MINE", "type": "ISO14443"}}
    )
    async with power(protocol) as (charger, _):
        await central.order("CP1", "ReserveNow", hold)
        charger.plug_in(1, Car(1000))
        assert not await charger.present_card(1, "OTHER")
        assert await charger.present_card(1, "MINE")
        await charger.drained.wait()
        assert (await central.order("CP1", "CancelReservation", {"reservationId": 5}))["status"] == "Rejected"
    sent = central.of("StartTransaction" if old else "TransactionEvent")
    assert [p["reservationId"] for p in sent if "reservationId" in p] == [5]


@BOTH
async def test_a_socket_reserved_for_the_app_accepts_a_card_of_the_same_group(central, power, protocol):
    hold = (
        {"connectorId": 1, "expiryDate": LATER, "idTag": "APP", "reservationId": 5, "parentIdTag": "ADA"}
        if protocol == "ocpp1.6"
        else {"id": 5, "expiryDateTime": LATER, "evseId": 1, "idToken": central_token("APP"), "groupIdToken": central_token("ADA")}
    )
    central.groups = {"APP": "ADA", "CARD": "ADA", "OTHER": "BOB"}
    async with power(protocol) as (charger, watch):
        await central.order("CP1", "ReserveNow", hold)
        charger.plug_in(1, Car(1000))
        assert [await charger.present_card(1, card) for card in ("OTHER", "CARD")] == [False, True]
        await charger.drained.wait()
        assert [await charger.present_card(1, card) for card in ("OTHER", "APP")] == [False, True]
    assert [truth.token for truth in watch.ended] == ["CARD"] and not charger.holds


def central_token(text):
    return {"idToken": text, "type": "Central"}


@BOTH
async def test_a_reset_ends_the_transaction_reboots_and_keeps_the_meter_reading(central, power, protocol):
    async with power(protocol) as (charger, watch):
        await charging(central, charger)
        assert (await central.order("CP1", "Reset", {"type": "Soft" if protocol == "ocpp1.6" else "Immediate"}))["status"] == "Accepted"
        await central.until(lambda: len(central.of("BootNotification")) == 2)
        await charger.drained.wait()
    assert watch.ended[0].reason == "SoftReset"
    ended = central.of("StopTransaction") or [e for e in central.of("TransactionEvent") if e["eventType"] == "Ended"]
    assert len({str(e) for e in ended}) == 1 and charger.bays[1].evse.register_wh >= 1_000_000


@BOTH
async def test_a_socket_becomes_unavailable_after_the_running_transaction(central, power, protocol):
    order = {"connectorId": 1, "type": "Inoperative"} if protocol == "ocpp1.6" else {"operationalStatus": "Inoperative", "evse": {"id": 1}}
    async with power(protocol) as (charger, _):
        await charging(central, charger)
        assert (await central.order("CP1", "ChangeAvailability", order))["status"] == "Scheduled"
        charger.unplug(1)
        assert not await charger.present_card(1, "TAG1")
        await central.until(lambda: "Unavailable" in central.of("StatusNotification")[-1].values())


@BOTH
async def test_triggered_messages_are_sent(central, power, protocol):
    async with power(protocol, meter_interval_s=0) as (charger, _):
        await charging(central, charger)
        before = len(central.frames)
        for message in ("MeterValues", "StatusNotification", "Heartbeat", "BootNotification"):
            answer = await central.order("CP1", "TriggerMessage", {"requestedMessage": message})
            assert answer["status"] == "Accepted"
        await central.until(lambda: len(central.frames) == before + 4)
    kinds = sorted(action for _, _, action, _ in central.frames[before : before + 4])
    values = "MeterValues" if protocol == "ocpp1.6" else "TransactionEvent"
    assert kinds == sorted(["BootNotification", "Heartbeat", values, "StatusNotification"])


async def test_a_1_6_charger_reads_and_writes_its_configuration(central, power):
    async with power("ocpp1.6") as (charger, _):
        answer = await central.order("CP1", "GetConfiguration", {"key": ["ChargeProfileMaxStackLevel", "Nonsense"]})
        assert answer["configurationKey"][0] == {"key": "ChargeProfileMaxStackLevel", "readonly": True, "value": "8"}
        assert answer["unknownKey"] == ["Nonsense"]
        written = [
            (await central.order("CP1", "ChangeConfiguration", {"key": k, "value": v}))["status"]
            for k, v in (("MeterValueSampleInterval", "30"), ("NumberOfConnectors", "3"), ("Nonsense", "1"))
        ]
        assert written == ["Accepted", "Rejected", "NotSupported"] and charger.meter_interval_s == 30


async def test_a_2_0_1_charger_reads_writes_and_reports_its_variables(central, power):
    def variable(component, name, **more):
        return {"component": {"name": component}, "variable": {"name": name}, **more}

    async with power("ocpp2.0.1") as (charger, _):
        asked = [variable("SmartChargingCtrlr", "PeriodsPerSchedule"), variable("Nonsense", "X")]
        got = (await central.order("CP1", "GetVariables", {"getVariableData": asked}))["getVariableResult"]
        assert [r["attributeStatus"] for r in got] == ["Accepted", "UnknownComponent"] and got[0]["attributeValue"] == "24"
        new = [
            variable("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="30"),
            variable("TxCtrlr", "TxStartPoint", attributeValue="x"),
        ]
        got = (await central.order("CP1", "SetVariables", {"setVariableData": new}))["setVariableResult"]
        assert [r["attributeStatus"] for r in got] == ["Accepted", "Rejected"] and charger.meter_interval_s == 30
        await central.order("CP1", "GetBaseReport", {"requestId": 3, "reportBase": "FullInventory"})
        await central.until(lambda: central.of("NotifyReport"))


@BOTH
async def test_a_charger_reconnects_with_its_new_password(central, power, protocol):
    async with power(protocol):
        if protocol == "ocpp1.6":
            await central.order("CP1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": b"a new one, 20 bytes.".hex()})
        else:
            new = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
            await central.order("CP1", "SetVariables", {"setVariableData": [{**new, "attributeValue": "a new one, 20 bytes."}]})
        await central.until(lambda: len(central.headers) == 2)
    assert b64decode(central.headers[-1].partition(" ")[2]) == b"CP1:a new one, 20 bytes."


@BOTH
async def test_unknown_and_invalid_orders_get_a_call_error_and_the_connection_stays_open(central, power, protocol):
    async with power(protocol) as (charger, _):
        await central.until(lambda: central.of("StatusNotification"))
        with pytest.raises(RuntimeError, match="NotImplemented"):
            await central.order_unchecked("CP1", "GetTransactionLog", {"connectorId": 1})
        with pytest.raises(RuntimeError, match=r"Form(ation|at)Violation"):
            await central.order_unchecked("CP1", "SetChargingProfile", {"connectorId": 1})
        assert charger.online


@BOTH
async def test_the_chargers_maximum_is_shared_by_its_busy_sockets(central, power, protocol):
    evses = (EvseSpec(1, "A", 208), EvseSpec(2, "B", 208))
    purpose = "ChargePointMaxProfile" if protocol == "ocpp1.6" else "ChargingStationMaxProfile"
    async with power(protocol, evses=evses) as (charger, _):
        await central.order("CP1", "SetChargingProfile", limit(protocol, 32, purpose=purpose, evse=0))
        for number in (1, 2):
            charger.plug_in(number, Car(9000))
            await charger.present_card(number, f"TAG{number}")
        assert [b.evse.current_a for b in charger.bays.values()] == [16, 16]
        charger.unplug(1)
        assert [b.evse.current_a for b in charger.bays.values()] == [0, 32]


@BOTH
async def test_a_remote_start_waits_for_the_cable_and_expires_without_it(central, power, protocol):
    old = protocol == "ocpp1.6"
    start = {"idTag": "APP1", "connectorId": 1} if old else {"idToken": {"idToken": "APP1", "type": "Central"}, "remoteStartId": 7}
    async with power(protocol, speed=3000) as (charger, _):
        for plugs_in in (True, False):
            order = await central.order("CP1", "RemoteStartTransaction" if old else "RequestStartTransaction", start)
            assert order["status"] == "Accepted" and charger.bays[1].tx is None
            if plugs_in:
                await central.until(lambda: charger.bays[1].permit)
                charger.plug_in(1, Car(9000))
                assert charger.bays[1].evse.current_a == 32
                charger.unplug(1)
        await central.until(lambda: charger.bays[1].permit)
        await central.until(lambda: charger.bays[1].permit is None)


async def test_a_reset_on_idle_waits_for_the_end_of_the_transaction(central, power):
    async with power("ocpp2.0.1") as (charger, watch):
        await charging(central, charger)
        assert (await central.order("CP1", "Reset", {"type": "OnIdle"}))["status"] == "Scheduled"
        charger.unplug(1)
        await central.until(lambda: len(central.of("BootNotification")) == 2)
        assert watch.ended[0].reason == "EVDisconnected"


@BOTH
async def test_an_idle_charger_sends_heartbeats(central, power, protocol):
    async with power(protocol, speed=3000) as (charger, _):
        await central.until(lambda: len(central.of("Heartbeat")) >= 2)
        assert charger.heartbeat_s == 900


async def test_during_a_web_payment_a_card_starts_nothing(central, power):
    """2.1: until the payment, which arrives as a remote start with its reference, or the timeout."""
    async with power("ocpp2.1") as (charger, _):
        charger.plug_in(1, Car(5000, taper=NO_TAPER))
        assert await central.order("CP1", "NotifyWebPaymentStarted", {"evseId": 1, "timeout": 300}) == {}
        assert not await charger.present_card(1, "TAG1")
        start = {"idToken": {"idToken": "GUEST1", "type": "DirectPayment"}, "remoteStartId": 7, "evseId": 1}
        assert (await central.order("CP1", "RequestStartTransaction", start))["status"] == "Accepted"
        await charger.drained.wait()
    tokens = [one["idToken"] for one in central.of("TransactionEvent") if "idToken" in one]
    assert tokens == [{"idToken": "GUEST1", "type": "DirectPayment"}]


EVERY = pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])


async def composite(central, protocol, unit="A", evse=1):
    old = protocol == "ocpp1.6"
    which = {"connectorId" if old else "evseId": evse, "duration": 3600, "chargingRateUnit": unit}
    answer = await central.order("CP1", "GetCompositeSchedule", which)
    said = answer.get("chargingSchedule" if old else "schedule", {"chargingSchedulePeriod": []})
    return answer["status"], [(one["startPeriod"], one["limit"]) for one in said["chargingSchedulePeriod"]]


@EVERY
async def test_the_composite_schedule_combines_all_limits_of_a_socket(central, power, protocol):
    async with power(protocol, speed=1) as (charger, _):
        assert await composite(central, protocol) == ("Accepted", [(0, 32)])
        number = await charging(central, charger)
        await central.order("CP1", "SetChargingProfile", limit(protocol, 16, transaction=number))
        assert await composite(central, protocol, "W") == ("Accepted", [(0, 16 * 208)])
        charger.external_limits.set("SO", 10, seconds=600)
        status, periods = await composite(central, protocol)
        assert (status, periods[0], [most for _, most in periods]) == ("Accepted", (0, 10), [10, 16]) and 500 < periods[1][0] <= 600
        assert await composite(central, protocol, evse=7) == ("Rejected", [])


@EVERY
async def test_external_limits_are_applied_and_reported_in_versions_that_support_it(central, power, protocol):
    async with power(protocol, speed=1) as (charger, _):
        await charging(central, charger)
        charger.external_limits.set("EMS", 10, evse=1)
        charger.external_limits.set("SO", 8)
        assert charger.bays[1].evse.current_a == 8
        charger.external_limits.lift("SO")
        assert charger.bays[1].evse.current_a == 10
        charger.external_limits.lift("EMS")
        assert charger.bays[1].evse.current_a == 32
        if protocol != "ocpp1.6":
            charger.car_asks(1, 9000, charger.clock.seconds() + 3600)
            await central.until(lambda: central.of("NotifyEVChargingNeeds") and len(central.of("ClearedChargingLimit")) == 2)
    told = [(one["chargingLimit"]["chargingLimitSource"], one.get("evseId")) for one in central.of("NotifyChargingLimit")]
    assert told == ([] if protocol == "ocpp1.6" else [("EMS", 1), ("SO", None)])
    assert [one["chargingLimitSource"] for one in central.of("ClearedChargingLimit")] == ([] if protocol == "ocpp1.6" else ["SO", "EMS"])
