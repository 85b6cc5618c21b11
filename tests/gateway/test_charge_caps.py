"""A charge cap reaches a 2.1 charger in the answer to its next transaction event, and in no other answer."""

import asyncio
import json
from decimal import Decimal

from forecourt.gateway.dialects import Report
from forecourt.stations import CapCharge, ChargeCap, Outcome, Protocol, TransactionUpdated
from gateway.conftest import Forecourt
from gateway.decoding import decode21
from gateway.oracle import check
from gateway.test_connection import ask, hear, order

EVENT = {
    "eventType": "Updated",
    "timestamp": "2026-11-23T10:00:00Z",
    "triggerReason": "Trigger",
    "seqNo": 1,
    "transactionInfo": {"transactionId": "T1"},
}
CAP = ChargeCap(cost=Decimal("12.50"), energy_wh=8000, level_percent=80)


async def test_a_charge_cap_is_sent_in_the_answer_to_the_transaction_event_it_triggered(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1")
    socket = await forecourt.plug("CP1", "ocpp2.1")
    await ask(socket, "Heartbeat", {})
    told = asyncio.create_task(order(forecourt, "CP1", CapCharge(1, "T1", CAP)))
    _, call_id, action, asked = await hear(socket)
    assert (action, asked) == ("TriggerMessage", {"requestedMessage": "TransactionEvent", "evse": {"id": 1}})
    await socket.send(json.dumps([3, call_id, {"status": "Accepted"}]))
    assert (await told).outcome is Outcome.ACCEPTED
    other = EVENT | {"transactionInfo": {"transactionId": "T2"}}
    events = enumerate((other, EVENT, EVENT | {"seqNo": 2}))
    answers = [(await ask(socket, "TransactionEvent", one, str(number)))[2] for number, one in events]
    limit = {"maxCost": 12.5, "maxEnergy": 8000, "maxSoC": 80}
    assert answers == [{}, {"transactionLimit": limit}, {}]
    check(Protocol.OCPP21, "TransactionEventResponse", json.dumps(answers[1]).encode())


async def test_charge_caps_are_unsupported_in_2_0_1(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1")
    socket = await forecourt.plug("CP1", "ocpp2.0.1")
    await ask(socket, "Heartbeat", {})
    assert (await order(forecourt, "CP1", CapCharge(1, "T1", CAP))).outcome is Outcome.UNSUPPORTED
    assert (await ask(socket, "TransactionEvent", EVENT))[2] == {}


def test_a_charge_cap_reported_by_a_charger_is_read() -> None:
    limit = {"maxCost": 12.5, "maxEnergy": 1e300, "maxSoC": 80}
    said = {"triggerReason": "CostLimitReached", "transactionInfo": {"transactionId": "T1", "transactionLimit": limit}}
    heard = decode21("TransactionEvent", EVENT | said)
    assert isinstance(heard, Report) and isinstance(heard.fact, TransactionUpdated)
    assert (heard.fact.cap, heard.fact.capped) == (ChargeCap(Decimal("12.5"), 10**9, 80), True)
