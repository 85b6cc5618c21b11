"""Signed readings: a reference record and our own verify; one changed digit does not."""

import base64
import json
import re

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.jobs.meter_verifier import OcmfVerifier
from forecourt.stations import SignedReading
from ocmf_records import KEY, RECORD, key_of, signed

PRIVATE = ec.derive_private_key(4711, ec.SECP256R1())
VERIFIER = OcmfVerifier()


def judged(data: str, key: str) -> bool:
    return VERIFIER.judge(SignedReading(data), key).verified


def test_a_reference_record_verifies_and_says_its_registers() -> None:
    """Published with pyocmf (MIT) from a real charger; the reference software accepts it."""
    found = VERIFIER.judge(SignedReading(RECORD), KEY)
    assert found.verified and found.registers_wh == (16_068_480, 16_068_480, 16_086_276, 16_086_276)


@pytest.mark.parametrize("place", [match.start() for match in re.finditer(r"\d", RECORD.split('"VA"')[0])][::4])
def test_any_one_changed_digit_is_refused(place: int) -> None:
    digit = str((int(RECORD[place]) + 1) % 10)
    assert not judged(RECORD[:place] + digit + RECORD[place + 1 :], KEY)


def test_another_key_or_none_is_refused_with_the_reason() -> None:
    assert "does not fit" in VERIFIER.judge(SignedReading(RECORD), key_of(PRIVATE)).why
    assert "no public key" in VERIFIER.judge(SignedReading(RECORD), "").why


def test_records_and_keys_as_ocpp_2_sends_them() -> None:
    record = signed(PRIVATE, 1_000, 13_337)
    packed = base64.b64encode(record.encode()).decode()
    key = base64.b64encode(f"oca:base16:asn1:{key_of(PRIVATE)}".encode()).decode()
    assert VERIFIER.judge(SignedReading(packed), key).registers_wh == (1_000, 13_337)


@settings(max_examples=60)
@given(st.text(max_size=200), st.text(max_size=80))
def test_whatever_a_charger_sends_is_judged_never_raised(data: str, key: str) -> None:
    assert not judged(data, key) and not judged(f"OCMF|{data}|{key}", KEY)


@pytest.mark.parametrize("value", ["1e400", "NaN", '"x"', "[[" * 50, "null"])
def test_numbers_no_meter_has_are_refused(value: str) -> None:
    payload = json.dumps({"FV": "1.0", "PG": "T1", "RD": []}).replace("[]", f'[{{"TM": "x", "RV": {value}}}]')
    signature = PRIVATE.sign(payload.encode(), ec.ECDSA(hashes.SHA256())).hex()
    assert not judged(f'OCMF|{payload}|{{"SD": "{signature}"}}', key_of(PRIVATE))


def test_the_key_helper_writes_der() -> None:
    assert serialization.load_der_public_key(bytes.fromhex(key_of(PRIVATE))).key_size == 256  # type: ignore[union-attr]
