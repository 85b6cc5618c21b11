"""Payments with the code on the display of a 2.1 charger, and how they are identified."""

import json
from typing import Any

import pytest

from forecourt.gateway.dialects import DIALECTS, Report
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.stations import NotifyWebPayment, OrderResult, Outcome, Protocol, StartCharge, TransactionStarted, WriteSetting
from gateway.decoding import decode21

GUEST = "GUEST0123456789ABCDE"
EVENT = {
    "eventType": "Started",
    "timestamp": "2026-11-23T10:00:00Z",
    "triggerReason": "RemoteStart",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "T1"},
    "evse": {"id": 1},
}


def asked(protocol: Protocol, order: Any) -> tuple[str, Any]:
    call = DIALECTS[protocol].build_call(order)
    assert isinstance(call, OutgoingCall)
    return call.action, json.loads(call.payload)


def begun_with(token: str, kind: str) -> str | None:
    heard = decode21("TransactionEvent", EVENT | {"idToken": {"idToken": token, "type": kind}})
    assert isinstance(heard, Report) and isinstance(heard.fact, TransactionStarted)
    return heard.fact.token


def test_a_web_payment_is_announced_only_to_2_1_chargers() -> None:
    assert asked(Protocol.OCPP21, NotifyWebPayment(2, 300)) == ("NotifyWebPaymentStarted", {"evseId": 2, "timeout": 300})
    for protocol in (Protocol.OCPP16, Protocol.OCPP201):
        refused = DIALECTS[protocol].build_call(NotifyWebPayment(2, 300))
        assert isinstance(refused, OrderResult) and refused.outcome is Outcome.UNSUPPORTED


@pytest.mark.parametrize(("paid", "kind"), [(True, "DirectPayment"), (False, "Central")])
def test_a_paid_charge_is_started_with_the_reference_of_the_payment(paid: bool, kind: str) -> None:
    _, request = asked(Protocol.OCPP21, StartCharge(1, GUEST, 7, paid))
    assert request["idToken"] == {"idToken": GUEST, "type": kind}


def test_our_payment_references_are_recognised_and_those_of_terminals_are_not_cards() -> None:
    assert begun_with(GUEST, "DirectPayment") == GUEST
    assert begun_with("04AABBCC", "DirectPayment") != "04AABBCC"
    assert begun_with("04AABBCC", "ISO14443") == "04AABBCC"


def test_a_setting_can_be_written_for_one_socket() -> None:
    _, request = asked(Protocol.OCPP21, WriteSetting("WebPaymentsCtrlr/Length", "10", 2))
    assert request["setVariableData"][0]["component"] == {"name": "WebPaymentsCtrlr", "evse": {"id": 2}}
