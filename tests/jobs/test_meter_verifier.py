"""Signed readings: a reference record and our own are verified; one changed digit is detected."""

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


def test_a_published_reference_record_is_verified_with_its_register_values() -> None:
    """Published with pyocmf (MIT) from a real charger; the reference software accepts it."""
    found = VERIFIER.judge(SignedReading(RECORD), KEY)
    assert found.verified and found.registers_wh == (16_068_480, 16_068_480, 16_086_276, 16_086_276)


@pytest.mark.parametrize("place", [match.start() for match in re.finditer(r"\d", RECORD.split('"VA"')[0])][::4])
def test_a_signed_record_with_one_changed_digit_is_refused(place: int) -> None:
    digit = str((int(RECORD[place]) + 1) % 10)
    assert not judged(RECORD[:place] + digit + RECORD[place + 1 :], KEY)


def test_a_record_with_a_wrong_or_missing_key_is_refused_with_the_reason() -> None:
    assert "does not fit" in VERIFIER.judge(SignedReading(RECORD), key_of(PRIVATE)).why
    assert "no public key" in VERIFIER.judge(SignedReading(RECORD), "").why


def test_records_and_keys_in_the_encoding_of_ocpp_2_are_verified() -> None:
    record = signed(PRIVATE, 1_000, 13_337)
    packed = base64.b64encode(record.encode()).decode()
    key = base64.b64encode(f"oca:base16:asn1:{key_of(PRIVATE)}".encode()).decode()
    assert VERIFIER.judge(SignedReading(packed), key).registers_wh == (1_000, 13_337)


@settings(max_examples=60)
@given(st.text(max_size=200), st.text(max_size=80))
def test_invalid_signed_data_is_refused_without_an_exception(data: str, key: str) -> None:
    assert not judged(data, key) and not judged(f"OCMF|{data}|{key}", KEY)


@pytest.mark.parametrize("value", ["1e400", "NaN", '"x"', "[[" * 50, "null"])
def test_implausible_register_values_are_refused(value: str) -> None:
    payload = json.dumps({"FV": "1.0", "PG": "T1", "RD": []}).replace("[]", f'[{{"TM": "x", "RV": {value}}}]')
    signature = PRIVATE.sign(payload.encode(), ec.ECDSA(hashes.SHA256())).hex()
    assert not judged(f'OCMF|{payload}|{{"SD": "{signature}"}}', key_of(PRIVATE))


def test_the_test_key_is_der_encoded() -> None:
    assert serialization.load_der_public_key(bytes.fromhex(key_of(PRIVATE))).key_size == 256  # type: ignore[union-attr]
