"""The PyPI package `ocpp` as charger: boots, authorises, charges and stops over a real socket, in all versions."""

import asyncio
from typing import Any

import pytest
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call as call16
from ocpp.v21 import ChargePoint as ChargePoint21
from ocpp.v21 import call as call21
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call as call201

from forecourt.stations import ChargerBooted, ConnectorReported, TransactionEnded, TransactionStarted, TransactionUpdated
from gateway.conftest import Forecourt

AT = "2026-11-23T10:00:00Z"
METER = [{"timestamp": "2026-11-23T10:05:00Z", "sampledValue": [{"value": "1500", "measurand": "Energy.Active.Import.Register"}]}]


async def test_the_ocpp_package_charges_as_a_1_6_charger(forecourt: Forecourt) -> None:
    forecourt.network.add("CP-16")
    charger = ChargePoint16("CP-16", await forecourt.plug("CP-16"))
    reading = asyncio.create_task(charger.start())
    booted = await charger.call(call16.BootNotification("Model", "Vendor"))
    await charger.call(call16.StatusNotification(1, "NoError", "Preparing"))
    judged = await charger.call(call16.Authorize("GOOD1"))
    started = await charger.call(call16.StartTransaction(1, "GOOD1", 1000, "2026-11-23T10:00:00Z"))
    await charger.call(call16.MeterValues(1, METER, started.transaction_id))
    stopped = await charger.call(call16.StopTransaction(2000, "2026-11-23T11:00:00Z", started.transaction_id, id_tag="GOOD1"))
    reading.cancel()
    assert (booted.status, judged.id_tag_info["status"], stopped.id_tag_info["status"]) == ("Accepted", "Accepted", "Accepted")
    kinds = [type(message.fact) for message in forecourt.inbox.messages.values()]
    assert kinds == [ChargerBooted, ConnectorReported, TransactionStarted, TransactionUpdated, TransactionEnded]
    assert forecourt.inbox.facts(TransactionEnded)[0].samples[-1].energy_wh == 2000


@pytest.mark.parametrize(("version", "kind", "call"), [("ocpp2.0.1", ChargePoint201, call201), ("ocpp2.1", ChargePoint21, call21)])
async def test_the_ocpp_package_charges_as_a_2_x_charger(forecourt: Forecourt, version: str, kind: Any, call: Any) -> None:
    forecourt.network.add("CP-2")
    charger = kind("CP-2", await forecourt.plug("CP-2", version))
    reading = asyncio.create_task(charger.start())
    booted = await charger.call(call.BootNotification(charging_station={"model": "M", "vendorName": "V"}, reason="PowerUp"))
    await charger.call(call.StatusNotification(timestamp=AT, connector_status="Occupied", evse_id=1, connector_id=1))
    judged = await charger.call(call.Authorize({"idToken": "GOOD1", "type": "ISO14443"}))
    sample = [{"timestamp": "2026-11-23T10:00:00Z", "sampledValue": [{"value": 1.5, "unitOfMeasure": {"unit": "kWh"}}]}]
    for number, (step, reason) in enumerate((("Started", "Authorized"), ("Updated", "MeterValuePeriodic"), ("Ended", "EVDeparted"))):
        answer = await charger.call(
            call.TransactionEvent(
                event_type=step, timestamp=AT, trigger_reason=reason, seq_no=number, transaction_info={"transactionId": "T1"},
                meter_value=sample, evse={"id": 1}, id_token={"idToken": "GOOD1", "type": "ISO14443"},
            )
        )  # fmt: skip
    reading.cancel()
    assert (booted.status, judged.id_token_info["status"], answer.id_token_info["status"]) == ("Accepted", "Accepted", "Accepted")
    ended = forecourt.inbox.facts(TransactionEnded)[0]
    assert (ended.transaction, ended.seq, ended.samples[0].energy_wh) == ("T1", 2, 1500)
