"""Signed readings pass each dialect unchanged, into the charge record."""

from typing import Any

import pytest

from forecourt.stations import MeterSample, SignedReading, TransactionEnded
from gateway.decoding import report16, report201

RECORD = 'OCMF|{"RD":[]}|{"SD":"00"}'
AT = "2026-11-23T11:00:00Z"


def stop16(value: str, *more: dict[str, Any]) -> tuple[MeterSample, ...]:
    signed = {"value": value, "format": "SignedData", "context": "Transaction.End"}
    data = [{"timestamp": AT, "sampledValue": [signed, *more]}]
    fact = report16("StopTransaction", {"transactionId": 7, "meterStop": 900, "timestamp": AT, "transactionData": data}).fact
    assert isinstance(fact, TransactionEnded)
    return fact.samples


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (RECORD, SignedReading(RECORD)),
        ('{"signedMeterData":"abc","publicKey":"key","encodingMethod":"OCMF"}', SignedReading("abc", "key")),
        ("{broken", SignedReading("{broken")),
    ],
)
def test_1_6_signed_readings_are_read_bare_or_wrapped(value: str, expected: SignedReading) -> None:
    assert stop16(value)[0].signed == (expected,)


def test_signed_and_plain_readings_are_both_stored() -> None:
    first = stop16(RECORD, {"value": "850", "unit": "Wh"})[0]
    assert (first.energy_wh, first.signed) == (850, (SignedReading(RECORD),))


def test_2_0_1_signed_readings_are_read_with_their_plain_value() -> None:
    signed = {"signedMeterData": RECORD, "signingMethod": "", "encodingMethod": "OCMF", "publicKey": "key"}
    event = {
        "eventType": "Ended", "timestamp": AT, "triggerReason": "StopAuthorized", "seqNo": 3, "transactionInfo": {"transactionId": "T"},
        "meterValue": [{"timestamp": AT, "sampledValue": [{"value": 900, "signedMeterValue": signed}]}],
    }  # fmt: skip
    fact = report201("TransactionEvent", event).fact
    assert isinstance(fact, TransactionEnded)
    assert (fact.samples[0].energy_wh, fact.samples[0].signed) == (900, (SignedReading(RECORD, "key"),))
